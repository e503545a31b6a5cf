// types/parse_value.h — one value from its text. Strict: the whole text, no blanks around it, no locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "types/value.h"

namespace headrace {

// A non-null value of `type`, which is not kNull.
//   bool       true false t f 1 0, in any case
//   int32/64   [+-]digits, in range
//   float64    [+-]digits[.digits][e[+-]digits], inf, infinity, nan in any case; rounded to nearest; too large: refused
//   decimal    [+-]digits[.digits], at most `scale` digits behind the point beside zeros, at most `precision` in all
//   date       [-]YYYY-MM-DD, a day that exists (proleptic Gregorian)
//   timestamp  date, or date and (space or T) HH:MM[:SS[.ffffff]][Z]
//   utf8       the text itself, which the caller knows to be UTF-8
// kBadInput: `expected int32, found "x"`. `where` is left empty for the caller.
Result<Value> parse_value(std::string_view text, Type type);

// The same by type; nothing: not such a value.
std::optional<int64_t> parse_int64(std::string_view text);
std::optional<double> parse_float64(std::string_view text);
std::optional<int128> parse_decimal(std::string_view text, uint8_t precision, uint8_t scale);  // times 10^scale
std::optional<int32_t> parse_date(std::string_view text);  // days since 1970-01-01
std::optional<int64_t> parse_timestamp(std::string_view text);  // µs since 1970-01-01

}  // namespace headrace
