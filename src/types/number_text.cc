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

char* write_double(double value, char* to) {
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

char* write_date(int32_t days, char* to) {
  const CivilDate date = civil_from_days(days);
  if (date.year < 0) *to++ = '-';
  to = put_padded(to, static_cast<uint64_t>(date.year < 0 ? -date.year : date.year), 4);
  *to++ = '-';
  to = put_padded(to, static_cast<uint64_t>(date.month), 2);
  *to++ = '-';
  return put_padded(to, static_cast<uint64_t>(date.day), 2);
}

char* write_timestamp(int64_t us, char* to) {
  const int64_t days = floor_divide(us, kMicrosecondsPerDay);
  const auto rest = static_cast<uint64_t>(floor_modulo(us, kMicrosecondsPerDay));
  to = write_date(static_cast<int32_t>(days), to);
  *to++ = ' ';
  to = put_padded(to, rest / kMicrosecondsPerHour, 2);
  *to++ = ':';
  to = put_padded(to, rest / kMicrosecondsPerMinute % 60, 2);
  *to++ = ':';
  to = put_padded(to, rest / kMicrosecondsPerSecond % 60, 2);
  const uint64_t fraction_us = rest % kMicrosecondsPerSecond;
  if (fraction_us == 0) return to;
  *to++ = '.';
  return put_padded(to, fraction_us, 6);
}

}  // namespace headrace
