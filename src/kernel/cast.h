// kernel/cast.h — conversions between types. Numbers that do not fit are overflows; text and NaN that convert to nothing are
// bad casts. Text may have white space around it; numbers are as DuckDB reads them, without hexadecimal and underscores.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernel/context.h"
#include "kernel/date.h"
#include "kernel/decimal.h"
#include "kernel/faults.h"
#include "kernel/round.h"
#include "kernel/text.h"
#include "types/interval.h"
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
uint32_t headrace_rt_parse_timestamp_ns(const char* text, uint64_t size, int64_t* to) noexcept;
uint32_t headrace_rt_parse_timestamp_tz(const char* text, uint64_t size, int64_t* to) noexcept;
uint32_t headrace_rt_parse_time(const char* text, uint64_t size, int64_t* to) noexcept;
uint32_t headrace_rt_parse_interval(const char* text, uint64_t size, Interval* to) noexcept;
uint32_t headrace_rt_parse_float(const char* text, uint64_t size, float* to) noexcept;
// Values to text, at most kNumberTextBytesMax bytes; each returns how many.
uint32_t headrace_rt_write_int64(int64_t value, char* to) noexcept;
uint32_t headrace_rt_write_double(double value, char* to) noexcept;
uint32_t headrace_rt_write_decimal(const int128* value, int32_t scale, char* to) noexcept;
uint32_t headrace_rt_write_date(int32_t value, char* to) noexcept;
uint32_t headrace_rt_write_timestamp(int64_t value, char* to) noexcept;
uint32_t headrace_rt_write_timestamp_ns(int64_t value, char* to) noexcept;
uint32_t headrace_rt_write_time(int64_t value, char* to) noexcept;
uint32_t headrace_rt_write_interval(const Interval* value, char* to) noexcept;
uint32_t headrace_rt_write_uint64(uint64_t value, char* to) noexcept;
uint32_t headrace_rt_write_float(float value, char* to) noexcept;
// Binary to text with \xAB for what is not printable, and back; `to` has room for 4 * size bytes (size on the way back).
uint32_t headrace_rt_write_binary(const char* bytes, uint64_t size, char* to) noexcept;
uint32_t headrace_rt_parse_binary(const char* text, uint64_t size, char* to, uint32_t* made) noexcept;
// The double nearest to value / 10^scale, halves to even.
double headrace_rt_decimal_to_double(const int128* value, int32_t scale) noexcept;
}

// Numbers of any kind; NaN is not zero.
template <class T>
inline bool number_to_bool(T value) {
  return value != 0;
}
inline bool decimal_to_bool(int64_t value, int32_t) { return value != 0; }
inline bool decimal_to_bool(int128 value, int32_t) { return value != 0; }
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

template <class To, class From>
inline To integer_to(From value, Faults& faults) {
  const auto result = static_cast<To>(value);
  const bool sign_kept = (result < To{0}) == (value < From{0});
  faults.overflow_if((static_cast<From>(result) != value) | !sign_kept);
  return result;
}
template <class To>
inline To bool_to(bool value) {
  return value ? To{1} : To{0};
}

template <class To>
inline To float_to(double value, Faults& faults) {
  constexpr double kEnd = 2.0 * static_cast<double>(uint64_t{1} << (std::numeric_limits<To>::digits - 1));
  constexpr double kSmallest = std::is_signed_v<To> ? -kEnd : 0.0;
  return integer_from<To>(value, kSmallest, kEnd, faults);
}

template <class To>
inline To wide_to(int128 value, Faults& faults) {
  const auto low = static_cast<To>(value);
  faults.overflow_if(low != value);
  return low;
}
template <class To>
inline To decimal_to(int128 value, int32_t scale, Faults& faults) {
  return wide_to<To>(divide_by_power_of_ten(value, scale), faults);
}
// Requires 0 <= digits <= 18 and |value| < 10^18. Halves away from zero.
inline int64_t divide_decimal64(int64_t value, int32_t digits) {
  const int64_t divisor = static_cast<int64_t>(power_of_ten(digits < 18 ? digits : 18));
  const int64_t half = value < 0 ? -(divisor / 2) : divisor / 2;
  return digits <= 0 ? value : (value + half) / divisor;
}
template <class To>
inline To decimal_to(int64_t value, int32_t scale, Faults& faults) {
  return integer_to<To>(divide_decimal64(value, scale), faults);
}

template <class To>
inline To text_to(StringRef text, Faults& faults) {
  int128 value = 0;
  faults.bits |= headrace_rt_parse_decimal(text.data(), text.size, 0, &value);
  return wide_to<To>(value, faults);
}

template <class From>
inline double number_to_float(From value) {
  return static_cast<double>(value);
}
// Correctly rounded: two doubles that are exact divide to the nearest quotient; the rest goes through big integers.
inline double decimal_to_float(int128 value, int32_t scale) {
  constexpr int64_t kExact = int64_t{1} << 53;
  const auto low = static_cast<int64_t>(value);
  if (__builtin_expect((low == value) & (low <= kExact) & (low >= -kExact) & (static_cast<uint32_t>(scale) <= 22), 1)) {
    return static_cast<double>(low) / kExactPowersOfTen[scale];
  }
  return headrace_rt_decimal_to_double(&value, scale);
}
inline double decimal64_to_float(int64_t value, int32_t scale) { return decimal_to_float(int128{value}, scale); }

// The nearest float; a finite number beyond the largest is an overflow.
template <class From>
inline float number_to_float32(From value) {
  return static_cast<float>(value);
}
inline float float_to_float32(double value, Faults& faults) {
  const auto result = static_cast<float>(value);
  faults.overflow_if(__builtin_isinf(result) & !__builtin_isinf(value));
  return result;
}
inline float decimal_to_float32(int128 value, int32_t scale, Faults& faults) {  // through the nearest double
  return float_to_float32(decimal_to_float(value, scale), faults);
}
inline float decimal64_to_float32(int64_t value, int32_t scale) {
  return static_cast<float>(decimal64_to_float(value, scale));
}
inline float text_to_float32(StringRef text, Faults& faults) {
  float value = 0;
  faults.bits |= headrace_rt_parse_float(text.data(), text.size, &value);
  return value;
}
inline double text_to_float(StringRef text, Faults& faults) {
  double value = 0;
  faults.bits |= headrace_rt_parse_double(text.data(), text.size, &value);
  return value;
}

inline int128 decimal_to_decimal(int128 value, int32_t from_scale, int32_t precision, int32_t scale, Faults& faults) {
  return rescale(value, from_scale, precision, scale, faults);
}
template <class From>
inline int128 integer_to_decimal(From value, int32_t precision, int32_t scale, Faults& faults) {
  return rescale(int128{value}, 0, precision, scale, faults);
}

// Into at most 18 digits.
inline int64_t within_precision(int64_t value, int32_t precision, Faults& faults) {
  const auto end = static_cast<int64_t>(power_of_ten(precision < 18 ? precision : 18));
  faults.overflow_if((value >= end) | (value <= -end));
  return value;
}
inline int64_t decimal64_to_decimal64(int64_t value, int32_t from_scale, int32_t precision, int32_t scale,
                                      Faults& faults) {
  if (scale < from_scale) return within_precision(divide_decimal64(value, from_scale - scale), precision, faults);
  const auto power = static_cast<int64_t>(power_of_ten(scale - from_scale < 18 ? scale - from_scale : 18));
  return within_precision(multiply(value, power, faults), precision, faults);
}
template <class From>
inline int64_t integer_to_decimal64(From value, int32_t precision, int32_t scale, Faults& faults) {
  const auto wide = integer_to<int64_t>(value, faults);
  return decimal64_to_decimal64(wide, 0, precision, scale, faults);
}
inline int64_t decimal_to_decimal64(int128 value, int32_t from_scale, int32_t precision, int32_t scale,
                                    Faults& faults) {
  return static_cast<int64_t>(rescale(value, from_scale, precision, scale, faults));
}
inline int128 decimal64_to_decimal(int64_t value, int32_t from_scale, int32_t precision, int32_t scale,
                                   Faults& faults) {
  return rescale(int128{value}, from_scale, precision, scale, faults);
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

inline int64_t float_to_decimal64(double value, int32_t precision, int32_t scale, Faults& faults) {
  return static_cast<int64_t>(float_to_decimal(value, precision, scale, faults));
}
inline int64_t text_to_decimal64(StringRef text, int32_t precision, int32_t scale, Faults& faults) {
  return static_cast<int64_t>(text_to_decimal(text, precision, scale, faults));
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

inline int64_t timestamp_to_ns(int64_t us, Faults& faults) {
  int64_t ns = 0;
  faults.add_if(Faults::kOutOfRange, __builtin_mul_overflow(us, int64_t{1'000}, &ns));
  return ns;
}
inline int64_t date_to_timestamp_ns(int32_t date, Faults& faults) {
  return timestamp_to_ns(date_to_timestamp(date, faults), faults);
}
inline int64_t ns_to_timestamp(int64_t ns) {  // to the nearest, halves to the later
  return floor_divide(ns, 1'000) + (floor_modulo(ns, 1'000) >= 500 ? 1 : 0);
}
inline int32_t ns_to_date(int64_t ns) { return day_of(floor_divide(ns, 1'000)); }
inline int64_t same_timestamp(int64_t us) { return us; }  // between no zone and UTC
inline int64_t timestamp_to_time(int64_t us) { return us_of_day(us); }
inline int64_t ns_to_time(int64_t ns) { return us_of_day(ns_to_timestamp(ns)); }
inline int64_t text_to_timestamp_ns(StringRef text, Faults& faults) {
  int64_t value = 0;
  faults.bits |= headrace_rt_parse_timestamp_ns(text.data(), text.size, &value);
  return value;
}
inline int64_t text_to_timestamp_tz(StringRef text, Faults& faults) {
  int64_t value = 0;
  faults.bits |= headrace_rt_parse_timestamp_tz(text.data(), text.size, &value);
  return value;
}
inline int64_t text_to_time(StringRef text, Faults& faults) {
  int64_t value = 0;
  faults.bits |= headrace_rt_parse_time(text.data(), text.size, &value);
  return value;
}
inline Interval text_to_interval(StringRef text, Faults& faults) {
  Interval value;
  faults.bits |= headrace_rt_parse_interval(text.data(), text.size, &value);
  return value;
}
inline Interval time_to_interval(int64_t us) { return {0, 0, us}; }

inline StringRef copied_text(const char* data, uint32_t size, Faults& faults, KernelContext& context) {
  if (size <= StringRef::kInlineBytesMax) return {data, size};
  char* bytes = context.arena->allocate(size);
  faults.add_if(Faults::kMemory, bytes == nullptr);
  if (bytes == nullptr) return {};
  std::memcpy(bytes, data, size);
  return {bytes, size};
}

inline StringRef bool_to_text(bool value) { return value ? StringRef("true", 4) : StringRef("false", 5); }
template <class T>
inline StringRef integer_to_text(T value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  if constexpr (std::is_same_v<T, uint64_t>) {
    return copied_text(text, headrace_rt_write_uint64(value, text), faults, context);
  } else {
    return copied_text(text, headrace_rt_write_int64(value, text), faults, context);
  }
}
inline StringRef float32_to_text(float value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  return copied_text(text, headrace_rt_write_float(value, text), faults, context);
}
inline StringRef decimal64_to_text(int64_t value, int32_t scale, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  const int128 wide = value;
  return copied_text(text, headrace_rt_write_decimal(&wide, scale, text), faults, context);
}
inline StringRef time_to_text(int64_t value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  return copied_text(text, headrace_rt_write_time(value, text), faults, context);
}
inline StringRef timestamp_ns_to_text(int64_t value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  return copied_text(text, headrace_rt_write_timestamp_ns(value, text), faults, context);
}
inline StringRef timestamp_tz_to_text(int64_t value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  const uint32_t size = headrace_rt_write_timestamp(value, text);
  std::memcpy(text + size, "+00", 3);
  return copied_text(text, size + 3, faults, context);
}
inline StringRef interval_to_text(Interval value, Faults& faults, KernelContext& context) {
  char text[kNumberTextBytesMax];
  return copied_text(text, headrace_rt_write_interval(&value, text), faults, context);
}
inline StringRef binary_to_text(StringRef bytes, Faults& faults, KernelContext& context) {
  if (bytes.size == 0) return {};
  const uint64_t room_bytes = uint64_t{bytes.size} * 4;
  char* room = context.arena->allocate(room_bytes);
  faults.add_if(Faults::kMemory, room == nullptr);
  faults.overflow_if(room_bytes > std::numeric_limits<uint32_t>::max());
  if (room == nullptr || faults.bits != 0) return {};
  return {room, headrace_rt_write_binary(bytes.data(), bytes.size, room)};
}
inline StringRef text_to_binary(StringRef text, Faults& faults, KernelContext& context) {
  if (text.size == 0) return {};
  char* room = context.arena->allocate(text.size);
  faults.add_if(Faults::kMemory, room == nullptr);
  if (room == nullptr) return {};
  uint32_t made = 0;
  faults.bits |= headrace_rt_parse_binary(text.data(), text.size, room, &made);
  return {room, made};
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
