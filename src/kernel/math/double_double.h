// kernel/math/double_double.h — numbers of about 106 bits as the unevaluated sum of two doubles, high + low with
// |low| <= ulp(high) / 2. Bounds: Joldes, Muller, Popescu, "Tight and Rigorous Error Bounds for Basic Building Blocks of
// Double-Word Arithmetic", ACM TOMS 44(2), 2017. No contraction is assumed and none is allowed (cmake/compiler.cmake).
//
// Every function states its relative error; none is asked near overflow or underflow, callers scale.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernel/round.h"

namespace headrace::kernel::math {

struct DoubleDouble {
  double high, low;
};

inline uint64_t bits_of(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
inline double double_of(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
// 2^exponent for -1022 <= exponent <= 1023.
inline double power_of_two(int32_t exponent) { return double_of(static_cast<uint64_t>(exponent + 1023) << 52); }

inline constexpr double kInfinity = __builtin_inf();
inline constexpr double kNan = __builtin_nan("");

// Exact. Requires |a| >= |b| or a = 0.
inline DoubleDouble quick_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}
// Exact.
inline DoubleDouble two_sum(double a, double b) {
  const double sum = a + b;
  const double b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}
// Exact. Requires |a|, |b| < 2^996.
inline DoubleDouble two_product(double a, double b) {
  const double product = a * b;
  return {product, product_error(a, b, product)};
}

// 2^-105
inline DoubleDouble add(DoubleDouble a, double b) {
  const DoubleDouble sum = two_sum(a.high, b);
  return quick_two_sum(sum.high, sum.low + a.low);
}
// 2^-104 unless signs differ; then of the larger operand.
inline DoubleDouble add(DoubleDouble a, DoubleDouble b) {
  DoubleDouble high = two_sum(a.high, b.high);
  const DoubleDouble low = two_sum(a.low, b.low);
  high = quick_two_sum(high.high, high.low + low.high);
  return quick_two_sum(high.high, high.low + low.low);
}
inline DoubleDouble negative(DoubleDouble a) { return {-a.high, -a.low}; }
inline DoubleDouble subtract(DoubleDouble a, DoubleDouble b) { return add(a, negative(b)); }

// 2^-103
inline DoubleDouble multiply(DoubleDouble a, double b) {
  const DoubleDouble product = two_product(a.high, b);
  return quick_two_sum(product.high, product.low + a.low * b);
}
// 2^-102
inline DoubleDouble multiply(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble product = two_product(a.high, b.high);
  return quick_two_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}
inline DoubleDouble scale(DoubleDouble a, double power) { return {a.high * power, a.low * power}; }

// 2^-101
inline DoubleDouble divide(DoubleDouble a, DoubleDouble b) {
  const double first = a.high / b.high;
  DoubleDouble rest = subtract(a, multiply(b, first));
  const double second = rest.high / b.high;
  rest = subtract(rest, multiply(b, second));
  const DoubleDouble quotient = quick_two_sum(first, second);
  return add(quotient, rest.high / b.high);
}

// 2^-102. Requires a > 0.
inline DoubleDouble square_root(DoubleDouble a) {
  const double root = __builtin_sqrt(a.high);
  const DoubleDouble rest = subtract(a, two_product(root, root));
  return quick_two_sum(root, rest.high / (2 * root));
}

// The double nearest to (high + low) * 2^exponent, below the normal range too, where high + low would be rounded twice.
// Requires 2^-2 <= |high| < 2^3.
double rounded(DoubleDouble value, int32_t exponent);

}  // namespace headrace::kernel::math
