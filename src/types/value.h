// types/value.h — one value with its type: literals, results in tests, statistics. Never on a hot path.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "types/interval.h"
#include "types/type.h"

namespace headrace {

// The alternative is fixed by the type: bool; int32_t (int8 to int32, uint8, uint16, date); int64_t (int64, uint32, times,
// an enum's position); int128 (uint64, decimals); double (floats); Interval; string (utf8, binary, nested_value.h's bytes).
struct Value {
  Type type;
  std::variant<std::monostate, bool, int32_t, int64_t, double, int128, Interval, std::string> data;  // monostate: null

  bool is_null() const { return data.index() == 0; }
  friend bool operator==(const Value&, const Value&) = default;
};

inline Value null_value(Type type) { return {type, std::monostate{}}; }

// As printed in result tables and CSV, without quotes: 1.50, 1998-09-02, 2013-01-01 05:00:00, true, [1, 2]. Null: "NULL".
// Doubles print as the shortest text that reads back to the same bits ("nan", "inf", "-inf"; integral ones as "3.0").
std::string to_display(const Value& value);

// As a SQL literal that reads back to the same value *and type*: 'it''s', 1.50, 7::int64, DATE '1998-09-02', 1.5e0, NULL::utf8.
std::string to_literal(const Value& value);

// Text between quotes (' for a string, " for a name) as SQL reads it back, always on one line: a quote inside is doubled;
// with a control character in it the whole is E'…' or E"…", where a backslash begins \n \t \r \\ or \x and two hex digits.
std::string quoted_text(std::string_view text, char quote);

std::string decimal_to_text(int128 unscaled, uint8_t scale);
std::string date_to_text(int32_t days);  // proleptic Gregorian, "-0001-01-01" before year 0
std::string timestamp_to_text(int64_t us);  // fraction only when not zero, without zeros at its end
std::string double_to_text(double value);
std::string binary_to_text(std::string_view bytes);  // as DuckDB: printable ASCII as it is, other bytes as \xAB

}  // namespace headrace
