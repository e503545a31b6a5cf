// Goal: the two readers of one grammar agree (docs/types.md, "Values in text"): what the strict one takes, CAST takes with the
// same value; what only CAST takes is listed here.
#include <gtest/gtest.h>

#include <bit>
#include <optional>

#include "kernel/cast.h"
#include "types/parse_value.h"

namespace headrace {
namespace {

enum Readers { kBoth, kOnlyCast, kNeither };

std::optional<Value> strict(std::string_view text, Type type) {
  const auto parsed = parse_value(text, type);
  return parsed.ok() ? std::optional(parsed.value()) : std::nullopt;
}

std::optional<Value> cast(std::string_view text, Type type) {
  Faults faults;
  const StringRef from(text);
  Value value{type, {}};
  switch (type.id) {
    case TypeId::kBool: value.data = kernel::text_to_bool(from, faults); break;
    case TypeId::kInt32: value.data = kernel::text_to<int32_t>(from, faults); break;
    case TypeId::kInt64: value.data = kernel::text_to<int64_t>(from, faults); break;
    case TypeId::kFloat64: value.data = kernel::text_to_float(from, faults); break;
    case TypeId::kDecimal64:
    case TypeId::kDecimal128: value.data = kernel::text_to_decimal(from, type.precision, type.scale, faults); break;
    case TypeId::kDate: value.data = kernel::text_to_date(from, faults); break;
    case TypeId::kTimestamp: value.data = kernel::text_to_timestamp(from, faults); break;
    default: break;
  }
  return faults.bits == 0 ? std::optional(value) : std::nullopt;
}

// NaN equals NaN, and -0 is not +0.
bool same_value(const Value& left, const Value& right) {
  if (left.type == kFloat64)
    return std::bit_cast<uint64_t>(std::get<double>(left.data)) ==
           std::bit_cast<uint64_t>(std::get<double>(right.data));
  return left == right;
}

void check(Type type, Readers expected, std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) {
    const auto read = strict(text, type), converted = cast(text, type);
    const Readers found = read ? kBoth : converted ? kOnlyCast : kNeither;
    EXPECT_EQ(found, expected) << to_text(type) << " \"" << text << "\"";
    ASSERT_TRUE(!read || converted) << to_text(type) << " \"" << text << "\" is refused by CAST alone";
    if (read) EXPECT_TRUE(same_value(*read, *converted)) << to_text(type) << " \"" << text << "\"";
  }
}

TEST(TextValue, BothReadersTakeWhatIsExact) {
  check(kBool, kBoth, {"true", "FALSE", "t", "F", "1", "0"});
  check(kInt32, kBoth, {"0", "-0", "+7", "007", "2147483647", "-2147483648"});
  check(kInt64, kBoth, {"2147483648", "9223372036854775807", "-9223372036854775808"});
  check(kFloat64, kBoth,
        {"0", "-0", "1.5", "+.5", "5.", "1e3", "1E-3", "0.1", "1e-400", "-1e-400", "inf", "-Infinity", "NaN",
         "179769313486231570000000000000000000000", "4.9e-324"});
  check(decimal(5, 2), kBoth, {"1", "1.5", "-1.50", ".05", "5.", "999.99", "+0.10", "1.500"});
  check(kDate, kBoth, {"2013-01-31", "2024-02-29", "-0001-12-31", "0000-01-01", "9999-12-31", "12345-01-01"});
  check(kTimestamp, kBoth,
        {"2013-01-31", "2013-01-31 05:06", "2013-01-31T05:06:07", "2013-01-31 05:06:07.5", "2013-01-31 05:06:07.123456",
         "2013-01-31 05:06:07Z", "1969-12-31 23:59:59.999999"});
}

TEST(TextValue, CastAloneRoundsAndTidiesUp) {
  check(kBool, kOnlyCast, {"yes", "NO", "y", "n"});
  check(kInt32, kOnlyCast, {" 1", "1 ", "1.5", "1e3", "1.", "2147483647.4"});
  check(kFloat64, kOnlyCast, {" 1", "1\t", "1e400", "-1e400"});
  check(decimal(5, 2), kOnlyCast, {" 1", "1.005", "1e2"});
  check(kDate, kOnlyCast, {" 2013-01-31", "2013/01/31", "2013-1-3", "999-01-01", "2013-01-31 05:06"});
  check(kTimestamp, kOnlyCast,
        {" 2013-01-31", "2013/01/31 05:06", "2013-01-31  05:06", "2013-01-31 5:06", "2013-01-31 24:00",
         "2013-01-31 05:06:07.1234567"});
}

TEST(TextValue, NeitherTakesWhatIsNoValue) {
  check(kBool, kNeither, {"", "2", "tru", "on", " true"});
  check(kInt32, kNeither, {"", "-", "+", "--1", "1x", "0x10", "1_000", "2147483648", "nan"});
  check(kInt64, kNeither, {"9223372036854775808", "1,000"});
  check(kFloat64, kNeither, {"", ".", "1e", "1.5x", "nan(1)", "0x1p3", "1,5", "--1"});
  check(decimal(5, 2), kNeither, {"", ".", "1000", "nan", "1.2.3"});
  check(kDate, kNeither, {"", "2013-02-29", "2013-13-01", "2013-01", "31.01.2013", "2013-01/31", "99999999-01-01"});
  check(kTimestamp, kNeither, {"", "2013-01-31 25:00", "2013-01-31 05", "2013-01-31 05:60", "2013-01-31Z", "05:06:07"});
}

}  // namespace
}  // namespace headrace
