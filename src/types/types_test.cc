// Text forms of types and values, and single values out of vectors.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "types/batch.h"
#include "types/calendar.h"
#include "types/nested_type.h"
#include "types/schema.h"
#include "types/sql_name.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

TEST(Type, NamesReadBack) {
  for (const Type type : {kBool, kInt32, kInt64, kFloat64, kDate, kTimestamp, kUtf8, decimal(38, 38), decimal(1, 0)}) {
    const auto parsed = parse_type(to_text(type));
    ASSERT_TRUE(parsed.ok()) << to_text(type);
    EXPECT_EQ(parsed.value(), type);
  }
  EXPECT_EQ(to_text(decimal(15, 2)), "decimal(15,2)");
  EXPECT_FALSE(parse_type(to_text(kNullType)).ok()) << "nothing is declared as null or cast to it";
  EXPECT_EQ(parse_type("null[]").value(), list_of(kNullType));
}

TEST(Type, ReadsSqlNames) {
  const std::pair<const char*, Type> cases[] = {
      {"INTEGER", kInt32},
      {"Bigint", kInt64},
      {" double  PRECISION ", kFloat64},
      {"varchar(20)", kUtf8},
      {"TEXT", kUtf8},
      {"boolean", kBool},
      {"NUMERIC ( 10 , 4 )", decimal(10, 4)},
      {"decimal", decimal(18, 3)},
      {"dec(7)", decimal(7, 0)},
      {"HUGEINT", decimal(38, 0)},
      {"int128[]", list_of(decimal(38, 0))},
      {"timestamp without time zone", kTimestamp},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parse_type(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed.value(), expected) << text;
  }
}

TEST(Type, SqlNamesReadBack) {
  for (const std::string_view name :
       {"BOOLEAN", "SMALLINT", "UBIGINT", "DOUBLE", "DECIMAL(15,2)", "DECIMAL(38,0)", "TIMESTAMP WITH TIME ZONE",
        "BLOB[][]", "MAP(INTEGER, VARCHAR[])", "STRUCT(HELLO INTEGER, \"a \"\" b\" DATE, \"1x\" ENUM('x', 'y'))",
        "\"NULL\"[]", "STRUCT(a \"NULL\", b MAP(\"NULL\", VARCHAR))"}) {
    const auto parsed = parse_type(name);
    ASSERT_TRUE(parsed.ok()) << name;
    EXPECT_EQ(sql_name(parsed.value()), name);
  }
}

TEST(Type, RefusesWhatItDoesNotKnowAndNamesTheNearest) {
  for (const char* text :
       {"", "integr", "decimal(0,0)", "decimal(39,2)", "decimal(5,6)", "decimal(5,1,1)", "decimal(x)", "int32(4)",
        "decimal(5", "decimal(5)x", "decimal(99999999999999)", "int32[", "map(int32)", "struct(a)",
        "struct(a int32, A int32)", "enum('a', 'a')", "enum(a)", "int32 int32"}) {
    EXPECT_FALSE(parse_type(text).ok()) << text;
  }
  EXPECT_NE(parse_type("int32[3]").error().message.find("fixed length"), std::string::npos);
  EXPECT_NE(parse_type("integr").error().hint.find("integer"), std::string::npos);
  EXPECT_FALSE(parse_type(std::string(100'000, '(')).ok());
}

TEST(Schema, Text) { EXPECT_EQ(to_text(Schema{{"a", kInt64, false}, {"b", kUtf8, true}}), "[a: int64, b: utf8?]"); }

TEST(Value, DoubleText) {
  // Python: repr(x)
  const std::pair<double, const char*> cases[] = {
      {3, "3.0"},
      {0.1, "0.1"},
      {-0.0, "-0.0"},
      {1e15, "1000000000000000.0"},
      {1e16, "1e+16"},
      {1e-4, "0.0001"},
      {1e-5, "1e-05"},
      {1.5e300, "1.5e+300"},
      {123456.789, "123456.789"},
      {5e-324, "5e-324"},
      {100000, "100000.0"},
      {std::numeric_limits<double>::infinity(), "inf"},
      {-std::numeric_limits<double>::infinity(), "-inf"},
      {std::numeric_limits<double>::quiet_NaN(), "nan"},
      {-std::numeric_limits<double>::quiet_NaN(), "nan"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
      {0.3, "0.3"},
      {1234567890123456.0, "1234567890123456.0"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(double_to_text(value), text);
}

TEST(Value, DecimalText) {
  const int128 largest =
      static_cast<int128>(9'999'999'999'999'999'999ULL) * 10'000'000'000'000'000'000ULL + 9'999'999'999'999'999'999ULL;
  EXPECT_EQ(decimal_to_text(150, 2), "1.50");
  EXPECT_EQ(decimal_to_text(-5, 2), "-0.05");
  EXPECT_EQ(decimal_to_text(0, 3), "0.000");
  EXPECT_EQ(decimal_to_text(42, 0), "42");
  EXPECT_EQ(decimal_to_text(largest, 38), "0.99999999999999999999999999999999999999");
  EXPECT_EQ(decimal_to_text(-largest, 0), "-99999999999999999999999999999999999999");
  EXPECT_EQ(decimal_to_text(static_cast<int128>(1) << 127, 1), "-17014118346046923173168730371588410572.8");
}

TEST(Value, DateAndTimestampText) {
  EXPECT_EQ(date_to_text(0), "1970-01-01");
  EXPECT_EQ(date_to_text(10'471), "1998-09-02");
  EXPECT_EQ(date_to_text(-719'528), "0000-01-01");
  EXPECT_EQ(date_to_text(-719'529), "-0001-12-31");
  EXPECT_EQ(date_to_text(std::numeric_limits<int32_t>::max()), "5881580-07-11");
  EXPECT_EQ(date_to_text(std::numeric_limits<int32_t>::min()), "-5877641-06-23");
  EXPECT_EQ(timestamp_to_text(0), "1970-01-01 00:00:00");
  EXPECT_EQ(timestamp_to_text(-1), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(timestamp_to_text(1'357'016'400'000'000), "2013-01-01 05:00:00");
  EXPECT_EQ(timestamp_to_text(std::numeric_limits<int64_t>::max()), "294247-01-10 04:00:54.775807");
  EXPECT_EQ(timestamp_to_text(std::numeric_limits<int64_t>::min()), "-290308-12-21 19:59:05.224192");
}

TEST(Value, Literals) {
  const std::pair<Value, const char*> cases[] = {
      {{kUtf8, std::string("it's")}, "'it''s'"},
      {{decimal(3, 2), int128{150}}, "1.50"},
      {{decimal(15, 2), int128{150}}, "1.50::decimal(15,2)"},
      {{decimal(15, 2), int128{-150}}, "(-1.50)::decimal(15,2)"},
      {{decimal(3, 2), int128{5}}, "0.05::decimal(3,2)"},
      {{decimal(3, 0), int128{5}}, "5::decimal(3,0)"},
      {{kInt64, int64_t{7}}, "7::int64"},
      {{kInt64, int64_t{-7}}, "(-7)::int64"},
      {{kInt64, std::numeric_limits<int64_t>::min()}, "'-9223372036854775808'::int64"},
      {{kInt32, -7}, "-7"},
      {{kInt32, std::numeric_limits<int32_t>::min()}, "'-2147483648'::int32"},
      {{kDate, 10'471}, "DATE '1998-09-02'"},
      {{kTimestamp, int64_t{0}}, "TIMESTAMP '1970-01-01 00:00:00'"},
      {{kFloat64, 1.5}, "1.5e0"},
      {{kFloat64, 1e300}, "1e+300"},
      {{kFloat64, std::numeric_limits<double>::infinity()}, "'inf'::float64"},
      {{kBool, true}, "true"},
      {null_value(kUtf8), "NULL::utf8"},
      {null_value(kNullType), "NULL"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(to_literal(value), text);
}

TEST(Calendar, EveryDayOfManyYearsAndTheEndsOfInt32ReadBack) {
  for (int32_t days = -800'000; days < 800'000; ++days) {
    const CivilDate date = civil_from_days(days);
    ASSERT_EQ(days_from_civil(date.year, date.month, date.day), days);
    ASSERT_LE(date.day, days_in_month(date.year, date.month));
  }
  for (const int32_t days : {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()}) {
    const CivilDate date = civil_from_days(days);
    EXPECT_EQ(days_from_civil(date.year, date.month, date.day), days);
  }
}

TEST(Batch, ValueAtDecodesEveryEncoding) {
  const StringRef words[] = {StringRef("short"), StringRef("longer than twelve bytes")};
  const uint8_t valid[] = {1, 0, 1};
  const uint32_t codes[] = {1, 0, 1};
  Vector dictionary{.type = kUtf8,
                    .encoding = Encoding::kDictionary,
                    .data = words,
                    .validity = valid,
                    .codes = codes,
                    .dictionary_rows = 2,
                    .owner = nullptr};
  EXPECT_EQ(to_display(value_at(dictionary, 0)), "longer than twelve bytes");
  EXPECT_TRUE(value_at(dictionary, 1).is_null());
  const int64_t seven = 7;
  Vector constant{.type = kTimestamp,
                  .encoding = Encoding::kConstant,
                  .data = &seven,
                  .validity = nullptr,
                  .codes = nullptr,
                  .dictionary_rows = 0,
                  .owner = nullptr};
  EXPECT_EQ(value_at(constant, 1'000), (Value{kTimestamp, seven}));
}

}  // namespace
}  // namespace headrace
