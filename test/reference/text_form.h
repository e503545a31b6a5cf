// reference/text_form.h — values to text and text to values, as CAST means them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reference/datum.h"

namespace headrace::reference {

// As in result tables. Requires neither null nor fault.
std::string text_of(const Datum& value, Type type);

// The number in `text` as an exact fraction: [space][+-]digits[.digits][e[+-]digits][space], one digit at least.
struct Fraction {
  BigInteger numerator, denominator;  // denominator > 0
};
std::optional<Fraction> read_number(std::string_view text);

// Each is a fault when the text is no such value.
Datum read_bool(std::string_view text);
Datum read_double(std::string_view text);
Datum read_date(std::string_view text);       // in days
Datum read_timestamp(std::string_view text);  // in µs
Datum read_time(std::string_view text);       // in µs

}  // namespace headrace::reference
