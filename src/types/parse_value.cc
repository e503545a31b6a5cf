#include "types/parse_value.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <limits>

#include "types/calendar.h"

namespace headrace {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

// Removes a leading sign; true: it was '-'.
bool take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '-' && text[0] != '+')) return false;
  const bool negative = text[0] == '-';
  text.remove_prefix(1);
  return negative;
}

// Removes exactly `digits` digits; nothing when there are fewer.
std::optional<uint32_t> take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  uint32_t number = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    number = number * 10 + static_cast<uint32_t>(text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take_character(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// Removes a date from the front. Years have four to seven digits.
std::optional<int32_t> take_date(std::string_view& text) {
  const bool before_year_zero = take_character(text, '-');
  size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits < 4 || digits > 7) return std::nullopt;
  const int64_t year = *take_number(text, digits);
  if (!take_character(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take_character(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const int64_t signed_year = before_year_zero ? -year : year;
  const auto civil_month = static_cast<int32_t>(*month), civil_day = static_cast<int32_t>(*day);
  if (civil_month < 1 || civil_month > 12 || civil_day < 1 || civil_day > days_in_month(signed_year, civil_month))
    return std::nullopt;
  const int64_t days = days_from_civil(signed_year, civil_month, civil_day);
  if (days < std::numeric_limits<int32_t>::min() || days > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return static_cast<int32_t>(days);
}

// HH:MM[:SS[.ffffff]], the whole text, in µs since midnight. Digits beyond µs must be zeros.
std::optional<int64_t> parse_time_of_day(std::string_view text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take_character(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int64_t us = *hour * kMicrosecondsPerHour + *minute * kMicrosecondsPerMinute;
  if (text.empty()) return us;
  if (!take_character(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  us += *second * kMicrosecondsPerSecond;
  if (text.empty()) return us;
  if (!take_character(text, '.') || text.empty()) return std::nullopt;
  int64_t unit_us = 100'000;
  for (char c : text) {
    if (!is_digit(c) || (unit_us == 0 && c != '0')) return std::nullopt;
    us += unit_us * (c - '0');
    unit_us /= 10;
  }
  return us;
}

std::optional<bool> parse_bool(std::string_view text) {
  if (equal_ignoring_case(text, "true") || equal_ignoring_case(text, "t") || text == "1") return true;
  if (equal_ignoring_case(text, "false") || equal_ignoring_case(text, "f") || text == "0") return false;
  return std::nullopt;
}

std::optional<int32_t> parse_int32(std::string_view text) {
  const auto wide = parse_int64(text);
  if (!wide || *wide < std::numeric_limits<int32_t>::min() || *wide > std::numeric_limits<int32_t>::max())
    return std::nullopt;
  return static_cast<int32_t>(*wide);
}

template <class T>
Result<Value> value_or_error(std::optional<T> parsed, std::string_view text, Type type) {
  if (parsed) return Value{type, *std::move(parsed)};
  size_t shown_bytes = std::min<size_t>(text.size(), 60);
  while (shown_bytes < text.size() && shown_bytes > 0 && (text[shown_bytes] & 0xC0) == 0x80)
    --shown_bytes;  // whole characters
  const std::string_view shown = text.substr(0, shown_bytes);
  std::string hint;
  if (type.id == TypeId::kDate) hint = "a date looks like 2013-01-31";
  if (type.id == TypeId::kTimestamp) hint = "a timestamp looks like 2013-01-31 05:00:00";
  return Error{.code = ErrorCode::kBadInput,
               .message = fmt::format("expected {}, found \"{}{}\"", to_text(type), shown,
                                      shown.size() < text.size() ? "…" : ""),
               .where = "",
               .hint = hint};
}

}  // namespace

std::optional<int64_t> parse_int64(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && is_digit(text[1])) text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_float64(std::string_view text) {
  const bool negative = take_sign(text);
  if (equal_ignoring_case(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  const double sign = negative ? -1.0 : 1.0;
  if (equal_ignoring_case(text, "inf") || equal_ignoring_case(text, "infinity"))
    return sign * std::numeric_limits<double>::infinity();
  // from_chars reads more than we do: other spellings of inf and nan, and a second sign.
  if (text.empty() || !(is_digit(text[0]) || text[0] == '.')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc()) return sign * value;
  // Out of range is both too large and too small; too small rounds to zero, and only a negative exponent or a leading
  // zero can make it so.
  const size_t exponent = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, exponent);
  const bool small = (exponent != std::string_view::npos && exponent + 1 < text.size() && text[exponent + 1] == '-') ||
                     (exponent == std::string_view::npos &&
                      mantissa.substr(0, mantissa.find('.')).find_first_not_of('0') == std::string_view::npos);
  return error == std::errc::result_out_of_range && small ? std::optional<double>(sign * 0.0) : std::nullopt;
}

std::optional<int128> parse_decimal(std::string_view text, uint8_t precision, uint8_t scale) {
  const bool negative = take_sign(text);
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  int128 limit = 1;  // exclusive; at most 10^38, so ten times what is below a tenth of it fits int128
  for (uint8_t i = 0; i < precision; ++i) limit *= 10;
  int128 unscaled = 0;
  const auto append = [&](char c) {
    if (!is_digit(c) || unscaled >= (limit + 9) / 10) return false;
    unscaled = unscaled * 10 + (c - '0');
    return unscaled < limit;
  };
  for (char c : whole)
    if (!append(c)) return std::nullopt;
  for (size_t i = 0; i < fraction.size(); ++i)
    if (i < scale ? !append(fraction[i]) : fraction[i] != '0') return std::nullopt;
  for (size_t i = fraction.size(); i < scale; ++i)
    if (!append('0')) return std::nullopt;
  return negative ? -unscaled : unscaled;
}

std::optional<int32_t> parse_date(std::string_view text) {
  const auto days = take_date(text);
  return text.empty() ? days : std::nullopt;
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
  const auto days = take_date(text);
  if (!days) return std::nullopt;
  int64_t time_us = 0;
  if (!text.empty()) {
    if (!take_character(text, ' ') && !take_character(text, 'T')) return std::nullopt;
    if (text.ends_with('Z')) text.remove_suffix(1);
    const auto parsed = parse_time_of_day(text);
    if (!parsed) return std::nullopt;
    time_us = *parsed;
  }
  int64_t us = 0;
  if (__builtin_mul_overflow(int64_t{*days}, kMicrosecondsPerDay, &us) || __builtin_add_overflow(us, time_us, &us))
    return std::nullopt;
  return us;
}

Result<Value> parse_value(std::string_view text, Type type) {
  switch (type.id) {
    case TypeId::kBool: return value_or_error(parse_bool(text), text, type);
    case TypeId::kInt32: return value_or_error(parse_int32(text), text, type);
    case TypeId::kInt64: return value_or_error(parse_int64(text), text, type);
    case TypeId::kFloat64: return value_or_error(parse_float64(text), text, type);
    case TypeId::kDecimal: return value_or_error(parse_decimal(text, type.precision, type.scale), text, type);
    case TypeId::kDate: return value_or_error(parse_date(text), text, type);
    case TypeId::kTimestamp: return value_or_error(parse_timestamp(text), text, type);
    case TypeId::kUtf8: return Value{type, std::string(text)};
    case TypeId::kNull: break;
  }
  return Error{.code = ErrorCode::kBadInput, .message = "expected a type to read a value of", .where = "", .hint = ""};
}

}  // namespace headrace
