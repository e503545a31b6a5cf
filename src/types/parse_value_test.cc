#include "types/parse_value.h"

#include <gtest/gtest.h>
#include <cmath>

namespace headrace {
namespace {

void reads(std::string_view text, Type type, std::string_view expected) {
  const auto parsed = parse_value(text, type);
  ASSERT_TRUE(parsed.ok()) << text << " as " << to_text(type) << ": " << parsed.error().message;
  EXPECT_EQ(parsed.value().type, type);
  EXPECT_EQ(to_display(parsed.value()), expected) << text << " as " << to_text(type);
}

void refuses(Type type, std::initializer_list<std::string_view> texts) {
  for (std::string_view text : texts) {
    const auto parsed = parse_value(text, type);
    ASSERT_FALSE(parsed.ok()) << text << " as " << to_text(type) << " gave " << to_display(parsed.value());
    EXPECT_EQ(parsed.error().code, ErrorCode::kBadInput);
    EXPECT_EQ(parsed.error().message, "expected " + to_text(type) + ", found \"" + std::string(text) + "\"");
  }
}

}  // namespace

TEST(ParseValue, Bool) {
  reads("true", kBool, "true");
  reads("F", kBool, "false");
  reads("1", kBool, "true");
  refuses(kBool, {"", "yes", "10", " true"});
}

TEST(ParseValue, Integers) {
  reads("-2147483648", kInt32, "-2147483648");
  reads("+7", kInt32, "7");
  reads("2147483648", kInt64, "2147483648");
  reads("-9223372036854775808", kInt64, "-9223372036854775808");
  refuses(kInt32, {"2147483648", "-2147483649", "", "-", "+-1", "++1", "1.0", "1 ", " 1", "0x10", "1e3"});
  refuses(kInt64, {"9223372036854775808", "-9223372036854775809", "+"});
}

TEST(ParseValue, Float64) {
  reads("1.5", kFloat64, "1.5");
  reads("+1e3", kFloat64, "1000.0");
  reads("-.5", kFloat64, "-0.5");
  reads("-0", kFloat64, "-0.0");
  reads("-Infinity", kFloat64, "-inf");
  reads("NaN", kFloat64, "nan");
  reads("1e-400", kFloat64, "0.0");
  reads("-1e-400", kFloat64, "-0.0");
  EXPECT_FALSE(std::signbit(*parse_float64("-nan")));
  refuses(kFloat64, {"", "-", "1e400", "-1e400", "1e", "1.5x", "nan(1)", "--1", "+-1", "0x1p3", "1,5", " 1"});
}

TEST(ParseValue, Decimal) {
  reads("1.5", decimal(3, 2), "1.50");
  reads("-0.05", decimal(3, 2), "-0.05");
  reads("1.500", decimal(2, 1), "1.5");
  reads("00009.99", decimal(3, 2), "9.99");
  reads("12", decimal(2, 0), "12");
  reads("12.", decimal(2, 0), "12");
  reads("99999999999999999999999999999999999999", decimal(38, 0), "99999999999999999999999999999999999999");
  reads("-0.99999999999999999999999999999999999999", decimal(38, 38), "-0.99999999999999999999999999999999999999");
  refuses(decimal(3, 2), {"10", "1.501", "", ".", "-", "1e1", "1.5 ", "1.5.", "--1", "nan"});
  refuses(decimal(38, 0), {"100000000000000000000000000000000000000", "170141183460469231731687303715884105728",
                           "1000000000000000000000000000000000000000000000000000000000"});
  refuses(decimal(38, 38), {"1", "9"});
}

TEST(ParseValue, Date) {
  reads("1970-01-01", kDate, "1970-01-01");
  reads("1969-12-31", kDate, "1969-12-31");
  reads("2000-02-29", kDate, "2000-02-29");
  reads("-0001-03-01", kDate, "-0001-03-01");
  reads("0000-02-29", kDate, "0000-02-29");
  EXPECT_EQ(parse_date("1998-09-02"), 10471);
  EXPECT_EQ(parse_date("1900-03-01"), -25508);
  EXPECT_EQ(parse_date("5881580-07-11"), 2147483647);
  EXPECT_EQ(parse_date("5881580-07-12"), std::nullopt);
  refuses(kDate, {"", "2013-02-29", "1900-02-29", "2013-13-01", "2013-00-01", "2013-01-00", "2013-04-31", "2013-1-01",
                  "13-01-01", "2013-01-01 ", "2013-01-01x", "2013/01/01", "99999999-01-01", "9999999-01-01"});
}

TEST(ParseValue, Timestamp) {
  reads("2013-01-01", kTimestamp, "2013-01-01 00:00:00");
  reads("2013-01-01 05:06", kTimestamp, "2013-01-01 05:06:00");
  reads("2013-01-01T05:06:07Z", kTimestamp, "2013-01-01 05:06:07");
  reads("2013-01-01 23:59:59.5", kTimestamp, "2013-01-01 23:59:59.5");
  reads("1969-12-31 23:59:59.999999000", kTimestamp, "1969-12-31 23:59:59.999999");
  EXPECT_EQ(parse_timestamp("1969-12-31 23:59:59.999999"), -1);
  refuses(kTimestamp, {"", "2013-01-01 ", "2013-01-01 24:00:00", "2013-01-01 05", "2013-01-01 05:60",
                       "2013-01-01 05:06:60", "2013-01-01 05:06:07.", "2013-01-01 05:06:07.0000001",
                       "2013-01-01 05:06:07+01", "2013-01-01Z", "294277-01-10 04:00:55", "05:06:07"});
}

TEST(ParseValue, LongTextIsShortenedInTheMessage) {
  const auto parsed = parse_value(std::string(1000, 'x'), kInt32);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message, "expected int32, found \"" + std::string(60, 'x') + "…\"");
}

}  // namespace headrace
