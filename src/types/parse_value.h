// types/parse_value.h — one value from its text. Strict: the whole text, no blanks around it, no locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "types/value.h"

namespace headrace {

// A non-null value of `type`, which is not kNull.
//   bool       true false t f 1 0, in any case
//   integers   [+-]digits, in range
//   floats     [+-]digits[.digits][e[+-]digits], inf, infinity, nan in any case; rounded to nearest; too large: refused
//   decimal    [+-]digits[.digits], at most `scale` digits behind the point beside zeros, at most `precision` in all
//   date       [-]YYYY-MM-DD, a day that exists (proleptic Gregorian)
//   time       HH:MM[:SS[.ffffff]], also 24:00:00
//   timestamp  date, or date and (space or T) HH:MM[:SS[.ffffff]][Z]; timestamp_ns with 9 digits of fraction, from 1677 to 2262
//   timestamptz  a timestamp and Z, +HH, +HHMM or +HH:MM; without one UTC
//   interval   parse_interval below
//   utf8       the text itself, which the caller knows to be UTF-8
//   binary     characters of ASCII, and \xAB for any byte
//   enum       one of its values
//   list, struct, map   \x and hexadecimal digits of the bytes of types/nested_value.h
// kBadInput: `expected int32, found "x"`. `where` is left empty for the caller.
Result<Value> parse_value(std::string_view text, Type type);

// The same by type; nothing: not such a value.
std::optional<int64_t> parse_int64(std::string_view text);
std::optional<double> parse_float64(std::string_view text);
std::optional<float> parse_float32(std::string_view text);
std::optional<int128> parse_decimal(std::string_view text, uint8_t precision, uint8_t scale);  // times 10^scale
std::optional<int32_t> parse_date(std::string_view text);  // days since 1970-01-01
std::optional<int64_t> parse_time(std::string_view text);  // µs since midnight
std::optional<int64_t> parse_timestamp(std::string_view text);  // µs since 1970-01-01
std::optional<int64_t> parse_timestamp_ns(std::string_view text);  // ns since 1970-01-01
std::optional<int64_t> parse_timestamp_tz(std::string_view text);  // µs since 1970-01-01 UTC
// "1 year 2 months -3 days 04:05:06.5", "90 days", "1.5 hours": counts and units in any order, then a time of day.
std::optional<Interval> parse_interval(std::string_view text);
std::optional<std::string> parse_binary(std::string_view text);

}  // namespace headrace
