// io/format/csv_type_guess.h — the type of a column of CSV that nobody declared.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "io/format/csv_records.h"
#include "types/type.h"

namespace headrace {

// Narrows a column's type field by field. A type is a candidate only while it keeps what every field says.
class CsvTypeGuess {
 public:
  void look_at(const CsvField& field, const CsvDialect& dialect);
  // The first of these that every non-null field is: bool, int64, decimal(38, 0) of whole numbers beyond int64, float64,
  // decimal(38, s) where float64 would change digits (keeps_digits), date, timestamp, timestamptz
  // where one of them says its zone, time; utf8 otherwise, and without any.
  Type type() const;
  bool any() const { return any_; }  // a field that is not null

 private:
  void look_at_digits(std::string_view text, const CsvDialect& dialect);
  bool is_timestamp(std::string_view text, const CsvDialect& dialect);
  Type number() const;

  uint32_t candidates_ = 0;
  bool any_ = false;
  bool any_digit_ = false;  // "nan" alone does not make a number
  bool zone_ = false;  // a timestamp says its zone
  bool plain_ = true;  // every field is [-]digits[.digits]
  bool point_ = false;  // one of them has a point
  bool float_keeps_ = true;  // float64 keeps the digits of each
  uint32_t digits_before_ = 0;  // the point, in the field that has most
  uint32_t digits_behind_ = 0;
};

// A bool of a column of which nothing is declared: nobody means 1 and 0 by it.
std::optional<uint8_t> parse_guessed_bool(std::string_view text);

// Digits that a number would lose: 007, -01.5, +41. A column with one is text, unless it is declared.
bool is_padded_number(std::string_view text);

// Whether float64 gives a number back as it was written, where that matters: a number without an exponent, with more than 12
// digits before its point, must be the float exactly or be what the float prints. Others are rounded to the nearest float.
bool keeps_digits(std::string_view text, double value);

}  // namespace headrace
