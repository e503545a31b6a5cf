#include "types/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "types/calendar.h"

namespace headrace {
namespace {

char* put(char* to, const char* text, size_t bytes) {
  std::memcpy(to, text, bytes);
  return to + bytes;
}

char* put_zeros(char* to, int count) {
  for (int i = 0; i < count; ++i) *to++ = '0';
  return to;
}

// At least `width` digits.
char* put_padded(char* to, uint64_t value, int width) {
  char digits[20];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const auto count = static_cast<int>(end - digits);
  to = put_zeros(to, width - count);
  return put(to, digits, static_cast<size_t>(count));
}

// Decimal digits without leading zeros ("0" for zero), most significant first; returns how many.
int digits_of(unsigned __int128 value, char (&digits)[40]) {
  int count = 0;
  do {
    digits[39 - count++] = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  std::memmove(digits, digits + 40 - count, static_cast<size_t>(count));
  return count;
}

}  // namespace

char* write_int64(int64_t value, char* to) { return std::to_chars(to, to + 20, value).ptr; }

char* write_decimal(int128 unscaled, uint8_t scale, char* to) {
  char digits[40];
  auto magnitude = static_cast<unsigned __int128>(unscaled);
  if (unscaled < 0) {
    *to++ = '-';
    magnitude = -magnitude;
  }
  const int count = digits_of(magnitude, digits);
  if (scale == 0) return put(to, digits, static_cast<size_t>(count));
  const int whole = count - scale;  // digits before the point
  if (whole > 0) {
    to = put(to, digits, static_cast<size_t>(whole));
    *to++ = '.';
    return put(to, digits + whole, scale);
  }
  to = put(to, "0.", 2);
  to = put_zeros(to, -whole);
  return put(to, digits, static_cast<size_t>(count));
}

namespace {

// Of a float or double: to_chars picks the fewest digits that read back in the value's own type.
template <class Float>
char* write_shortest(Float value, char* to) {
  if (std::isnan(value)) return put(to, "nan", 3);
  if (std::signbit(value)) {
    *to++ = '-';
    value = -value;
  }
  if (std::isinf(value)) return put(to, "inf", 3);
  if (value == 0) return put(to, "0.0", 3);
  char text[32];  // "d.ddde±xx"
  const char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const auto* mark = static_cast<const char*>(std::memchr(text, 'e', static_cast<size_t>(end - text)));
  char digits[20];
  int count = 0;
  for (const char* letter = text; letter < mark; ++letter) {
    if (*letter != '.') digits[count++] = *letter;
  }
  int exponent = 0;  // of the first digit
  std::from_chars(mark + (mark[1] == '+' ? 2 : 1), end, exponent);
  if (exponent < -4 || exponent >= 16) return put(to, text, static_cast<size_t>(end - text));
  if (exponent < 0) {
    to = put_zeros(put(to, "0.", 2), -exponent - 1);
    return put(to, digits, static_cast<size_t>(count));
  }
  const int whole = exponent + 1;
  if (count <= whole) {
    to = put_zeros(put(to, digits, static_cast<size_t>(count)), whole - count);
    return put(to, ".0", 2);
  }
  to = put(to, digits, static_cast<size_t>(whole));
  *to++ = '.';
  return put(to, digits + whole, static_cast<size_t>(count - whole));
}

}  // namespace

char* write_double(double value, char* to) { return write_shortest(value, to); }
char* write_float(float value, char* to) { return write_shortest(value, to); }

char* write_date(int32_t days, char* to) {
  const CivilDate date = civil_from_days(days);
  if (date.year < 0) *to++ = '-';
  to = put_padded(to, static_cast<uint64_t>(date.year < 0 ? -date.year : date.year), 4);
  *to++ = '-';
  to = put_padded(to, static_cast<uint64_t>(date.month), 2);
  *to++ = '-';
  return put_padded(to, static_cast<uint64_t>(date.day), 2);
}

namespace {

// A point and `digits` digits without zeros at their end; nothing for zero.
char* put_fraction(uint64_t fraction, int digits, char* to) {
  if (fraction == 0) return to;
  *to++ = '.';
  to = put_padded(to, fraction, digits);
  while (to[-1] == '0') --to;
  return to;
}

// HH:MM:SS and, when not zero, the fraction; hours may have more than two digits.
char* put_clock(uint64_t us, char* to) {
  to = put_padded(to, us / kMicrosecondsPerHour, 2);
  *to++ = ':';
  to = put_padded(to, us / kMicrosecondsPerMinute % 60, 2);
  *to++ = ':';
  to = put_padded(to, us / kMicrosecondsPerSecond % 60, 2);
  return put_fraction(us % kMicrosecondsPerSecond, 6, to);
}

char* put_count(int64_t count, const char* unit, char* to) {
  if (count == 0) return to;
  to = write_int64(count, to);
  *to++ = ' ';
  to = put(to, unit, std::strlen(unit));
  if (count != 1 && count != -1) *to++ = 's';
  *to++ = ' ';
  return to;
}

}  // namespace

char* write_uint64(uint64_t value, char* to) { return std::to_chars(to, to + 20, value).ptr; }

char* write_timestamp(int64_t us, char* to) {
  to = write_date(static_cast<int32_t>(floor_divide(us, kMicrosecondsPerDay)), to);
  *to++ = ' ';
  return put_clock(static_cast<uint64_t>(floor_modulo(us, kMicrosecondsPerDay)), to);
}

char* write_timestamp_ns(int64_t ns, char* to) {
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  to = write_timestamp(floor_divide(ns, kNanosecondsPerSecond) * kMicrosecondsPerSecond, to);
  return put_fraction(static_cast<uint64_t>(floor_modulo(ns, kNanosecondsPerSecond)), 9, to);
}

char* write_time(int64_t us, char* to) { return put_clock(static_cast<uint64_t>(us), to); }

char* write_interval(const Interval& interval, char* to) {
  const char* const begin = to;
  to = put_count(interval.months / 12, "year", to);
  to = put_count(interval.months % 12, "month", to);
  to = put_count(interval.days, "day", to);
  if (interval.us == 0 && to != begin) return to - 1;  // without the last blank
  if (interval.us < 0) *to++ = '-';
  return put_clock(interval.us < 0 ? -static_cast<uint64_t>(interval.us) : static_cast<uint64_t>(interval.us), to);
}

}  // namespace headrace
