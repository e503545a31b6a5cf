// io/format/csv_numbers.h — the common forms of numbers, dates and timestamps, read without a look at each byte. What has another form
// is none of these, and goes to types/parse_value.h, which says what it means; what has, means the same there.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "types/calendar.h"

namespace headrace {

// digits / 10^scale, negated where `negative`.
struct PlainNumber {
  uint64_t digits;
  uint32_t scale;
  bool negative, point;
};

inline bool is_plain_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// The value of eight digits, the first in the lowest byte; nothing else may be among them: is_eight_digits.
inline uint64_t value_of_eight_digits(uint64_t text) {
  text -= 0x3030303030303030;
  text = text * 10 + (text >> 8);
  const uint64_t low = (text & 0x000000FF000000FF) * 0x000F424000000064;
  const uint64_t high = (text >> 16 & 0x000000FF000000FF) * 0x0000271000000001;
  return (low + high) >> 32;
}
inline bool is_eight_digits(uint64_t text) {
  return ((text & 0xF0F0F0F0F0F0F0F0) | ((text + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4) == 0x3333333333333333;
}

// Of 9 to 19 bytes; up to 18 digits.
inline bool read_longer_plain_number(const char* at, uint32_t size, char point, PlainNumber& number) {
  if (size > 19) return false;
  uint32_t behind = 0, digits = 0;
  for (uint32_t i = 0; i < size; ++i) {
    if (at[i] == point && !number.point) {
      number.point = true;
      behind = size - i - 1;
    } else if (is_plain_digit(at[i])) {
      number.digits = number.digits * 10 + static_cast<uint64_t>(at[i] - '0');
      ++digits;
    } else {
      return false;
    }
  }
  number.scale = behind;
  return digits <= 18 && !(number.point && behind == 0);
}

// [-]digits[.digits] without zeros in front, at most 18 digits. Eight bytes in front of `at` may be read. False: another form.
[[gnu::always_inline]] inline bool read_plain_number(const char* at, uint32_t size, char point, PlainNumber& number) {
  number = {0, 0, size > 0 && *at == '-', false};
  at += number.negative ? 1 : 0;
  size -= number.negative ? 1 : 0;
  if (size == 0 || !is_plain_digit(*at) || (*at == '0' && size > 1 && at[1] != point)) return false;
  if (size > 8) return read_longer_plain_number(at, size, point, number);
  uint64_t text;
  std::memcpy(&text, at + size - 8, 8);
  if (size < 8) {
    const uint32_t others = 8 * (8 - size);
    text = text >> others << others | uint64_t{0x3030303030303030} >> (8 * size);
  }
  const uint64_t differs = text ^ 0x0101010101010101 * static_cast<unsigned char>(point);
  const uint64_t points = (differs - 0x0101010101010101) & ~differs & 0x8080808080808080;
  if (points != 0) {
    const auto bits = static_cast<uint32_t>(std::countr_zero(points)) & ~7u;  // in front of the point's byte
    if (bits == 56) return false;  // nothing behind it
    number.point = true;
    number.scale = 7 - bits / 8;
    const uint64_t in_front = text & ((uint64_t{1} << bits) - 1);
    text = (text >> (bits + 8) << (bits + 8)) | in_front << 8 | '0';
  }
  if (!is_eight_digits(text)) return false;
  number.digits = value_of_eight_digits(text);
  return true;
}

inline constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                          1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
inline constexpr int64_t kWholePowersOfTen[] = {1,
                                                10,
                                                100,
                                                1'000,
                                                10'000,
                                                100'000,
                                                1'000'000,
                                                10'000'000,
                                                100'000'000,
                                                1'000'000'000,
                                                10'000'000'000,
                                                100'000'000'000,
                                                1'000'000'000'000,
                                                10'000'000'000'000,
                                                100'000'000'000'000,
                                                1'000'000'000'000'000,
                                                10'000'000'000'000'000,
                                                100'000'000'000'000'000,
                                                1'000'000'000'000'000'000};

// Both are floats exactly, so that the quotient is rounded once (Clinger, "How to read floating point numbers accurately", 1990).
inline bool to_float64(const PlainNumber& number, double& value) {
  if (number.digits > uint64_t{1} << 53) return false;
  value =
      std::bit_cast<double>(std::bit_cast<uint64_t>(static_cast<double>(number.digits) / kPowersOfTen[number.scale]) |
                            static_cast<uint64_t>(number.negative) << 63);
  return true;
}

// Two digits at `at`, or 100 and more.
inline uint32_t two_digits(const char* at) {
  const auto tens = static_cast<uint32_t>(static_cast<unsigned char>(at[0] - '0'));
  const auto ones = static_cast<uint32_t>(static_cast<unsigned char>(at[1] - '0'));
  return tens < 10 && ones < 10 ? tens * 10 + ones : 100;
}

// YYYY-MM-DD of ten bytes, a day that exists.
inline bool read_plain_date(const char* at, int32_t& days) {
  const uint32_t century = two_digits(at), year_of_century = two_digits(at + 2);
  const uint32_t month = two_digits(at + 5), day = two_digits(at + 8);
  if (at[4] != '-' || at[7] != '-' || century > 99 || year_of_century > 99 || month - 1 > 11 || day - 1 > 30)
    return false;
  const auto year = static_cast<int64_t>(century * 100 + year_of_century);
  if (day > 28 && static_cast<int32_t>(day) > days_in_month(year, static_cast<int32_t>(month))) return false;
  days = static_cast<int32_t>(days_from_civil(year, static_cast<int32_t>(month), static_cast<int32_t>(day)));
  return true;
}

// YYYY-MM-DD HH:MM:SS[.f…][Z], T for the blank, up to six digits of a fraction.
inline bool read_plain_timestamp(const char* at, uint32_t size, int64_t& us) {
  int32_t days = 0;
  if (size > 19 && at[size - 1] == 'Z') --size;
  if (size < 19 || size > 26 || (at[10] != ' ' && at[10] != 'T') || !read_plain_date(at, days)) return false;
  const uint32_t hours = two_digits(at + 11), minutes = two_digits(at + 14), seconds = two_digits(at + 17);
  if (at[13] != ':' || at[16] != ':' || hours > 23 || minutes > 59 || seconds > 59) return false;
  int64_t fraction = 0;
  if (size > 19) {
    if (at[19] != '.' || size == 20) return false;
    for (uint32_t i = 20; i < 26; ++i) {
      if (i < size && !is_plain_digit(at[i])) return false;
      fraction = fraction * 10 + (i < size ? at[i] - '0' : 0);
    }
  }
  us = days * kMicrosecondsPerDay +
       static_cast<int64_t>(hours * 3600 + minutes * 60 + seconds) * kMicrosecondsPerSecond + fraction;
  return true;
}

}  // namespace headrace
