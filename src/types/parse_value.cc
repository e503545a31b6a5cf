#include "types/parse_value.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "types/calendar.h"
#include "types/nested_type.h"
#include "types/nested_value.h"

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

// HH:MM[:SS[.fraction]], the whole text, in ns since midnight, a multiple of `unit_ns`: digits beyond it must be zeros.
std::optional<int64_t> parse_time_of_day(std::string_view text, int64_t unit_ns) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take_character(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int64_t ns = (*hour * kMicrosecondsPerHour + *minute * kMicrosecondsPerMinute) * 1'000;
  if (text.empty()) return ns;
  if (!take_character(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  ns += *second * kMicrosecondsPerSecond * 1'000;
  if (text.empty()) return ns;
  if (!take_character(text, '.') || text.empty()) return std::nullopt;
  int64_t unit = 100'000'000;
  for (const char c : text) {
    if (!is_digit(c) || (unit < unit_ns && c != '0')) return std::nullopt;
    ns += (c - '0') * unit;
    unit /= 10;
  }
  return ns;
}

// A date, or a date and a time of day: days and ns.
struct Moment {
  int32_t days;
  int64_t ns;
};
std::optional<Moment> parse_moment(std::string_view text, int64_t unit_ns) {
  const auto days = take_date(text);
  if (!days) return std::nullopt;
  if (text.empty()) return Moment{*days, 0};
  if (!take_character(text, ' ') && !take_character(text, 'T')) return std::nullopt;
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto ns = parse_time_of_day(text, unit_ns);
  if (!ns) return std::nullopt;
  return Moment{*days, *ns};
}

// Removes Z, +HH, +HHMM or +HH:MM from the end; seconds east of UTC, 0 when there is none.
std::optional<int64_t> take_offset(std::string_view& text) {
  const size_t colon = text.find(':');
  if (text.ends_with('Z')) {
    if (colon == std::string_view::npos) return std::nullopt;  // a date has no zone
    text.remove_suffix(1);
    return 0;
  }
  const size_t sign = text.find_last_of("+-");
  if (colon == std::string_view::npos || sign == std::string_view::npos || sign < colon) return 0;
  std::string_view offset = text.substr(sign + 1);
  const bool west = text[sign] == '-';
  text = text.substr(0, sign);
  if (text.ends_with(' ')) text.remove_suffix(1);
  const auto hours = take_number(offset, 2);
  if (!hours || *hours > 18) return std::nullopt;
  if (!offset.empty()) take_character(offset, ':');
  const auto minutes = offset.empty() ? std::optional<uint32_t>(0) : take_number(offset, 2);
  if (!minutes || *minutes > 59 || !offset.empty()) return std::nullopt;
  const int64_t seconds = int64_t{*hours} * 3600 + *minutes * 60;
  return west ? -seconds : seconds;
}

std::optional<bool> parse_bool(std::string_view text) {
  if (equal_ignoring_case(text, "true") || equal_ignoring_case(text, "t") || text == "1") return true;
  if (equal_ignoring_case(text, "false") || equal_ignoring_case(text, "f") || text == "0") return false;
  return std::nullopt;
}

// Into the alternative `To` of a Value.
template <class T, class To>
std::optional<To> parse_integer(std::string_view text) {
  const auto wide = parse_int64(text);
  if (!wide || *wide < int64_t{std::numeric_limits<T>::min()} || *wide > int64_t{std::numeric_limits<T>::max()})
    return std::nullopt;
  return static_cast<To>(*wide);
}

std::optional<int128> parse_uint64(std::string_view text) {
  const auto wide = parse_decimal(text, 20, 0);
  const bool digits_alone = text.find('.') == std::string_view::npos;
  if (!wide || !digits_alone || *wide < 0 || *wide > int128{std::numeric_limits<uint64_t>::max()}) return std::nullopt;
  return wide;
}

std::optional<double> parse_float32_as_double(std::string_view text) {
  const auto value = parse_float32(text);
  return value ? std::optional<double>(*value) : std::nullopt;
}

std::optional<int64_t> parse_enum(std::string_view text, Type type) {
  const auto values = fields_of(type);
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i].name == text) return static_cast<int64_t>(i);
  return std::nullopt;
}

std::optional<std::string> parse_nested_bytes(std::string_view text, Type type) {
  const auto digit = [](char c) { return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (!text.starts_with("\\x") || text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 2; i < text.size(); i += 2) {
    if (digit(text[i]) < 0 || digit(text[i + 1]) < 0) return std::nullopt;
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return is_nested_value(type, bytes) ? std::optional(std::move(bytes)) : std::nullopt;
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
  if (type.id >= TypeId::kTimestamp && type.id <= TypeId::kTimestampTz) hint = "it looks like 2013-01-31 05:00:00";
  if (type.id == TypeId::kTime) hint = "a time looks like 05:00:00";
  if (type.id == TypeId::kInterval) hint = "an interval looks like 1 year 2 months 3 days 04:05:06";
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

std::optional<float> parse_float32(std::string_view text) {
  const bool negative = take_sign(text);
  const auto wide = parse_float64(text);
  if (!wide || text.starts_with('-') || text.starts_with('+')) return std::nullopt;
  float value = static_cast<float>(*wide);
  // Rounded once, from the text; what from_chars calls out of range is settled by the double.
  float direct = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), direct).ec == std::errc() && std::isfinite(*wide))
    value = direct;
  if (std::isinf(value) && !std::isinf(*wide)) return std::nullopt;
  return negative ? -value : value;
}

std::optional<int64_t> parse_time(std::string_view text) {
  if (text == "24:00" || text == "24:00:00") return kMicrosecondsPerDay;
  const auto ns = parse_time_of_day(text, 1'000);
  return ns ? std::optional(*ns / 1'000) : std::nullopt;
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
  const auto moment = parse_moment(text, 1'000);
  int64_t us = 0;
  if (!moment || __builtin_mul_overflow(int64_t{moment->days}, kMicrosecondsPerDay, &us) ||
      __builtin_add_overflow(us, moment->ns / 1'000, &us))
    return std::nullopt;
  return us;
}

std::optional<int64_t> parse_timestamp_ns(std::string_view text) {
  const auto moment = parse_moment(text, 1);
  int64_t ns = 0;
  if (!moment || __builtin_mul_overflow(int64_t{moment->days}, kMicrosecondsPerDay * 1'000, &ns) ||
      __builtin_add_overflow(ns, moment->ns, &ns))
    return std::nullopt;
  return ns;
}

std::optional<int64_t> parse_timestamp_tz(std::string_view text) {
  const auto offset_seconds = take_offset(text);
  if (!offset_seconds || text.ends_with('Z')) return std::nullopt;
  const auto local = parse_timestamp(text);
  int64_t us = 0;
  if (!local || __builtin_sub_overflow(*local, *offset_seconds * kMicrosecondsPerSecond, &us)) return std::nullopt;
  return us;
}

std::optional<std::string> parse_binary(std::string_view text) {
  const auto digit = [](char c) {
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) >= 0x80) return std::nullopt;
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    if (i + 3 >= text.size() || text[i + 1] != 'x' || digit(text[i + 2]) < 0 || digit(text[i + 3]) < 0)
      return std::nullopt;
    bytes += static_cast<char>(digit(text[i + 2]) * 16 + digit(text[i + 3]));
    i += 3;
  }
  return bytes;
}

Result<Value> parse_value(std::string_view text, Type type) {
  const auto made = [&](auto parsed) { return value_or_error(std::move(parsed), text, type); };
  switch (type.id) {
    case TypeId::kBool: return made(parse_bool(text));
    case TypeId::kInt8: return made(parse_integer<int8_t, int32_t>(text));
    case TypeId::kInt16: return made(parse_integer<int16_t, int32_t>(text));
    case TypeId::kInt32: return made(parse_integer<int32_t, int32_t>(text));
    case TypeId::kInt64: return made(parse_int64(text));
    case TypeId::kUInt8: return made(parse_integer<uint8_t, int32_t>(text));
    case TypeId::kUInt16: return made(parse_integer<uint16_t, int32_t>(text));
    case TypeId::kUInt32: return made(parse_integer<uint32_t, int64_t>(text));
    case TypeId::kUInt64: return made(parse_uint64(text));
    case TypeId::kFloat32: return made(parse_float32_as_double(text));
    case TypeId::kFloat64: return made(parse_float64(text));
    case TypeId::kDecimal64:
    case TypeId::kDecimal128: return made(parse_decimal(text, type.precision, type.scale));
    case TypeId::kDate: return made(parse_date(text));
    case TypeId::kTime: return made(parse_time(text));
    case TypeId::kTimestamp: return made(parse_timestamp(text));
    case TypeId::kTimestampNs: return made(parse_timestamp_ns(text));
    case TypeId::kTimestampTz: return made(parse_timestamp_tz(text));
    case TypeId::kInterval: return made(parse_interval(text));
    case TypeId::kUtf8: return Value{type, std::string(text)};
    case TypeId::kBinary: return made(parse_binary(text));
    case TypeId::kEnum: return made(parse_enum(text, type));
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap: return made(parse_nested_bytes(text, type));
    case TypeId::kNull: break;
  }
  return Error{.code = ErrorCode::kBadInput, .message = "expected a type to read a value of", .where = "", .hint = ""};
}

}  // namespace headrace
