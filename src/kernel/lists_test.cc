// Functions of lists and maps: what they give, by DuckDB 2.0; what is refused; and that no bytes can hurt them.
#include "kernel/lists.h"

#include <gtest/gtest.h>

#include <random>

#include "kernel/function.h"
#include "kernel/nested_arguments.h"
#include "kernel/text/format_value.h"
#include "kernel/text/regexp.h"
#include "types/nested_value.h"
#include "types/parse_value.h"

namespace headrace::kernel {
namespace {

struct Lists : testing::Test, NestedArguments {
  // What a kernel gave, or the name of its fault.
  std::string print(const char* type, const StringRef& bytes) {
    const std::string result =
        faults.bits != 0 ? fault_name(faults.bits) : nested_to_text(parse_type(type).value(), bytes.view());
    faults.bits = 0;
    return result;
  }
};

TEST_F(Lists, AggregatesInTheListsOrder) {
  struct Case {
    const char *type, *list, *overload, *result, *printed;
  };
  const Case cases[] = {
      {"int32[]", "[1, NULL, 4]", "sum_i32", "decimal(38,0)", "5"},
      {"int32[]", "[]", "sum_i32", "decimal(38,0)", "NULL"},
      {"int32[]", "[NULL]", "count_I32", "int64", "0"},
      {"int32[]", "[3, NULL, 4]", "avg_i32", "float64", "3.5"},
      {"utf8[]", "[b, NULL, 'a text of more than twelve']", "min_STR", "utf8", "a text of more than twelve"},
      {"date[]", "[2024-02-01, 2024-01-01]", "max_I32", "date", "2024-02-01"},
      {"int32[]", "[NULL, 4]", "first_I32", "int32", "NULL"},
      {"int32[]", "[NULL, 4]", "any_value_I32", "int32", "4"},
      {"int32[]", "[5, 4, NULL]", "last_I32", "int32", "NULL"},
      {"bool[]", "[true, NULL, false]", "bool_and_b", "bool", "false"},
      {"utf8[]", "[b, a, b, NULL]", "mode_STR", "utf8", "b"},
      {"int64[]", "[3, 1, 3]", "histogram_I64", "map(int64,uint64)", "{1=1, 3=2}"}};
  for (const Case& one : cases) {
    const StringRef field = list_aggregate(value(one.type, one.list), text(one.overload), 0, faults, context);
    EXPECT_EQ(print((std::string("struct(x ") + one.result + ")").c_str(), field),
              std::string("{'x': ") + one.printed + "}")
        << one.overload << " of " << one.list;
  }
  const StringRef texts = value("utf8[]", "[a, NULL, b]"), numbers = value("float64[]", "[4, 1, 2, 3]");
  EXPECT_EQ(print("struct(x utf8)", list_aggregate(texts, text("string_agg_str_str"), 0, text("|"), faults, context)),
            "{'x': a|b}");
  EXPECT_EQ(
      print("struct(x float64)", list_aggregate(numbers, text("quantile_cont_f64_f64"), 0, 0.25, faults, context)),
      "{'x': 1.75}");
  EXPECT_EQ(print("struct(x float64)", list_aggregate(numbers, text("quantile_cont_f64_f64"), 0, 2.0, faults, context)),
            "out of range");
  EXPECT_EQ(print("struct(x float64)", list_aggregate(numbers, text("nothing"), 0, faults, context)), "bad argument");
  // A second argument of another type, one that is missing, and one too many.
  EXPECT_EQ(print("struct(x utf8)", list_aggregate(texts, text("string_agg_str_str"), 0, 0.5, faults, context)),
            "bad argument");
  EXPECT_EQ(print("struct(x utf8)", list_aggregate(texts, text("string_agg_str_str"), 0, faults, context)),
            "bad argument");
  EXPECT_EQ(print("struct(x utf8)", list_aggregate(texts, text("max_STR"), 0, text("|"), faults, context)),
            "bad argument");
}

// A list of more elements than an update takes at once.
TEST_F(Lists, AggregatesLongLists) {
  std::string bytes;
  for (int64_t i = 0; i < 5'000; ++i) append_nested_field(kInt64, Value{kInt64, i % 7 == 0 ? int64_t{0} : i}, bytes);
  bytes += kNestedEnd;
  int64_t sum = 0;
  for (int64_t i = 0; i < 5'000; ++i) sum += i % 7 == 0 ? 0 : i;
  EXPECT_EQ(print("struct(x decimal(38,0))", list_aggregate(text(bytes), text("sum_i64"), 0, faults, context)),
            "{'x': " + std::to_string(sum) + "}");
}

TEST_F(Lists, Sets) {
  const StringRef letters = shape("int32[]");
  const auto list = [&](const char* printed) { return value("int32[]", printed); };
  EXPECT_TRUE(list_has_any(list("[1, 2]"), list("[2, 3]"), letters, faults));
  EXPECT_FALSE(list_has_any(list("[1, NULL]"), list("[NULL]"), letters, faults));
  EXPECT_TRUE(list_has_all(list("[1]"), list("[NULL]"), letters, faults));
  EXPECT_TRUE(list_has_all(list("[1]"), list("[]"), letters, faults));
  EXPECT_FALSE(list_has_all(list("[1]"), list("[1, 2]"), letters, faults));
  const auto both = [&](const char* left, const char* right) {
    return print("int32[]", list_intersect(list(left), list(right), letters, faults, context));
  };
  EXPECT_EQ(both("[3, 2, 1]", "[1, 2, 3]"), "[1, 2, 3]");
  EXPECT_EQ(both("[1, 2, 3]", "[3, 1, 9, 9, 9]"), "[3, 1]");
  EXPECT_EQ(both("[1, 1, NULL]", "[NULL, 1]"), "[1]");
}

TEST_F(Lists, ChoicesAndOrders) {
  const StringRef letters = shape("int32[]");
  const StringRef list = value("int32[]", "[3, NULL, 1]");
  const auto made = [&](const StringRef& result) { return print("int32[]", result); };
  const auto chosen = [&](const char* choice) {
    return made(list_where(list, letters, value("bool[]", choice), faults, context));
  };
  EXPECT_EQ(chosen("[true, false, true]"), "[3, 1]");
  EXPECT_EQ(chosen("[true]"), "[3]");
  EXPECT_EQ(chosen("[false, false, false, true]"), "[NULL]");
  EXPECT_EQ(chosen("[NULL]"), "bad argument");
  EXPECT_EQ(made(list_select(list, letters, value("int64[]", "[3, 1, 5, -1]"), faults, context)), "[1, 3, NULL, NULL]");
  EXPECT_EQ(made(list_sorted(list, letters, false, true, false, faults, context)), "[NULL, 1, 3]");
  EXPECT_EQ(made(list_sorted(list, letters, true, true, false, faults, context)), "[NULL, 3, 1]");
  EXPECT_EQ(print("int64[]", list_order(list, letters, 0, faults, context)), "[3, 1, 2]");
  EXPECT_EQ(print("int64[]", list_order(list, letters, 3, faults, context)), "[2, 1, 3]");
  const StringRef null = text("\x02");
  EXPECT_EQ(made(list_resize(list, letters, 5, null, faults, context)), "[3, NULL, 1, NULL, NULL]");
  EXPECT_EQ(made(list_resize(list, letters, 0, null, faults, context)), "[]");
  EXPECT_EQ(made(list_resize(list, letters, -1, null, faults, context)), "bad argument");
  EXPECT_EQ(made(list_resize(list, letters, INT64_MAX, null, faults, context)), "bad argument");
}

TEST_F(Lists, Maps) {
  const StringRef letters = shape("map(utf8,int32)");
  const auto map = [&](const char* printed) { return value("map(utf8,int32)", printed); };
  EXPECT_EQ(print("map(utf8,int32)", map_concat(map("{b=1, a=2}"), map("{c=1, b=5}"), letters, faults, context)),
            "{b=5, a=2, c=1}");
  const StringRef entries = map_entries(map("{a=1, b=NULL}"), letters, faults, context);
  EXPECT_EQ(print("struct(\"key\" utf8, \"value\" int32)[]", entries),
            "[{'key': a, 'value': 1}, {'key': b, 'value': NULL}]");
  EXPECT_EQ(print("map(utf8,int32)", map_from_entries(entries, text("s4"), faults, context)), "{a=1, b=NULL}");
  const char* const kType = "struct(k utf8, v int32)[]";
  for (const char* const bad : {"[{'k': a, 'v': 1}, {'k': a, 'v': 2}]", "[{'k': NULL, 'v': 1}]", "[NULL]"})
    EXPECT_EQ(print("map(utf8,int32)", map_from_entries(value(kType, bad), text("s4"), faults, context)), "bad cast");
}

TEST_F(Lists, RangesOfMoments) {
  constexpr int64_t kDay = 86'400'000'000;
  const auto made = [&](int64_t first, int64_t end, Interval step, bool closed) {
    return print("timestamp[]", list_moments(first, end, step, closed, faults, context));
  };
  EXPECT_EQ(made(0, 2 * kDay, {0, 1, 0}, false), "['1970-01-01 00:00:00', '1970-01-02 00:00:00']");
  EXPECT_EQ(made(30 * kDay, 31 * kDay + 28 * kDay, {1, 0, 0}, true), "['1970-01-31 00:00:00', '1970-02-28 00:00:00']");
  EXPECT_EQ(made(kDay, 0, {0, -1, 0}, true), "['1970-01-02 00:00:00', '1970-01-01 00:00:00']");
  EXPECT_EQ(made(0, kDay, {0, 0, 0}, true), "[]");
  EXPECT_EQ(made(kDay, 0, {0, 1, 0}, true), "[]");
  EXPECT_EQ(made(0, kDay, {1, -1, 0}, false), "out of range");
  EXPECT_EQ(made(0, kDay, {0, 0, 1}, false), "out of range");  // too many
  EXPECT_EQ(made(INT64_MAX - 1, INT64_MAX, {0, 1, 0}, true).substr(0, 8), "['294247");
}

TEST_F(Lists, RegularExpressions) {
  const auto all = [&](const char* where, const char* pattern, int32_t group, const char* options) {
    return print("utf8[]", regexp_extract_all(text(where), text(pattern), group, text(options), faults, context));
  };
  EXPECT_EQ(all("a1b22", "([a-z])([0-9]+)", 2, ""), "[1, 22]");
  EXPECT_EQ(all("aaa", "a*", 0, ""), "[aaa, '']");
  EXPECT_EQ(all("baac", "a*", 0, ""), "['', aa, '', '']");
  EXPECT_EQ(all("\xC3\xA9"
                "b",
                "x*", 0, ""),
            "['', '', '']");
  EXPECT_EQ(all("", "a", 0, ""), "[]");
  EXPECT_EQ(all("ab", "(a)|(b)", 1, ""), "[a, NULL]");
  EXPECT_EQ(all("aXbx", "x", 0, "i"), "[X, x]");
  EXPECT_EQ(all("abc", "b", 1, ""), "bad argument");
  EXPECT_EQ(all("abc", "(", 0, ""), "bad argument");
  const auto parts = [&](const char* where, const char* pattern, const char* options) {
    return print("utf8[]", regexp_split_to_array(text(where), text(pattern), text(options), faults, context));
  };
  EXPECT_EQ(parts("a1b22c", "[0-9]+", ""), "[a, b, c]");
  EXPECT_EQ(parts("1a1", "1", ""), "['', a, '']");
  EXPECT_EQ(parts("abc", "x*", ""), "[a, b, c]");
  EXPECT_EQ(parts("aXbXc", "x*", "i"), "[a, '', b, '', c]");
  EXPECT_EQ(parts("baac", "a*", ""), "[b, '', c]");
  EXPECT_EQ(parts("", "x", ""), "['']");
}

TEST_F(Lists, Formats) {
  const auto shown = [&](const StringRef& made) {
    std::string result = faults.bits != 0 ? fault_name(faults.bits) : std::string(made.view());
    faults.bits = 0;
    return result;
  };
  const auto whole = [&](int128 number, const char* field) {
    return shown(format_integer(number, text(field), faults, context));
  };
  const auto real = [&](double number, const char* field) {
    return shown(format_float(number, text(field), faults, context));
  };
  const auto words = [&](const char* word, const char* field) {
    return shown(format_text(text(word), text(field), faults, context));
  };
  EXPECT_EQ(whole(42, "05d"), "00042");
  EXPECT_EQ(whole(-42, "05"), "-0042");
  EXPECT_EQ(whole(7, "<5"), "7    ");
  EXPECT_EQ(whole(1'234'567, ","), "1,234,567");
  EXPECT_EQ(whole(255, "#x"), "0xff");
  EXPECT_EQ(whole(255, "b"), "11111111");
  EXPECT_EQ(whole(5, "+d"), "+5");
  EXPECT_EQ(whole(-(int128{1} << 126) * 2, "d"), "-170141183460469231731687303715884105728");
  EXPECT_EQ(whole(8364, "c"), "\xE2\x82\xAC");
  EXPECT_EQ(whole(-1, "c"), "bad argument");
  EXPECT_EQ(whole(1, ".2"), "bad argument");
  EXPECT_EQ(real(3.14159, ".2f"), "3.14");
  EXPECT_EQ(real(3.14159, "10.3f"), "     3.142");
  EXPECT_EQ(real(-3.14159, "08.2f"), "-0003.14");
  EXPECT_EQ(real(1'234'567.891, ","), "1,234,567.891");
  EXPECT_EQ(real(12345.678, "e"), "1.234568e+04");
  EXPECT_EQ(real(std::numeric_limits<double>::infinity(), "06.1f"), "   inf");
  EXPECT_EQ(real(1, "d"), "bad argument");
  EXPECT_EQ(words("ab", "*^10"), "****ab****");
  EXPECT_EQ(words("\xC3\xA9t\xC3\xA9", ">5"), "  \xC3\xA9t\xC3\xA9");
  EXPECT_EQ(words("\xC3\xA9t\xC3\xA9", ".2"), "\xC3\xA9t");
  EXPECT_EQ(words("a", "d"), "bad argument");
  EXPECT_EQ(words("a", "999999999"), "bad argument");
  EXPECT_EQ(format_error("x>10", FormatKind::kText), "");
  EXPECT_NE(format_error(">>10s", FormatKind::kInteger), "");
}

TEST_F(Lists, NoBytesHurt) {
  std::mt19937 random(7);
  const StringRef letters[] = {text("1"), text("4"), text("8"), text("s"), text("s4"), text("i"), text("")};
  for (int round = 0; round < 3'000; ++round) {
    const auto bytes = [&] {
      std::string made(random() % 40, 0);
      for (char& byte : made) byte = static_cast<char>(random() % 4 == 0 ? random() : random() % 3);
      return text(made);
    };
    const StringRef a = bytes(), b = bytes(), shape_of = letters[random() % std::size(letters)];
    list_has_any(a, b, shape_of, faults);
    list_has_all(a, b, shape_of, faults);
    list_intersect(a, b, shape_of, faults, context);
    list_resize(a, shape_of, 20, b, faults, context);
    list_zip(a, text("4s8"), false, faults, context);
    list_where(a, shape_of, b, faults, context);
    list_select(a, shape_of, b, faults, context);
    list_order(a, shape_of, static_cast<int32_t>(random() % 4), faults, context);
    map_from_entries(a, shape_of, faults, context);
    map_entries(a, shape_of, faults, context);
    map_concat(a, b, shape_of, faults, context);
    list_cosine_similarity(a, b, faults);
    for (const char* overload : {"sum_i32", "max_STR", "list_I64", "avg_dec", "mode_IV", "string_agg_str_str"}) {
      faults.bits = 0;
      list_aggregate(a, text(overload), 0, faults, context);
      list_aggregate(a, text(overload), 0, 0.5, faults, context);
    }
    faults.bits = 0;
    kept.resize(std::size(letters));
  }
}

}  // namespace
}  // namespace headrace::kernel
