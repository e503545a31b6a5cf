// kernel/round.h — rounding doubles to decimal digits: the multiple of 10^-digits nearest to the double's exact value, halves
// away from zero, then the double nearest to that. So round(2.675, 2) is 2.67, since the double is below 2.675.
//
// For 0 <= digits <= 22 the product p + e = x * 10^digits is exact (10^22 is the last power that is a double; the product is
// split by Dekker, "A Floating-Point Technique for Extending the Available Precision", Numer. Math. 18, 1971), p is rounded
// with e breaking the tie, and the quotient of two exact integers is rounded once. Where the product reaches 2^53 x is its own
// answer: rounding would move it by at most half an ulp. Other digits take the exact decimal expansion, slowly.
#pragma once

#include <cstdint>

namespace headrace::kernel {

inline constexpr double kExactPowersOfTen[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
inline constexpr double kTwo52 = 4503599627370496.0;

// What a * b loses by rounding, exactly; requires no overflow, and no underflow that matters.
inline double product_error(double a, double b, double product) {
  const double a_scaled = 134217729.0 * a;  // 2^27 + 1
  const double b_scaled = 134217729.0 * b;
  const double a_high = a_scaled - (a_scaled - a);
  const double b_high = b_scaled - (b_scaled - b);
  const double a_low = a - a_high;
  const double b_low = b - b_high;
  return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
}

// Largest integer not above `value`. Requires 0 <= value < 2^52.
inline double floor_small(double value) {
  const double nearest = (value + kTwo52) - kTwo52;
  return nearest - (nearest > value ? 1.0 : 0.0);
}

extern "C" double headrace_rt_round_exactly(double value, int32_t digits) noexcept;

inline double round_float(double value, int32_t digits) {
  if (static_cast<uint32_t>(digits) > 22) return headrace_rt_round_exactly(value, digits);
  const double power = kExactPowersOfTen[digits];
  const double size = __builtin_fabs(value);
  const double product = size * power;
  if (!(product < 2 * kTwo52)) return value;  // also NaN and infinity
  const double error = product_error(size, power, product);
  const double whole = product < kTwo52 ? floor_small(product) : product;
  const double rest = product - whole;
  const bool up = (rest > 0.5) | ((rest == 0.5) & (error >= 0)) | ((rest == 0) & (error >= 0.5));
  return __builtin_copysign((whole + (up ? 1.0 : 0.0)) / power, value);
}

}  // namespace headrace::kernel
