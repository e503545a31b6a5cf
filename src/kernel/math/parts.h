// kernel/math/parts.h — the functions to 2^-95 that the published ones are made of.
#pragma once

#include <cstdint>

#include "kernel/math/double_double.h"

namespace headrace::kernel::math {

// x = mantissa * 2^exponent, 1 <= mantissa < 2.
struct Normal {
  double mantissa;
  int32_t exponent;
};
// Requires 0 < x < infinity.
inline Normal normal_of(double x) {
  int32_t exponent = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    exponent = -54;
  }
  const uint64_t bits = bits_of(x);
  exponent += static_cast<int32_t>(bits >> 52) - 1023;
  return {double_of((bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1023} << 52), exponent};
}

// value * 2^exponent
struct Scaled {
  DoubleDouble value;
  int32_t exponent;
};

// e^x for |x| < 2000; value in [0.99, 2.01].
Scaled exponential(DoubleDouble x);
// ln x = exponent * ln 2 + value, |value| <= 0.35. Requires 0 < x < infinity.
Scaled logarithm_parts(double x);
DoubleDouble logarithm(double x);  // requires 0 < x < infinity
DoubleDouble logarithm(DoubleDouble x);  // requires x normal
DoubleDouble logarithm_of_one_plus(DoubleDouble x);  // requires x > -1; relative to x also for small x

// A first approximation high + low, |low| <= 2^-6 |high|, of error below `error`. When both ends round to one double, that
// is the result; else, once in a few hundred calls, the slow way decides (Ziv, "Fast Evaluation of Elementary Mathematical
// Functions with Correctly Rounded Last Bit", ACM TOMS 17(3), 1991).
struct Near {
  double high, low, error;
};
inline bool decides(const Near& near) {
  return near.high + (near.low - near.error) == near.high + (near.low + near.error);
}
inline double result_of(const Near& near) { return near.high + near.low; }

struct SineCosine {
  DoubleDouble sine, cosine;
};
// Requires |angle| <= 0.8.
SineCosine sine_cosine_near_zero(DoubleDouble angle);
// Of any finite angle.
SineCosine sine_cosine(double angle);
// The angle of the point (x, y), in [0, pi / 2]. Requires x, y >= 0, not both 0, and y / x a normal number or 0.
DoubleDouble angle_of(DoubleDouble y, DoubleDouble x);

}  // namespace headrace::kernel::math
