#include "reference/text_form.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "base/check.h"
#include "reference/calendar.h"
#include "reference/cast.h"
#include "reference/interval_text.h"
#include "reference/nested_text.h"

namespace headrace::reference {
namespace {

std::string decimal_text(const BigInteger& unscaled, uint8_t scale) {
  std::string digits = unscaled.magnitude().to_text();
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, ".");
  return (unscaled.is_negative() ? "-" : "") + digits;
}

// The fewest digits that read back to the same double, laid out as Python's repr does.
// The fewest digits that read back as `value`; of a float32, as that float.
std::string double_text(double value, bool single = false) {
  if (std::isnan(value)) return "nan";
  const std::string sign = std::signbit(value) ? "-" : "";
  value = std::fabs(value);
  if (std::isinf(value)) return sign + "inf";
  if (value == 0) return sign + "0.0";
  std::string text;
  for (int digits = 1; digits <= 17; ++digits) {
    text = fmt::format("{:.{}e}", value, digits - 1);
    if ((single ? static_cast<double>(std::strtof(text.c_str(), nullptr)) : std::strtod(text.c_str(), nullptr)) ==
        value)
      break;
  }
  const size_t mark = text.find('e');
  const int exponent = std::atoi(text.c_str() + mark + 1);
  std::string digits = text.substr(0, mark);
  digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
  if (exponent < -4 || exponent >= 16) return sign + text;
  if (exponent < 0) return sign + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() < whole + 1) digits.append(whole + 1 - digits.size(), '0');
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string date_text(int64_t days) {
  const Civil date = civil_of(days);
  return fmt::format("{}{:04}-{:02}-{:02}", date.year < 0 ? "-" : "", std::abs(date.year), date.month, date.day);
}

std::string time_text(int64_t us) {
  const int64_t seconds = us / 1'000'000;
  std::string text = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (us % 1'000'000 == 0) return text;
  text += fmt::format(".{:06}", us % 1'000'000);
  return text.substr(0, text.find_last_not_of('0') + 1);
}

std::string timestamp_text(int64_t us) {
  const int64_t days = floor_divide(us, kDayUs);
  return date_text(days) + " " + time_text(us - days * kDayUs);
}

bool is_space(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

std::string_view without_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& letter : result)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
  return result;
}

// Takes digits off the front: between 1 and `most`.
std::optional<int64_t> take_digits(std::string_view& text, size_t most) {
  size_t count = 0;
  int64_t value = 0;
  while (count < text.size() && is_digit(text[count])) {
    if (count == most) return std::nullopt;
    value = value * 10 + (text[count++] - '0');
  }
  if (count == 0) return std::nullopt;
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return false;
  text.remove_prefix(1);
  return true;
}

// [-]Y-M-D or [-]Y/M/D in days since 1970-01-01, or a fault.
Datum take_date(std::string_view& text) {
  const bool before_year_0 = take(text, '-');
  const auto year = take_digits(text, 7);
  const char separator = take(text, '/') ? '/' : '-';
  if (!year || (separator == '-' && !take(text, '-'))) return fault(Fault::kBadCast);
  const auto month = take_digits(text, 2);
  if (!month || !take(text, separator)) return fault(Fault::kBadCast);
  const auto day = take_digits(text, 2);
  if (!day) return fault(Fault::kBadCast);
  const int64_t signed_year = before_year_0 ? -*year : *year;
  if (*month < 1 || *month > 12 || *day < 1 || *day > month_days(signed_year, *month)) return fault(Fault::kOutOfRange);
  const BigInteger days(days_of({signed_year, *month, *day}));
  return fits(days, kDate) ? Datum{days} : fault(Fault::kOutOfRange);
}

// H:M[:S[.f…]] in µs, or a fault; what is finer than µs is cut off. 24:00:00 is the end of the day.
Datum take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return fault(Fault::kBadCast);
  const auto minute = take_digits(text, 2);
  if (!minute) return fault(Fault::kBadCast);
  int64_t second = 0, fraction_us = 0;
  if (take(text, ':')) {
    const auto written = take_digits(text, 2);
    if (!written) return fault(Fault::kBadCast);
    second = *written;
    if (take(text, '.')) {
      for (int64_t place_us = 100'000; !text.empty() && is_digit(text.front()); text.remove_prefix(1), place_us /= 10)
        fraction_us += (text.front() - '0') * place_us;
    }
  }
  const int64_t us = ((*hour * 60 + *minute) * 60 + second) * 1'000'000 + fraction_us;
  if (*minute > 59 || second > 59 || us > kDayUs) return fault(Fault::kOutOfRange);
  return {BigInteger(us)};
}

// date[( |T)time][Z] in µs since 1970-01-01, not bounded, or a fault.
Datum read_moment(std::string_view text) {
  text = without_space(text);
  const Datum days = take_date(text);
  if (days.is_fault()) return days;
  BigInteger us = days.integer() * BigInteger(kDayUs);
  if (text.empty()) return {us};
  if (!take(text, 'T') && !take(text, ' ')) return fault(Fault::kBadCast);
  while (take(text, ' ')) {
  }
  const Datum time_us = take_time(text);
  if (time_us.is_fault()) return time_us;
  take(text, 'Z');
  return text.empty() ? Datum{us + time_us.integer()} : fault(Fault::kBadCast);
}

}  // namespace

std::string text_of(const Datum& value, Type type) {
  switch (type.id) {
    case TypeId::kNull: break;
    case TypeId::kBool: return value.is_true() ? "true" : "false";
    case TypeId::kFloat64: return double_text(value.number());
    case TypeId::kFloat32: return double_text(value.number(), true);
    case TypeId::kDecimal64:
    case TypeId::kDecimal128: return decimal_text(value.integer(), type.scale);
    case TypeId::kDate: return date_text(value.integer().to_int64());
    case TypeId::kTimestamp: return timestamp_text(value.integer().to_int64());
    case TypeId::kTimestampTz: return timestamp_text(value.integer().to_int64()) + "+00";
    case TypeId::kTime: return time_text(value.integer().to_int64());
    case TypeId::kInterval: return interval_text(value.interval());
    case TypeId::kUtf8: return value.text();
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap: return nested_text(value, type);
    default:
      if (is_integer(type)) return value.integer().to_text();
      break;
  }
  CHECK(!"a value has a type that the reference writes");
  return "";
}

std::optional<Fraction> read_number(std::string_view text) {
  text = without_space(text);
  const bool negative = take(text, '-');
  if (!negative) take(text, '+');
  std::string digits;
  int64_t exponent = 0;
  while (!text.empty() && is_digit(text.front())) digits += text.front(), text.remove_prefix(1);
  if (take(text, '.'))
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), --exponent) digits += text.front();
  if (digits.empty()) return std::nullopt;
  if (take(text, 'e') || take(text, 'E')) {
    const bool small = take(text, '-');
    if (!small) take(text, '+');
    const auto written = take_digits(text, 6);
    if (!written) return std::nullopt;
    exponent += small ? -*written : *written;
  }
  if (!text.empty()) return std::nullopt;
  const BigInteger unscaled = BigInteger::from_digits(digits);
  // Beyond ±2000 every type of ours over- or underflows, whatever the exponent.
  const int64_t bounded = std::clamp<int64_t>(exponent, -2'000 - static_cast<int64_t>(digits.size()), 2'000);
  const BigInteger power = BigInteger::power_of_ten(static_cast<uint32_t>(std::abs(bounded)));
  const BigInteger value = bounded > 0 ? unscaled * power : unscaled;
  return Fraction{negative ? -value : value, bounded < 0 ? power : BigInteger(1)};
}

Datum read_bool(std::string_view text) {
  const std::string word = lower_case(text);
  for (const char* yes : {"true", "t", "yes", "y", "1"})
    if (word == yes) return {true};
  for (const char* no : {"false", "f", "no", "n", "0"})
    if (word == no) return {false};
  return fault(Fault::kBadCast);
}

Datum read_double(std::string_view text) {
  const std::string word = lower_case(without_space(text));
  const bool negative = word.starts_with('-');
  const std::string name = negative || word.starts_with('+') ? word.substr(1) : word;
  if (name == "nan") return {std::nan("")};
  if (name == "inf" || name == "infinity") return {negative ? -INFINITY : INFINITY};
  const auto fraction = read_number(text);
  if (!fraction) return fault(Fault::kBadCast);
  const double value = nearest_double(fraction->numerator, fraction->denominator);
  return {negative ? -std::fabs(value) : value};
}

Datum read_date(std::string_view text) {
  const Datum us = read_moment(text);
  if (us.is_fault()) return us;
  const BigInteger days = floor_of(us.integer(), BigInteger(kDayUs));
  return fits(days, kDate) ? Datum{days} : fault(Fault::kOutOfRange);
}

Datum read_timestamp(std::string_view text) {
  const Datum us = read_moment(text);
  return us.is_fault() || fits(us.integer(), kTimestamp) ? us : fault(Fault::kOutOfRange);
}

Datum read_time(std::string_view text) {
  text = without_space(text);
  const Datum us = take_time(text);
  return us.is_fault() || text.empty() ? us : fault(Fault::kBadCast);
}

}  // namespace headrace::reference
