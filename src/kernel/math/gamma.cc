// The gamma function and its logarithm: Stirling's series from 24 on, the recurrence Γ(x + 1) = x Γ(x) below, reflection
// for negative x, Taylor's series around the zeros at 1 and 2 (Abramowitz, Stegun, "Handbook of Mathematical Functions", 6.1).
#include "kernel/math/functions.h"
#include "kernel/math/parts.h"
#include "kernel/math/tables.h"

namespace headrace::kernel::math {

namespace {

constexpr double kStirlingFrom = 24;

// ln gamma(x) for 24 <= x < 2^900.
DoubleDouble stirling(DoubleDouble x) {
  const DoubleDouble inverse = divide({1, 0}, x);
  const DoubleDouble square = multiply(inverse, inverse);
  double tail = kStirling[19].high;
  for (int32_t i = 18; i >= 7; --i) tail = kStirling[i].high + square.high * tail;
  DoubleDouble series = {tail, 0};
  for (int32_t i = 6; i >= 0; --i) series = add(multiply(series, square), kStirling[i]);
  series = multiply(series, inverse);
  const DoubleDouble main = multiply(add(x, -0.5), logarithm(x));
  return add(add(subtract(main, x), kHalfLnTwoPi), series);
}

// gamma(x) = gamma(shifted) / divisor with shifted >= 24.
struct Shifted {
  DoubleDouble shifted, divisor;
};
Shifted shifted_up(DoubleDouble x) {
  DoubleDouble divisor = {1, 0};
  while (x.high < kStirlingFrom) {
    divisor = multiply(divisor, x);
    x = add(x, 1.0);
  }
  return {x, divisor};
}

// Requires 0 < x < 200.
Scaled positive_gamma(DoubleDouble x) {
  const Shifted up = shifted_up(x);
  const Scaled above = exponential(stirling(up.shifted));
  return {divide(above.value, up.divisor), above.exponent};
}

// sin(pi x), relative to its size; 0 for integers.
DoubleDouble sine_of_pi_times(double x) {
  const double whole = __builtin_rint(x);
  const double rest = x - whole;  // exact, in [-0.5, 0.5]
  const double size = __builtin_fabs(rest);
  DoubleDouble sine = size <= 0.25 ? sine_cosine_near_zero(multiply(kPi, size)).sine
                                   : sine_cosine_near_zero(multiply(kPi, 0.5 - size)).cosine;
  const bool is_odd = (static_cast<int64_t>(whole) & 1) != 0;
  return is_odd != (rest < 0) ? negative(sine) : sine;
}

// ln gamma(1 + z) for |z| <= 1/8.
DoubleDouble log_gamma_near_one(double z) {
  double tail = kLogGammaNearOne[39].high;
  for (int32_t i = 38; i >= 18; --i) tail = kLogGammaNearOne[i].high + z * tail;
  DoubleDouble series = {tail, 0};
  for (int32_t i = 17; i >= 0; --i) series = add(multiply(series, z), kLogGammaNearOne[i]);
  return multiply(series, z);
}

// Requires 0 < x < 2^900.
DoubleDouble positive_log_gamma(DoubleDouble x) {
  if (x.low == 0 && __builtin_fabs(x.high - 1) <= 0.125) return log_gamma_near_one(x.high - 1);
  if (x.low == 0 && __builtin_fabs(x.high - 2) <= 0.125) {
    const double z = x.high - 2;
    return add(logarithm_of_one_plus({z, 0}), log_gamma_near_one(z));
  }
  const Shifted up = shifted_up(x);
  const DoubleDouble above = stirling(up.shifted);
  return up.divisor.high == 1 && up.divisor.low == 0 ? above : subtract(above, logarithm(up.divisor));
}

}  // namespace

double gamma(double x) noexcept {
  if (x != x || x == kInfinity) return x;
  if (__builtin_fabs(x) < 0x1p-110) return 1 / x;
  if (x > 171.625) return kInfinity;
  if (x > 0) {
    const Scaled result = positive_gamma({x, 0});
    const Normal normal = normal_of(result.value.high);
    return rounded(scale(result.value, power_of_two(-normal.exponent)), result.exponent + normal.exponent);
  }
  if (__builtin_rint(x) == x) return kNan;  // also -infinity
  if (x < -190) return (static_cast<int64_t>(x) & 1) != 0 ? 0.0 : -0.0;
  const Scaled mirrored = positive_gamma(two_sum(1.0, -x));
  const DoubleDouble value = divide(kPi, multiply(sine_of_pi_times(x), mirrored.value));
  const Normal normal = normal_of(__builtin_fabs(value.high));
  return rounded(scale(value, power_of_two(-normal.exponent)), normal.exponent - mirrored.exponent);
}

double log_gamma(double x) noexcept {
  if (x != x) return x;
  if (__builtin_fabs(x) == kInfinity) return kInfinity;
  if (__builtin_fabs(x) < 0x1p-60) return -ln(__builtin_fabs(x));
  if (x >= 0x1p900) {  // x (ln x - 1)
    if (x > 2.6e305) return kInfinity;
    return rounded(multiply(add(logarithm(x), -1.0), x * 0x1p-1010), 1010);
  }
  if (x > 0) return positive_log_gamma({x, 0}).high;
  if (__builtin_rint(x) == x) return kInfinity;
  DoubleDouble sine = sine_of_pi_times(x);
  if (sine.high < 0) sine = negative(sine);
  const DoubleDouble mirrored = positive_log_gamma(two_sum(1.0, -x));
  return negative(add(logarithm(divide(sine, kPi)), mirrored)).high;
}

}  // namespace headrace::kernel::math
