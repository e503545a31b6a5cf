// kernel/arithmetic.h — what + - * / // % abs and negation mean for integers and floats.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernel/faults.h"

namespace headrace::kernel {

// Integers of 8 and 16 bits, and unsigned ones of at most 32, are added and multiplied in int64.
template <class T>
inline constexpr bool kFitsWide = std::is_integral_v<T> && (sizeof(T) < 4 || std::is_same_v<T, uint32_t>);

template <class T>
inline T narrowed(int64_t exact, Faults& faults) {
  const auto low = static_cast<T>(exact);
  faults.overflow_if(low != exact);
  return low;
}

// Checked by the XOR form, which vectorises; __builtin_add_overflow does not (docs/design/kernels.md).
template <class T>
  requires std::is_integral_v<T>
inline T add(T left, T right, Faults& faults) {
  if constexpr (kFitsWide<T>) {
    return narrowed<T>(int64_t{left} + int64_t{right}, faults);
  } else if constexpr (std::is_unsigned_v<T>) {
    const T sum = left + right;
    faults.overflow_if(sum < left);
    return sum;
  } else {
    using Unsigned = std::make_unsigned_t<T>;
    const auto sum = static_cast<T>(static_cast<Unsigned>(left) + static_cast<Unsigned>(right));
    faults.overflow_if(((left ^ sum) & (right ^ sum)) < 0);
    return sum;
  }
}
inline double add(double left, double right) { return left + right; }
inline float add(float left, float right) { return left + right; }

template <class T>
  requires std::is_integral_v<T>
inline T subtract(T left, T right, Faults& faults) {
  if constexpr (kFitsWide<T>) {
    return narrowed<T>(int64_t{left} - int64_t{right}, faults);
  } else if constexpr (std::is_unsigned_v<T>) {
    faults.overflow_if(right > left);
    return left - right;
  } else {
    using Unsigned = std::make_unsigned_t<T>;
    const auto difference = static_cast<T>(static_cast<Unsigned>(left) - static_cast<Unsigned>(right));
    faults.overflow_if(((left ^ right) & (left ^ difference)) < 0);
    return difference;
  }
}
inline double subtract(double left, double right) { return left - right; }
inline float subtract(float left, float right) { return left - right; }
inline int64_t subtract_dates(int32_t left, int32_t right) { return static_cast<int64_t>(left) - right; }

template <class T>
  requires(std::is_integral_v<T> && sizeof(T) <= 4)
inline T multiply(T left, T right, Faults& faults) {
  if constexpr (std::is_same_v<T, uint32_t>) {
    const uint64_t product = uint64_t{left} * right;
    faults.overflow_if(product >> 32 != 0);
    return static_cast<T>(product);
  } else {
    return narrowed<T>(int64_t{left} * right, faults);
  }
}
template <class T>
  requires std::is_same_v<T, uint64_t>
inline T multiply(T left, T right, Faults& faults) {
  const unsigned __int128 product = static_cast<unsigned __int128>(left) * right;
  faults.overflow_if(product >> 64 != 0);
  return static_cast<uint64_t>(product);
}
// Without 128 bits, so that it vectorises: below 2^64 in size, the low half has the product's sign exactly when it is the
// product, and the product of doubles has the sign and is within a factor of 1 ± 2^-50.
template <class T>
  requires std::is_same_v<T, int64_t>
inline T multiply(T left, T right, Faults& faults) {
  const auto low = static_cast<int64_t>(static_cast<uint64_t>(left) * static_cast<uint64_t>(right));
  const double near = static_cast<double>(left) * static_cast<double>(right);
  const bool large = !(__builtin_fabs(near) < 0x1.8p63);
  const bool flipped = (low < 0) != (near < 0);
  faults.overflow_if(static_cast<int>(large) | static_cast<int>(flipped));
  return low;
}
inline double multiply(double left, double right) { return left * right; }
inline float multiply(float left, float right) { return left * right; }

template <class T>
  requires std::is_floating_point_v<T>
inline T divide(T left, T right, Faults& faults) {
  faults.add_if(Faults::kDivisionByZero, right == 0);
  return left / right;
}

// A faulting row gets a harmless divisor: kernels never trap.
template <class T>
  requires std::is_integral_v<T>
inline T integer_divide(T left, T right, Faults& faults) {
  const bool zero = right == 0;
  bool too_large = false;
  if constexpr (std::is_signed_v<T>) too_large = left == std::numeric_limits<T>::min() && right == -1;
  faults.add_if(Faults::kDivisionByZero, zero);
  faults.overflow_if(too_large);
  return static_cast<T>(left / ((zero | too_large) ? T{1} : right));
}

template <class T>
  requires std::is_integral_v<T>
inline T modulo(T left, T right, Faults& faults) {
  faults.add_if(Faults::kDivisionByZero, right == 0);
  const bool one = std::is_signed_v<T> && right == static_cast<T>(-1);
  return static_cast<T>(left % (((right == 0) | one) ? T{1} : right));
}

template <class T>
  requires std::is_integral_v<T>
inline T negate(T value, Faults& faults) {
  return subtract(T{0}, value, faults);
}
inline double negate(double value) { return -value; }
inline float negate(float value) { return -value; }

template <class T>
  requires std::is_integral_v<T>
inline T absolute(T value, Faults& faults) {
  if constexpr (std::is_unsigned_v<T>) return value;
  return value < 0 ? negate(value, faults) : value;
}
inline double absolute(double value) { return __builtin_fabs(value); }
inline float absolute(float value) { return __builtin_fabsf(value); }

// Integers, floats, decimals. Neither zero nor NaN lies on a side.
template <class T>
inline int8_t sign(T value) {
  return static_cast<int8_t>(static_cast<int8_t>(value > 0) - static_cast<int8_t>(value < 0));
}

}  // namespace headrace::kernel
