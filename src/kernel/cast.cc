#include "kernel/cast.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "kernel/zone.h"
#include "types/parse_value.h"

namespace headrace::kernel {
namespace {

bool is_space(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

std::string_view trimmed(const char* text, uint64_t size) {
  while (size > 0 && is_space(*text)) {
    ++text;
    --size;
  }
  while (size > 0 && is_space(text[size - 1])) --size;
  return {text, size};
}

// Requires `lower` in lower case.
bool equals_in_any_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char left, char right) {
    return (left >= 'A' && left <= 'Z' ? static_cast<char>(left + 32) : left) == right;
  });
}

// A number as written: sign, digits with a point somewhere, power of ten.
struct Written {
  bool negative = false;
  std::string_view whole, fraction;  // digits only
  int64_t exponent = 0;              // clamped to ±10^9
  bool is_number = false;
};

std::string_view take_digits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool take(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return false;
  text.remove_prefix(1);
  return true;
}

Written read_number(std::string_view text) {
  constexpr int64_t kExponentMax = 1'000'000'000;
  Written number;
  number.negative = take(text, '-');
  if (!number.negative) take(text, '+');
  number.whole = take_digits(text);
  if (take(text, '.')) number.fraction = take_digits(text);
  if (number.whole.empty() && number.fraction.empty()) return number;
  if (take(text, 'e') || take(text, 'E')) {
    const bool negative = take(text, '-');
    if (!negative) take(text, '+');
    const std::string_view digits = take_digits(text);
    if (digits.empty()) return number;
    for (const char digit : digits) number.exponent = std::min(number.exponent * 10 + (digit - '0'), kExponentMax);
    if (negative) number.exponent = -number.exponent;
  }
  number.is_number = text.empty();
  return number;
}

// A number with each '_' between digits left out; nothing: there is none, or one elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  if (text.find('_') == std::string_view::npos) return std::nullopt;
  std::string plain;
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const auto is_part = [&](char letter) {
    return hexadecimal ? std::isxdigit(static_cast<unsigned char>(letter)) != 0 : is_digit(letter);
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const bool between = i > 0 && i + 1 < text.size() && is_part(text[i - 1]) && is_part(text[i + 1]);
    if (text[i] != '_')
      plain += text[i];
    else if (!between)
      return std::nullopt;
  }
  return plain;
}

// 0x1F and 0b11, below 2^124.
std::optional<int128> read_by_bits(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (!hexadecimal && !text.starts_with("0b") && !text.starts_with("0B")) return std::nullopt;
  text.remove_prefix(2);
  const int base = hexadecimal ? 16 : 2;
  uint128 value = 0;
  for (const char letter : text) {
    const int digit = is_digit(letter)                 ? letter - '0'
                      : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                      : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
                                                       : base;
    if (digit >= base || value >> 120 != 0) return std::nullopt;
    value = value * static_cast<uint128>(base) + static_cast<uint128>(digit);
  }
  return text.empty() ? std::nullopt : std::optional(static_cast<int128>(value));
}

char digit_at(const Written& number, uint64_t index) {
  return index < number.whole.size() ? number.whole[index] : number.fraction[index - number.whole.size()];
}

// The power of ten of the first digit that is not zero; a number without one has none.
int64_t leading_power(const Written& number, bool& is_zero) {
  const uint64_t digits = number.whole.size() + number.fraction.size();
  uint64_t first = 0;
  while (first < digits && digit_at(number, first) == '0') ++first;
  is_zero = first == digits;
  return static_cast<int64_t>(number.whole.size()) - static_cast<int64_t>(first) - 1 + number.exponent;
}

}  // namespace

extern "C" uint32_t headrace_rt_parse_bool(const char* data, uint64_t size, bool* to) noexcept {
  const std::string_view text(data, size);
  for (const std::string_view word : {"true", "t", "yes", "y", "1"}) {
    if (equals_in_any_case(text, word)) {
      *to = true;
      return 0;
    }
  }
  *to = false;
  for (const std::string_view word : {"false", "f", "no", "n", "0"}) {
    if (equals_in_any_case(text, word)) return 0;
  }
  return Faults::kBadCast;
}

extern "C" uint32_t headrace_rt_parse_double(const char* data, uint64_t size, double* to) noexcept {
  std::string_view text = trimmed(data, size);
  *to = 0;
  const Written number = read_number(text);
  if (!number.is_number) {
    const bool negative = take(text, '-');
    if (!negative) take(text, '+');
    const bool infinite = equals_in_any_case(text, "inf") || equals_in_any_case(text, "infinity");
    if (!infinite && !equals_in_any_case(text, "nan")) {
      const std::optional<std::string> plain = without_underscores(trimmed(data, size));
      return plain ? headrace_rt_parse_double(plain->data(), plain->size(), to) : uint32_t{Faults::kBadCast};
    }
    *to = infinite ? (negative ? -__builtin_inf() : __builtin_inf()) : __builtin_nan("");
    return 0;
  }
  take(text, '+');
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), *to, std::chars_format::general);
  if (failure == std::errc::result_out_of_range) {
    bool is_zero = false;
    const bool large = leading_power(number, is_zero) > 0;
    *to = __builtin_copysign(large && !is_zero ? __builtin_inf() : 0.0, number.negative ? -1.0 : 1.0);
  }
  return 0;
}

extern "C" uint32_t headrace_rt_parse_decimal(const char* data, uint64_t size, int32_t scale, int128* to) noexcept {
  *to = 0;
  const Written number = read_number(trimmed(data, size));
  if (!number.is_number) {
    const std::string_view text = trimmed(data, size);
    const std::optional<std::string> plain = without_underscores(text);
    if (plain) return headrace_rt_parse_decimal(plain->data(), plain->size(), scale, to);
    const std::optional<int128> whole = scale == 0 ? read_by_bits(text) : std::nullopt;
    *to = whole.value_or(0);
    return whole ? 0 : uint32_t{Faults::kBadCast};
  }
  bool is_zero = false;
  const int64_t leading = leading_power(number, is_zero) + scale;  // of the result
  if (is_zero || leading < -1) return 0;
  if (leading > 37) return Faults::kOverflow;
  const uint64_t digits = number.whole.size() + number.fraction.size();
  // The digits that stay: those at or above 10^-scale, then zeros.
  const int64_t kept = static_cast<int64_t>(number.whole.size()) + number.exponent + scale;
  uint128 value = 0;
  for (int64_t i = 0; i < std::min<int64_t>(kept, static_cast<int64_t>(digits)); ++i) {
    value = value * 10 + static_cast<uint128>(digit_at(number, static_cast<uint64_t>(i)) - '0');
  }
  for (int64_t i = static_cast<int64_t>(digits); i < kept && value != 0; ++i) value *= 10;
  if (kept >= 0 && kept < static_cast<int64_t>(digits)) {
    value += static_cast<uint128>(digit_at(number, static_cast<uint64_t>(kept)) >= '5');
  }
  *to = with_sign(number.negative, value);
  return outside_decimal(*to) ? Faults::kOverflow : 0;
}

namespace {

// Reads digits, at most `digits_max`, into `value`.
bool take_number(std::string_view& text, size_t digits_max, int64_t& value) {
  const std::string_view digits = take_digits(text);
  if (digits.empty() || digits.size() > digits_max) return false;
  value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return true;
}

uint32_t take_date(std::string_view& text, int64_t& days) {
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  const bool negative = take(text, '-');
  if (!take_number(text, 7, year)) return Faults::kBadCast;
  const char separator = text.empty() ? '\0' : text.front();
  if (separator != '-' && separator != '/' && separator != ' ' && separator != '\\') return Faults::kBadCast;
  if (!take(text, separator) || !take_number(text, 2, month)) return Faults::kBadCast;
  if (!take(text, separator) || !take_number(text, 2, day)) return Faults::kBadCast;
  constexpr std::string_view kBeforeChrist = " (BC)";
  if (negative) year = -year;
  if (text.starts_with(kBeforeChrist)) {
    if (year < 1) return Faults::kBadCast;
    year = 1 - year;
    text.remove_prefix(kBeforeChrist.size());
  }
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, static_cast<int32_t>(month)))
    return Faults::kOutOfRange;
  days = days_from_civil(year, static_cast<int32_t>(month), static_cast<int32_t>(day));
  return days != static_cast<int32_t>(days) ? Faults::kOutOfRange : 0;
}

// HH:MM[:SS[.fffffffff…]]; digits beyond ns are cut off. 24:00:00 is the end of the day.
uint32_t take_time(std::string_view& text, int64_t& ns) {
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t fraction_ns = 0;
  if (!take_number(text, 2, hour) || !take(text, ':') || !take_number(text, 2, minute)) return Faults::kBadCast;
  if (take(text, ':')) {
    if (!take_number(text, 2, second)) return Faults::kBadCast;
    if (take(text, '.')) {
      const std::string_view digits = take_digits(text);
      for (size_t i = 0; i < 9; ++i) fraction_ns = fraction_ns * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    }
  }
  ns = (hour * kMicrosecondsPerHour + minute * kMicrosecondsPerMinute + second * kMicrosecondsPerSecond) * 1'000 +
       fraction_ns;
  if (minute > 59 || second > 59 || ns > kMicrosecondsPerDay * 1'000 || hour > 24) return Faults::kOutOfRange;
  return 0;
}

// What says where a clock stands: µs east of UTC, or a zone by name.
struct Zone {
  int64_t offset_us = 0;
  std::string_view name;
};

// Z, +HH, +HHMM, +HH:MM, +HH:MM:SS or a zone's name, up to the end of the text; nothing is UTC.
uint32_t take_zone(std::string_view text, Zone& zone) {
  while (take(text, ' ')) {
  }
  if (text.empty() || text == "Z") return 0;
  const bool west = take(text, '-');
  if (!west && !take(text, '+')) {
    zone.name = text;
    return is_time_zone(text) ? 0 : uint32_t{Faults::kBadCast};
  }
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t seconds = 0;
  const size_t before = text.size();
  if (!take_number(text, 4, hours)) return Faults::kBadCast;
  const size_t digits = before - text.size();
  if (digits > 2) {
    minutes = hours % 100;
    hours /= 100;
  } else if (take(text, ':')) {
    if (!take_number(text, 2, minutes)) return Faults::kBadCast;
    if (take(text, ':') && !take_number(text, 2, seconds)) return Faults::kBadCast;
  }
  if (!text.empty()) return Faults::kBadCast;
  if (minutes > 59 || seconds > 59 || hours > 23) return Faults::kOutOfRange;
  zone.offset_us =
      (hours * kMicrosecondsPerHour + minutes * kMicrosecondsPerMinute + seconds * kMicrosecondsPerSecond) *
      (west ? -1 : 1);
  return 0;
}

uint32_t parse_moment(const char* data, uint64_t size, int64_t& days, int64_t& ns_of_day, Zone& zone) {
  std::string_view text = trimmed(data, size);
  days = ns_of_day = 0;
  if (equals_in_any_case(text, "epoch")) return 0;
  uint32_t faults = take_date(text, days);
  if (faults != 0 || text.empty()) return faults;
  if (!take(text, 'T') && !is_space(text.front())) return Faults::kBadCast;
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  faults = take_time(text, ns_of_day);
  return faults != 0 ? faults : take_zone(text, zone);
}

// The same where no zone counts: the clock is as written.
uint32_t parse_clock(const char* data, uint64_t size, int64_t& days, int64_t& ns_of_day) {
  Zone zone;
  return parse_moment(data, size, days, ns_of_day, zone);
}

}  // namespace

extern "C" uint32_t headrace_rt_parse_date(const char* text, uint64_t size, int32_t* to) noexcept {
  int64_t days = 0;
  int64_t ns = 0;
  const uint32_t bits = parse_clock(text, size, days, ns);
  *to = 0;
  if (bits != 0) return bits;
  Faults faults;
  *to = as_date(days, faults);
  return faults.bits;
}

extern "C" uint32_t headrace_rt_parse_timestamp(const char* text, uint64_t size, int64_t* to) noexcept {
  int64_t days = 0;
  int64_t ns = 0;
  const uint32_t bits = parse_clock(text, size, days, ns);
  *to = 0;
  if (bits != 0) return bits;
  Faults faults;
  *to = as_timestamp(days, ns / 1'000, faults);
  return faults.bits;
}

extern "C" uint32_t headrace_rt_parse_timestamp_ns(const char* text, uint64_t size, int64_t* to) noexcept {
  int64_t days = 0;
  int64_t ns = 0;
  const uint32_t bits = parse_clock(text, size, days, ns);
  *to = 0;
  if (bits != 0) return bits;
  const bool outside =
      __builtin_mul_overflow(days, kMicrosecondsPerDay * 1'000, to) || __builtin_add_overflow(*to, ns, to);
  if (outside) *to = 0;
  return outside ? uint32_t{Faults::kOutOfRange} : 0;
}

extern "C" uint32_t headrace_rt_parse_timestamp_tz(const char* text, uint64_t size, int64_t* to) noexcept {
  int64_t days = 0;
  int64_t ns = 0;
  Zone zone;
  const uint32_t bits = parse_moment(text, size, days, ns, zone);
  *to = 0;
  if (bits != 0) return bits;
  Faults faults;
  *to = as_timestamp(days, ns / 1'000 - zone.offset_us, faults);
  if (faults.bits != 0 || zone.name.empty()) return faults.bits;
  const StringRef name(zone.name);
  return headrace_rt_instant_of_clock(*to, &name, to);
}

extern "C" uint32_t headrace_rt_parse_time(const char* data, uint64_t size, int64_t* to) noexcept {
  std::string_view text = trimmed(data, size);
  int64_t ns = 0;
  int64_t days = 0;
  Zone zone;
  uint32_t bits = take_time(text, ns);
  if (bits == 0)
    bits = take_zone(text, zone);
  else if (text.find('-') != std::string_view::npos || text.find('/') != std::string_view::npos)
    bits = parse_clock(data, size, days, ns);  // of a date and a time
  *to = bits == 0 ? ns / 1'000 : 0;
  return bits;
}

extern "C" uint32_t headrace_rt_parse_interval(const char* data, uint64_t size, Interval* to) noexcept {
  const std::optional<Interval> interval = parse_interval(trimmed(data, size));
  *to = interval.value_or(Interval{});
  return interval ? 0 : uint32_t{Faults::kBadCast};
}

extern "C" uint32_t headrace_rt_parse_float(const char* data, uint64_t size, float* to) noexcept {
  if (const auto plain = without_underscores(trimmed(data, size)))
    return headrace_rt_parse_float(plain->data(), plain->size(), to);
  double wide = 0;
  const uint32_t bits = headrace_rt_parse_double(data, size, &wide);
  *to = static_cast<float>(wide);
  if (bits != 0) return bits;
  std::string_view text = trimmed(data, size);
  take(text, '+');
  float direct = 0;  // rounded once
  if (std::from_chars(text.data(), text.data() + text.size(), direct).ec == std::errc() && std::isfinite(wide))
    *to = direct;
  return std::isinf(*to) && !std::isinf(wide) ? uint32_t{Faults::kOverflow} : 0;
}

extern "C" uint32_t headrace_rt_write_binary(const char* bytes, uint64_t size, char* to) noexcept {
  const std::string text = headrace::binary_to_text({bytes, size});
  std::memcpy(to, text.data(), text.size());
  return static_cast<uint32_t>(text.size());
}

extern "C" uint32_t headrace_rt_parse_binary(const char* text, uint64_t size, char* to, uint32_t* made) noexcept {
  const std::optional<std::string> bytes = parse_binary({text, size});
  *made = bytes ? static_cast<uint32_t>(bytes->size()) : 0;
  if (!bytes) return Faults::kBadCast;
  std::memcpy(to, bytes->data(), bytes->size());
  return 0;
}

namespace {
uint32_t bytes_between(const char* from, const char* to) { return static_cast<uint32_t>(to - from); }
}  // namespace

extern "C" uint32_t headrace_rt_write_int64(int64_t value, char* to) noexcept {
  return bytes_between(to, write_int64(value, to));
}
extern "C" uint32_t headrace_rt_write_double(double value, char* to) noexcept {
  return bytes_between(to, write_double(value, to));
}
extern "C" uint32_t headrace_rt_write_decimal(const int128* value, int32_t scale, char* to) noexcept {
  return bytes_between(to, write_decimal(*value, static_cast<uint8_t>(scale), to));
}
extern "C" uint32_t headrace_rt_write_date(int32_t value, char* to) noexcept {
  return bytes_between(to, write_date(value, to));
}
extern "C" uint32_t headrace_rt_write_timestamp(int64_t value, char* to) noexcept {
  return bytes_between(to, write_timestamp(value, to));
}

extern "C" uint32_t headrace_rt_write_timestamp_ns(int64_t value, char* to) noexcept {
  return bytes_between(to, write_timestamp_ns(value, to));
}
extern "C" uint32_t headrace_rt_write_time(int64_t value, char* to) noexcept {
  return bytes_between(to, write_time(value, to));
}
extern "C" uint32_t headrace_rt_write_interval(const Interval* value, char* to) noexcept {
  return bytes_between(to, write_interval(*value, to));
}
extern "C" uint32_t headrace_rt_write_uint64(uint64_t value, char* to) noexcept {
  return bytes_between(to, write_uint64(value, to));
}
extern "C" uint32_t headrace_rt_write_float(float value, char* to) noexcept {
  return bytes_between(to, write_float(value, to));
}

}  // namespace headrace::kernel
