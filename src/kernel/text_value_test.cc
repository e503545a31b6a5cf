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
    case TypeId::kTime: value.data = kernel::text_to_time(from, faults); break;
    case TypeId::kTimestamp: value.data = kernel::text_to_timestamp(from, faults); break;
    case TypeId::kTimestampNs: value.data = kernel::text_to_timestamp_ns(from, faults); break;
    case TypeId::kTimestampTz: value.data = kernel::text_to_timestamp_tz(from, faults); break;
    case TypeId::kInterval: value.data = kernel::text_to_interval(from, faults); break;
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
  check(kTime, kBoth, {"00:00", "05:06", "05:06:07", "05:06:07.5", "23:59:59.999999"});
  check(kTimestampNs, kBoth, {"2013-01-31", "2013-01-31 05:06:07.123456789", "1969-12-31T23:59:59.999999999Z"});
  check(kTimestampTz, kBoth,
        {"2013-01-31 05:06", "2013-01-31 05:06:07.5Z", "2013-01-31 05:06+02", "2013-01-31 05:06-0530",
         "2013-01-31 05:06+0010", "2013-01-31 05:06+00:10", "2013-01-31 05:06-0045"});
  check(kInterval, kBoth,
        {"1", "-1.5", "@ 1 day", "1 day 2 hours ago", "2 cent", "1 year 2 months -3 days 04:05:06.5", "90 min",
         "-1 month", " 1 day "});
}

TEST(TextValue, CastAloneRoundsAndTidiesUp) {
  check(kBool, kOnlyCast, {"yes", "NO", "y", "n"});
  check(kInt32, kOnlyCast,
        {" 1", "1 ", "1.5", "1e3", "1.", "2147483647.4", "0x10", "0b11", "0x1_F", "1_000", "1_0e3", "1.5_5"});
  check(kFloat64, kOnlyCast, {" 1", "1\t", "1e400", "-1e400", "1_000.5", "1e1_0"});
  check(decimal(5, 2), kOnlyCast, {" 1", "1.005", "1e2", "1_0"});
  check(kDate, kOnlyCast,
        {" 2013-01-31", "2013/01/31", "2013-1-3", "999-01-01", "2013-01-31 05:06", "2013 01 31", "0044-03-15 (BC)",
         "Epoch", "2013-01-31 24:00", "2013-01-31 05:06+02"});
  check(kTimestamp, kOnlyCast,
        {" 2013-01-31", "2013/01/31 05:06", "2013-01-31  05:06", "2013-01-31 5:06", "2013-01-31 24:00",
         "2013-01-31 05:06:07.1234567", "2013-01-31\t05:06", "2013-01-31 05:06+02", "2013-01-31 05:06 UTC", "epoch"});
  check(kTime, kOnlyCast,
        {" 05:06", "5:6", "05:06:07.1234567", "05:06:07+02", "05:06Z", "2013-01-31 05:06", "2013-01-31"});
  check(kTimestampTz, kOnlyCast,
        {" 2013-01-31 05:06+02", "2013/01/31 5:06+02", "2013-01-31 05:06+02:00:30", "2013-01-31 05:06 Europe/Zurich",
         "2013-01-31 05:06-23"});
}

TEST(TextValue, NeitherTakesWhatIsNoValue) {
  check(kBool, kNeither, {"", "2", "tru", "on", " true"});
  check(kInt32, kNeither,
        {"", "-", "+", "--1", "1x", "0x", "0b12", "-0x10", "1__0", "_1", "1_", "0x100000000", "2147483648", "nan"});
  check(kInt64, kNeither, {"9223372036854775808", "1,000"});
  check(kFloat64, kNeither, {"", ".", "1e", "1.5x", "nan(1)", "0x1p3", "0x10", "1,5", "1_.5", "--1"});
  check(decimal(5, 2), kNeither, {"", ".", "1000", "nan", "1.2.3"});
  check(kDate, kNeither,
        {"", "2013-02-29", "2013-13-01", "2013-01", "31.01.2013", "2013-01/31", "99999999-01-01", "infinity",
         "-0044-03-15 (BC)", "2013-01-31 05:06 PM"});
  check(kTime, kNeither, {"", "5", "05:60", "24:01", "05:06+24", "05:06 PM"});
  check(kTimestampTz, kNeither,
        {"", "2013-01-31Z", "2013-01-31 05:06+", "2013-01-31 05:06+0060", "2013-01-31 05:06+02x"});
  check(kInterval, kNeither, {"", "ago", "1 day 2", "04:05:06 ago", "day", "1 fortnight"});
  check(kTimestamp, kNeither, {"", "2013-01-31 25:00", "2013-01-31 05", "2013-01-31 05:60", "2013-01-31Z", "05:06:07"});
}

}  // namespace
}  // namespace headrace
