// kernel/numbers.h — whole parts, divisors, classes of floats, and bits. Transcendental functions: kernel/math/functions.h.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernel/decimal.h"
#include "kernel/math/functions.h"
#include "kernel/round.h"

namespace headrace::kernel {

// --- floats

inline double square_root(double value) { return __builtin_sqrt(value); }  // correctly rounded; NaN below 0
inline double floor_float(double value) { return __builtin_floor(value); }
inline double ceil_float(double value) { return __builtin_ceil(value); }
inline double truncate_float(double value) { return __builtin_trunc(value); }

// The multiple of 10^-digits next to the double's exact value towards zero, then the double nearest to that.
extern "C" double headrace_rt_truncate_exactly(double value, int32_t digits) noexcept;
inline double truncate_float(double value, int32_t digits) {
  return digits == 0 ? __builtin_trunc(value) : headrace_rt_truncate_exactly(value, digits);
}

// The next even number away from zero.
inline double even_float(double value) {
  const double up = __builtin_ceil(__builtin_ceil(__builtin_fabs(value)) * 0.5) * 2;
  return __builtin_copysign(up, value);
}

inline bool is_nan(double value) { return value != value; }
inline bool is_infinite(double value) { return __builtin_fabs(value) == __builtin_inf(); }
inline bool is_finite(double value) { return __builtin_fabs(value) < __builtin_inf(); }
inline bool sign_bit(double value) { return __builtin_copysign(1.0, value) < 0; }

// The neighbour of `from` in the direction of `to`.
inline double next_after(double from, double to) {
  if (from != from || to != to) return __builtin_nan("");
  if (from == to) return to;
  if (from == 0) return __builtin_copysign(0x1p-1074, to);
  const auto bits = __builtin_bit_cast(uint64_t, from);
  return __builtin_bit_cast(double, (from < to) == (from > 0) ? bits + 1 : bits - 1);
}

// left - right * truncated(left / right), exact; NaN when right is 0.
extern "C" double headrace_rt_remainder(double left, double right) noexcept;
inline double modulo(double left, double right, Faults& faults) {
  faults.add_if(Faults::kDivisionByZero, right == 0);
  return headrace_rt_remainder(left, right);
}
inline float modulo(float left, float right, Faults& faults) {  // exact, so that it fits
  return static_cast<float>(modulo(static_cast<double>(left), static_cast<double>(right), faults));
}
// With the sign of right, as DuckDB; exact, but for the last addition.
inline double floor_remainder(double left, double right) {
  const double rest = headrace_rt_remainder(left, right);
  return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
}
inline double floor_quotient(double left, double right) { return __builtin_floor(left / right); }

// --- decimals: `scale` digits behind the point become `digits` (negative: zeros before it)

inline int128 power_of_ten_as(int128, int32_t digits) { return power_of_ten(digits); }
inline int64_t power_of_ten_as(int64_t, int32_t digits) { return static_cast<int64_t>(power_of_ten(digits)); }
template <class T>
inline constexpr int32_t kDecimalDigits = sizeof(T) == 8 ? 18 : 38;

// The factor between both; 1 when nothing goes, beyond every decimal when all goes.
template <class T>
inline T dropped_unit(int32_t scale, int32_t digits) {
  const int64_t dropped = static_cast<int64_t>(scale) - digits;
  if (dropped <= 0) return 1;
  return power_of_ten_as(T{}, dropped > kDecimalDigits<T> ? kDecimalDigits<T> : static_cast<int32_t>(dropped));
}
// The quotient scaled back where digits < 0, so that the result has max(digits, 0) digits behind the point.
template <class T>
inline T with_zeros(T quotient, int32_t digits, Faults& faults) {
  if (digits >= 0 || quotient == 0) return quotient;
  const int32_t zeros = digits < -kDecimalDigits<T> ? kDecimalDigits<T> : -digits;
  const int128 result = static_cast<int128>(quotient) * power_of_ten(zeros);
  const int128 end = power_of_ten(kDecimalDigits<T>);
  faults.overflow_if((result >= end) | (result <= -end));
  return static_cast<T>(result);
}
template <class T>
inline T floor_decimal(T value, int32_t scale, int32_t digits, Faults& faults) {
  const T unit = dropped_unit<T>(scale, digits);
  return with_zeros(static_cast<T>(value / unit - static_cast<T>(value % unit < 0)), digits, faults);
}
template <class T>
inline T ceil_decimal(T value, int32_t scale, int32_t digits, Faults& faults) {
  const T unit = dropped_unit<T>(scale, digits);
  return with_zeros(static_cast<T>(value / unit + static_cast<T>(value % unit > 0)), digits, faults);
}
template <class T>
inline T truncate_decimal(T value, int32_t scale, int32_t digits, Faults& faults) {
  return with_zeros(static_cast<T>(value / dropped_unit<T>(scale, digits)), digits, faults);
}
// Halves away from zero.
template <class T>
inline T round_decimal(T value, int32_t scale, int32_t digits, Faults& faults) {
  const T unit = dropped_unit<T>(scale, digits);
  if (unit == 1) return value;
  const T rest = value % unit;
  const T size = rest < 0 ? -rest : rest;
  return with_zeros(static_cast<T>(value / unit + (size >= unit - size ? (value < 0 ? -1 : 1) : 0)), digits, faults);
}

// --- integers

// Halves away from zero; digits >= 0 keeps the number.
template <class T>
inline T round_integer(T value, int32_t digits, Faults& faults) {
  if (digits >= 0) return value;
  if (digits < -20) return 0;
  const int128 rounded = round_decimal(static_cast<int128>(value), 0, digits, faults);
  faults.overflow_if(rounded != static_cast<int128>(static_cast<T>(rounded)));
  return static_cast<T>(rounded);
}

inline uint64_t magnitude(int64_t value) {
  return value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}
inline uint64_t greatest_divisor(uint64_t left, uint64_t right) {  // Stein's binary algorithm
  if (left == 0 || right == 0) return left | right;
  const int shared = __builtin_ctzll(left | right);
  left >>= __builtin_ctzll(left);
  while (right != 0) {
    right >>= __builtin_ctzll(right);
    const uint64_t smaller = left < right ? left : right;
    right = left < right ? right - left : left - right;
    left = smaller;
  }
  return left << shared;
}
inline int64_t gcd(int64_t left, int64_t right, Faults& faults) {
  const uint64_t divisor = greatest_divisor(magnitude(left), magnitude(right));
  faults.overflow_if(divisor > static_cast<uint64_t>(INT64_MAX));
  return static_cast<int64_t>(divisor);
}
inline int64_t lcm(int64_t left, int64_t right, Faults& faults) {
  if (left == 0 || right == 0) return 0;
  const uint64_t a = magnitude(left);
  const uint64_t b = magnitude(right);
  const auto multiple = static_cast<unsigned __int128>(a / greatest_divisor(a, b)) * b;
  faults.overflow_if(multiple > static_cast<uint64_t>(INT64_MAX));
  return static_cast<int64_t>(multiple);
}

// Up to 33!, which has 37 digits.
inline int128 factorial(int32_t count, Faults& faults) {
  const bool outside = count < 0 || count > 33;
  faults.add_if(Faults::kOutOfRange, outside);
  int128 product = 1;
  for (int32_t factor = 2; !outside && factor <= count; ++factor) product *= factor;
  return product;
}

// --- bits

template <class T>
inline T bit_and(T left, T right) {
  return static_cast<T>(left & right);
}
template <class T>
inline T bit_or(T left, T right) {
  return static_cast<T>(left | right);
}
template <class T>
inline T bit_xor(T left, T right) {
  return static_cast<T>(left ^ right);
}
template <class T>
inline T bit_not(T value) {
  return static_cast<T>(~value);
}

// A negative number, a distance outside [0, bits) and a result that does not fit are faults, as in DuckDB.
template <class T>
inline T shift_left(T value, T distance, Faults& faults) {
  constexpr T kBits = static_cast<T>(sizeof(T) * 8);
  const bool inside = distance >= 0 && distance < kBits;
  const auto by = static_cast<uint32_t>(inside ? distance : 0);
  const auto shifted = static_cast<T>(static_cast<std::make_unsigned_t<T>>(value) << by);
  faults.add_if(Faults::kOutOfRange, value < 0 || !inside);
  faults.overflow_if(static_cast<T>(shifted >> by) != value || shifted < 0);
  return shifted;
}
// The sign moves in; a distance outside [0, bits) gives 0.
template <class T>
inline T shift_right(T value, T distance) {
  constexpr T kBits = static_cast<T>(sizeof(T) * 8);
  const bool inside = distance >= 0 && distance < kBits;
  return inside ? static_cast<T>(value >> (inside ? distance : 0)) : T{0};
}

template <class T>
inline int8_t bit_count(T value) {
  return static_cast<int8_t>(__builtin_popcountll(static_cast<std::make_unsigned_t<T>>(value)));
}

// In which of `count` buckets of one width between two bounds a value lies: 0 before the first bound, count + 1 from the second on;
// bounds may fall. kBadArgument: no buckets, equal or infinite bounds, NaN.
inline int32_t width_bucket(double value, double low, double high, int32_t count, Faults& faults) {
  const bool bad = count < 1 || count == std::numeric_limits<int32_t>::max() || low == high || value != value ||
                   !(__builtin_fabs(low) < __builtin_inf()) || !(__builtin_fabs(high) < __builtin_inf());
  faults.add_if(Faults::kBadArgument, bad);
  if (bad) return 0;
  const bool rises = low < high;
  if (rises ? value < low : value > low) return 0;
  if (rises ? value >= high : value <= high) return count + 1;
  // Halves, so that the distance of the largest numbers is a number.
  const double share = (value / 2 - low / 2) / (high / 2 - low / 2);
  const auto bucket = static_cast<int32_t>(share * count);
  return (bucket >= count ? count - 1 : bucket) + 1;
}

}  // namespace headrace::kernel
