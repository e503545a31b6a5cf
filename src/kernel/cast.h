// kernel/cast.h — conversions between types. Numbers that do not fit are overflows; text and NaN that convert to nothing are
// bad casts. Text may have white space around it; numbers are as DuckDB reads them, without hexadecimal and underscores.
#pragma once

#include <cstdint>

#include "kernel/context.h"
#include "kernel/date.h"
#include "kernel/decimal.h"
#include "kernel/faults.h"
#include "kernel/round.h"
#include "kernel/text.h"
#include "types/number_text.h"

namespace headrace::kernel {

// Text to values; each returns fault bits and leaves `to` at 0 when there are any.
extern "C" {
uint32_t headrace_rt_parse_bool(const char* text, uint64_t size, bool* to) noexcept;
uint32_t headrace_rt_parse_double(const char* text, uint64_t size, double* to) noexcept;
// To the integer nearest to text * 10^scale, halves away from zero.
uint32_t headrace_rt_parse_decimal(const char* text, uint64_t size, int32_t scale, int128* to) noexcept;
uint32_t headrace_rt_parse_date(const char* text, uint64_t size, int32_t* to) noexcept;
uint32_t headrace_rt_parse_timestamp(const char* text, uint64_t size, int64_t* to) noexcept;
// Values to text, at most kNumberTextBytesMax bytes; each returns how many.
uint32_t headrace_rt_write_int64(int64_t value, char* to) noexcept;
uint32_t headrace_rt_write_double(double value, char* to) noexcept;
uint32_t headrace_rt_write_decimal(const int128* value, int32_t scale, char* to) noexcept;
uint32_t headrace_rt_write_date(int32_t value, char* to) noexcept;
uint32_t headrace_rt_write_timestamp(int64_t value, char* to) noexcept;
// The double nearest to value / 10^scale, halves to even.
double headrace_rt_decimal_to_double(const int128* value, int32_t scale) noexcept;
}

inline bool int32_to_bool(int32_t value) { return value != 0; }
inline bool int64_to_bool(int64_t value) { return value != 0; }
// true, t, yes, y, 1 and false, f, no, n, 0 in any case; no space.
inline bool text_to_bool(StringRef text, Faults& faults) {
  bool value = false;
  faults.bits |= headrace_rt_parse_bool(text.data(), text.size, &value);
  return value;
}

// The nearest integer as a double, halves to even. By adding 2^52, below which doubles have fractions.
inline double nearest_integer(double value) {
  const double size = __builtin_fabs(value);
  const double nearest = (size + kTwo52) - kTwo52;
  return __builtin_copysign(size < kTwo52 ? nearest : size, value);
}

template <class T>
inline T integer_from(double value, double smallest, double end, Faults& faults) {
  const double nearest = nearest_integer(value);
  const bool fits = (nearest >= smallest) & (nearest < end);
  faults.add_if(Faults::kBadCast, value != value);
  faults.overflow_if((value == value) & !fits);
  return static_cast<T>(fits ? nearest : 0.0);
}

inline int32_t bool_to_int32(bool value) { return value ? 1 : 0; }
inline int32_t int64_to_int32(int64_t value, Faults& faults) {
  const auto low = static_cast<int32_t>(value);
  faults.overflow_if(low != value);
  return low;
}
inline int32_t float_to_int32(double value, Faults& faults) {
  return integer_from<int32_t>(value, -2147483648.0, 2147483648.0, faults);
}
inline int64_t bool_to_int64(bool value) { return value ? 1 : 0; }
inline int64_t int32_to_int64(int32_t value) { return value; }
inline int64_t float_to_int64(double value, Faults& faults) {
  return integer_from<int64_t>(value, -9223372036854775808.0, 9223372036854775808.0, faults);
}

inline int64_t decimal_to_int64(int128 value, int32_t scale, Faults& faults) {
  const int128 whole = divide_by_power_of_ten(value, scale);
  const auto low = static_cast<int64_t>(whole);
  faults.overflow_if(low != whole);
  return low;
}
inline int32_t decimal_to_int32(int128 value, int32_t scale, Faults& faults) {
  return int64_to_int32(decimal_to_int64(value, scale, faults), faults);
}

inline int64_t text_to_int64(StringRef text, Faults& faults) {
  int128 value = 0;
  faults.bits |= headrace_rt_parse_decimal(text.data(), text.size, 0, &value);
  const auto low = static_cast<int64_t>(value);
  faults.overflow_if(low != value);
  return low;
}
inline int32_t text_to_int32(StringRef text, Faults& faults) {
  return int64_to_int32(text_to_int64(text, faults), faults);
}

inline double int32_to_float(int32_t value) { return value; }
inline double int64_to_float(int64_t value) { return static_cast<double>(value); }
// Correctly rounded: two doubles that are exact divide to the nearest quotient; the rest goes through big integers.
inline double decimal_to_float(int128 value, int32_t scale) {
  constexpr int64_t kExact = int64_t{1} << 53;
  const auto low = static_cast<int64_t>(value);
  if (__builtin_expect((low == value) & (low <= kExact) & (low >= -kExact) & (static_cast<uint32_t>(scale) <= 22), 1)) {
    return static_cast<double>(low) / kExactPowersOfTen[scale];
  }
  return headrace_rt_decimal_to_double(&value, scale);
}
inline double text_to_float(StringRef text, Faults& faults) {
  double value = 0;
  faults.bits |= headrace_rt_parse_double(text.data(), text.size, &value);
  return value;
}

inline int128 decimal_to_decimal(int128 value, int32_t from_scale, int32_t precision, int32_t scale, Faults& faults) {
  return rescale(value, from_scale, precision, scale, faults);
}
inline int128 int64_to_decimal(int64_t value, int32_t precision, int32_t scale, Faults& faults) {
  return rescale(value, 0, precision, scale, faults);
}
inline int128 int32_to_decimal(int32_t value, int32_t precision, int32_t scale, Faults& faults) {
  return rescale(value, 0, precision, scale, faults);
}

// 10^scale as the nearest double.
inline constexpr double kNearestPowersOfTen[39] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
                                                   1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29,
                                                   1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38};

// Requires an integral |value| < 2^127.
inline int128 wide_integer_from(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const auto exponent = static_cast<int32_t>((bits >> 52) & 0x7ff) - 1075;  // of the last mantissa bit
  const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | (uint64_t{1} << 52);
  if (exponent < -52) return 0;
  const uint128 size = exponent >= 0 ? static_cast<uint128>(mantissa) << exponent : mantissa >> -exponent;
  return with_sign(value < 0, size);
}

// As DuckDB: the product with 10^scale is a double, which is then rounded, halves away from zero.
inline int128 float_to_decimal(double value, int32_t precision, int32_t scale, Faults& faults) {
  const double scaled = value * kNearestPowersOfTen[static_cast<uint32_t>(scale) < 38 ? scale : 38];
  const double size = __builtin_fabs(scaled);
  const bool fits = size < 1e38;
  faults.add_if(Faults::kBadCast, value != value);
  faults.overflow_if((value == value) & !fits);
  if (!fits) return 0;
  double whole = size;
  if (size < kTwo52) {
    whole = floor_small(size);
    whole += size - whole >= 0.5 ? 1.0 : 0.0;
  }
  const int128 result = wide_integer_from(__builtin_copysign(whole, scaled));
  const int128 end = power_of_ten(precision);
  faults.overflow_if((result >= end) | (result <= -end));
  return result;
}

inline int128 text_to_decimal(StringRef text, int32_t precision, int32_t scale, Faults& faults) {
  int128 value = 0;
  faults.bits |= headrace_rt_parse_decimal(text.data(), text.size, scale, &value);
  const int128 end = power_of_ten(precision);
  faults.overflow_if((value >= end) | (value <= -end));
  return value;
}

inline int32_t timestamp_to_date(int64_t us) { return day_of(us); }
inline int32_t text_to_date(StringRef text, Faults& faults) {
  int32_t value = 0;
  faults.bits |= headrace_rt_parse_date(text.data(), text.size, &value);
  return value;
}
inline int64_t date_to_timestamp(int32_t date, Faults& faults) { return as_timestamp(date, 0, faults); }
inline int64_t text_to_timestamp(StringRef text, Faults& faults) {
  int64_t value = 0;
  faults.bits |= headrace_rt_parse_timestamp(text.data(), text.size, &value);
  return value;
}

inline StringRef copied_text(const char* data, uint32_t size, Faults& faults, KernelContext& context) {
  if (size <= StringRef::kInlineBytesMax) return {data, size};
  char* bytes = context.arena->allocate(size);
  faults.add_if(Faults::kMemory, bytes == nullptr);
  if (bytes == nullptr) return {};
  std::memcpy(bytes, data, size);
  return {bytes, size};
}

inline StringRef bool_to_text(bool value) { return value ? StringRef("true", 4) : StringRef("false", 5); }
inline StringRef int64_to_text(int64_t value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  return copied_text(text, headrace_rt_write_int64(value, text), faults, context);
}
inline StringRef int32_to_text(int32_t value) {  // at most 11 bytes
  char text[kNumberTextBytesMax];
  return {text, headrace_rt_write_int64(value, text)};
}
inline StringRef float_to_text(double value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  return copied_text(text, headrace_rt_write_double(value, text), faults, context);
}
inline StringRef decimal_to_text(int128 value, int32_t scale, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  return copied_text(text, headrace_rt_write_decimal(&value, scale, text), faults, context);
}
inline StringRef date_to_text(int32_t value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  return copied_text(text, headrace_rt_write_date(value, text), faults, context);
}
inline StringRef timestamp_to_text(int64_t value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  return copied_text(text, headrace_rt_write_timestamp(value, text), faults, context);
}

}  // namespace headrace::kernel
