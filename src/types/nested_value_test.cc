#include "types/nested_value.h"

#include <gtest/gtest.h>

#include <random>

#include "types/nested_type.h"
#include "types/parse_nested.h"
#include "types/parse_value.h"

namespace headrace {
namespace {

// The bytes of a value as result tables print it.
std::string bytes_of(const char* type, const char* text) {
  const std::optional<std::string> bytes = parse_nested(text, parse_type(type).value());
  EXPECT_TRUE(bytes.has_value()) << type << " " << text;
  return bytes.value_or("");
}

TEST(NestedValue, PrintsAndReadsBack) {
  const std::pair<const char*, const char*> cases[] = {
      {"int32[]", "[]"},
      {"int32[]", "[1, NULL, -7]"},
      {"utf8[]", "[a b, 'c,d', '', 'NULL', NULL, 'it\\'s', 'back\\\\slash']"},
      {"float64[]", "[-inf, 0.5, nan]"},
      {"decimal(5,2)[]", "[1.50, -0.01]"},
      {"int8[][]", "[[1, 2], [], NULL]"},
      {"struct(a int32, b utf8)", "{'a': 1, 'b': x}"},
      {"struct(\"A b\" date, c time[])", "{'A b': 1998-09-02, 'c': ['05:00:00']}"},
      {"map(utf8, int64)", "{a=1, b=NULL}"},
      {"map(int32, struct(x bool))", "{-1={'x': true}}"},
      {"interval[]", "[1 month, '-00:00:01', 2 days]"},
      {"timestamptz[]", "['2020-01-01 00:00:00+00']"},
      {"uint64[]", "[18446744073709551615]"},
      {"enum('x', 'y')[]", "[y, x]"},
      {"null[]", "[NULL, NULL]"},
      {"struct(a null, b int8)", "{'a': NULL, 'b': 1}"},
      {"map(null, null[])", "{}"},
  };
  for (const auto& [type_text, text] : cases) {
    const Type type = parse_type(type_text).value();
    const std::string bytes = bytes_of(type_text, text);
    EXPECT_EQ(nested_to_text(type, bytes), text);
    EXPECT_TRUE(is_nested_value(type, bytes)) << text;
    EXPECT_EQ(nested_bytes(type, nested_fields(type, bytes)), bytes) << text;
    const Value value{type, bytes};
    EXPECT_EQ(to_literal(value), quoted_text(text, '\'') + "::" + to_text(type));
    EXPECT_EQ(parse_nested(text, type), bytes) << text;
    for (size_t cut = 0; cut < bytes.size(); ++cut)
      EXPECT_FALSE(is_nested_value(type, std::string_view(bytes).substr(0, cut))) << text << " cut at " << cut;
  }
}

TEST(NestedValue, ReadsWithBlanksQuotesAndMissingFields) {
  EXPECT_EQ(bytes_of("int32[]", " [ 1 ,2 ] "), bytes_of("int32[]", "[1, 2]"));
  EXPECT_EQ(bytes_of("utf8[]", "[\"a\", 'b''c']"), bytes_of("utf8[]", "[a, 'b\\'c']"));
  EXPECT_EQ(bytes_of("struct(a int32, b int32)", "{b: 2}"),
            bytes_of("struct(a int32, b int32)", "{'a': NULL, 'b': 2}"));
  for (const char* bad : {"", "[", "[1", "[1,]", "[x]", "[1] 2", "[1, 2}", "{a}"})
    EXPECT_FALSE(parse_nested(bad, list_of(kInt32)).has_value()) << bad;
  EXPECT_FALSE(parse_nested("{c: 1}", struct_of({{"a", kInt32}})).has_value());
  EXPECT_FALSE(parse_nested("{a=1, a=2}", map_of(kUtf8, kInt32)).has_value());
  EXPECT_FALSE(parse_nested(std::string(100, '['), list_of(kInt32)).has_value());
}

// memcmp of bytes is the order of values: element by element, nulls last, the shorter of two first.
TEST(NestedValue, UntypedNullsHaveTheBytesOfAnyType) {
  const std::pair<const char*, const char*> pairs[] = {{"null[]", "utf8[]"},
                                                       {"null[][]", "date[][]"},
                                                       {"map(null, null)", "map(utf8, int64[])"},
                                                       {"struct(a null, b int8)", "struct(a int8[], b int8)"}};
  for (const auto& [from, to] : pairs) {
    EXPECT_TRUE(fills_nulls(parse_type(from).value(), parse_type(to).value())) << from;
    EXPECT_FALSE(fills_nulls(parse_type(to).value(), parse_type(from).value())) << from;
  }
  EXPECT_EQ(bytes_of("null[][]", "[[NULL], [], NULL]"), bytes_of("date[][]", "[[NULL], [], NULL]"));
  EXPECT_FALSE(is_nested_value(list_of(kNullType), bytes_of("int8[]", "[1]")));
  EXPECT_FALSE(fills_nulls(struct_of({{"a", kNullType}}), struct_of({{"b", kInt8}})));
  EXPECT_EQ(to_text(with_nulls_as(parse_type("struct(a null, b map(utf8, null[]), c date)").value(), kInt32)),
            "struct(a int32, b map(utf8, int32[]), c date)");
}

TEST(NestedValue, BytesSortAsValuesDo) {
  const auto in_order = [](const char* type, std::initializer_list<const char*> texts) {
    std::string before;
    bool first = true;
    for (const char* text : texts) {
      const std::string bytes = bytes_of(type, text);
      if (!first) EXPECT_LT(before, bytes) << type << " " << text;
      before = bytes;
      first = false;
    }
  };
  in_order("int32[]", {"[]", "[-5]", "[-5, -5]", "[0]", "[1]", "[1, 2]", "[1, NULL]", "[NULL]"});
  in_order("float64[]", {"[-inf]", "[-1.0]", "[0.0]", "[1e-300]", "[inf]", "[nan]", "[NULL]"});
  in_order("utf8[]", {"[]", "['']", "['', a]", "[a]", "[a, a]", "[aa]", "[b]", "[NULL]"});
  in_order("int64[][]", {"[]", "[[]]", "[[], [1]]", "[[1]]", "[[1, 2]]", "[[2]]", "[NULL]"});
  in_order("struct(a int8, b utf8)",
           {"{'a': -1, 'b': z}", "{'a': 0, 'b': a}", "{'a': 0, 'b': NULL}", "{'a': NULL, 'b': a}"});
  in_order("interval[]", {"[-1 day]", "[29 days]", "[30 days]", "[1 month]", "[31 days]"});
  EXPECT_EQ(bytes_of("float64[]", "[-0.0]"), bytes_of("float64[]", "[0.0]"));
}

// Whatever the bytes are, nothing is read beyond them.
TEST(NestedValue, DamagedBytesAreSafeToRead) {
  std::mt19937_64 random(1);
  for (const char* text : {"int32[]", "utf8[]", "struct(a int64, b utf8[], c interval)", "map(utf8, decimal(30,2))"}) {
    const Type type = parse_type(text).value();
    for (int round = 0; round < 2'000; ++round) {
      std::string bytes(random() % 40, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random() % 5);
      const auto exact = std::make_unique<char[]>(bytes.size());  // sanitizers watch its end
      std::memcpy(exact.get(), bytes.data(), bytes.size());
      const std::string_view view(exact.get(), bytes.size());
      nested_to_text(type, view);
      if (is_nested_value(type, view)) EXPECT_EQ(nested_bytes(type, nested_fields(type, view)), bytes);
    }
  }
}

}  // namespace
}  // namespace headrace
