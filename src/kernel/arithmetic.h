// kernel/arithmetic.h — what + - * / // % abs and negation mean for integers and floats.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "kernel/faults.h"

namespace headrace::kernel {

// Checked by the XOR form, which vectorises; __builtin_add_overflow does not (docs/design/kernels.md).
inline int32_t add(int32_t left, int32_t right, Faults& faults) {
  const auto sum = static_cast<int32_t>(static_cast<uint32_t>(left) + static_cast<uint32_t>(right));
  faults.overflow_if(((left ^ sum) & (right ^ sum)) < 0);
  return sum;
}
inline int64_t add(int64_t left, int64_t right, Faults& faults) {
  const auto sum = static_cast<int64_t>(static_cast<uint64_t>(left) + static_cast<uint64_t>(right));
  faults.overflow_if(((left ^ sum) & (right ^ sum)) < 0);
  return sum;
}
inline double add(double left, double right) { return left + right; }

inline int32_t subtract(int32_t left, int32_t right, Faults& faults) {
  const auto difference = static_cast<int32_t>(static_cast<uint32_t>(left) - static_cast<uint32_t>(right));
  faults.overflow_if(((left ^ right) & (left ^ difference)) < 0);
  return difference;
}
inline int64_t subtract(int64_t left, int64_t right, Faults& faults) {
  const auto difference = static_cast<int64_t>(static_cast<uint64_t>(left) - static_cast<uint64_t>(right));
  faults.overflow_if(((left ^ right) & (left ^ difference)) < 0);
  return difference;
}
inline double subtract(double left, double right) { return left - right; }
inline int64_t subtract_dates(int32_t left, int32_t right) { return static_cast<int64_t>(left) - right; }

inline int32_t multiply(int32_t left, int32_t right, Faults& faults) {
  const int64_t product = static_cast<int64_t>(left) * right;
  const auto low = static_cast<int32_t>(product);
  faults.overflow_if(low != product);
  return low;
}
// Without 128 bits, so that it vectorises: below 2^64 in size, the low half has the product's sign exactly when it is the
// product, and the product of doubles has the sign and is within a factor of 1 ± 2^-50.
inline int64_t multiply(int64_t left, int64_t right, Faults& faults) {
  const auto low = static_cast<int64_t>(static_cast<uint64_t>(left) * static_cast<uint64_t>(right));
  const double near = static_cast<double>(left) * static_cast<double>(right);
  const bool large = !(__builtin_fabs(near) < 0x1.8p63);
  const bool flipped = (low < 0) != (near < 0);
  faults.overflow_if(static_cast<int>(large) | static_cast<int>(flipped));
  return low;
}
inline double multiply(double left, double right) { return left * right; }

inline double divide(double left, double right, Faults& faults) {
  faults.add_if(Faults::kDivisionByZero, right == 0);
  return left / right;
}

// A faulting row gets a harmless divisor: kernels never trap.
template <class T>
inline T integer_divide_checked(T left, T right, Faults& faults) {
  const bool zero = right == 0;
  const bool too_large = left == std::numeric_limits<T>::min() && right == -1;
  faults.add_if(Faults::kDivisionByZero, zero);
  faults.overflow_if(too_large);
  return static_cast<T>(left / ((zero | too_large) ? T{1} : right));
}
inline int32_t integer_divide(int32_t left, int32_t right, Faults& faults) {
  return integer_divide_checked(left, right, faults);
}
inline int64_t integer_divide(int64_t left, int64_t right, Faults& faults) {
  return integer_divide_checked(left, right, faults);
}

template <class T>
inline T modulo_checked(T left, T right, Faults& faults) {
  faults.add_if(Faults::kDivisionByZero, right == 0);
  return static_cast<T>(left % ((right == 0 || right == -1) ? T{1} : right));
}
inline int32_t modulo(int32_t left, int32_t right, Faults& faults) { return modulo_checked(left, right, faults); }
inline int64_t modulo(int64_t left, int64_t right, Faults& faults) { return modulo_checked(left, right, faults); }

inline int32_t negate(int32_t value, Faults& faults) { return subtract(int32_t{0}, value, faults); }
inline int64_t negate(int64_t value, Faults& faults) { return subtract(int64_t{0}, value, faults); }
inline double negate(double value) { return -value; }

inline int32_t absolute(int32_t value, Faults& faults) { return value < 0 ? negate(value, faults) : value; }
inline int64_t absolute(int64_t value, Faults& faults) { return value < 0 ? negate(value, faults) : value; }
inline double absolute(double value) { return __builtin_fabs(value); }

// Integers, floats, decimals. Neither zero nor NaN lies on a side.
template <class T>
inline int32_t sign(T value) {
  return static_cast<int32_t>(value > 0) - static_cast<int32_t>(value < 0);
}

}  // namespace headrace::kernel
