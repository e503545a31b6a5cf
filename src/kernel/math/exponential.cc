// Exponential functions. e^x: x = (64 e + i) ln 2 / 64 + r, |r| < 0.0055, from a table of 2^(i/64) and Taylor's series of e^r
// (Tang, "Table-Driven Implementation of the Exponential Function in IEEE Floating-Point Arithmetic", ACM TOMS 15(2), 1989).
#include "kernel/math/functions.h"
#include "kernel/math/parts.h"
#include "kernel/math/tables.h"

namespace headrace::kernel::math {

namespace {

constexpr double kOverflowsAbove = 0x1.62e42fefa39efp+9;  // ln of the greatest double
constexpr double kVanishesBelow = -745.2;

// sinh for |x| <= 0.3: Taylor's series to x^21.
DoubleDouble sinh_near_zero(double x) {
  const DoubleDouble square = two_product(x, x);
  double tail = kOverFactorial[23].high;
  for (int32_t i = 21; i >= 13; i -= 2) tail = kOverFactorial[i].high + square.high * tail;
  DoubleDouble sum = {tail, 0};
  for (int32_t i = 11; i >= 3; i -= 2) sum = add(multiply(sum, square), kOverFactorial[i]);
  return add(multiply(multiply(sum, square), x), x);
}

// e^x and e^-x for 0 <= x <= 745, both divided by 2^exponent.
struct Pair {
  DoubleDouble rising, falling;
  int32_t exponent;
};
Pair exponentials(double x) {
  const Scaled rising = exponential({x, 0});
  if (rising.exponent > 110) return {rising.value, {0, 0}, rising.exponent};
  const Scaled falling = exponential({-x, 0});
  return {rising.value, scale(falling.value, power_of_two(falling.exponent - rising.exponent)), rising.exponent};
}

// e^x / 2^floor(count / 64), for power = 2^(count % 64 / 64). The error is a few roundings of x - count * ln 2 / 64.
inline Near exponential_near(double x, double count, DoubleDouble power) {
  const DoubleDouble rest = two_sum(x - count * kLn2Over64[0], -count * kLn2Over64[1]);
  const double r = rest.high;
  const double low = rest.low - count * kLn2Over64[2];
  const double tail = 1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720))));
  const double series = r + (low + r * r * tail);
  return {power.high, power.low + power.high * series, 0x1p-58};
}

}  // namespace

double rounded(DoubleDouble value, int32_t exponent) {
  const DoubleDouble sum = quick_two_sum(value.high, value.low);
  if (exponent > 1030) return sum.high * kInfinity;
  const uint64_t bits = bits_of(sum.high);
  const auto high_exponent = static_cast<int32_t>(bits >> 52 & 0x7FF) - 1075 + exponent;  // of the last bit
  if (high_exponent >= -1074) {
    const int32_t half = exponent / 2;
    return sum.high * power_of_two(half) * power_of_two(exponent - half);
  }
  const int32_t shift = -1074 - high_exponent;
  if (shift > 53) return __builtin_copysign(0.0, sum.high);
  const uint64_t whole = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  const uint64_t rest = whole & ((uint64_t{1} << shift) - 1);
  const uint64_t middle = uint64_t{1} << (shift - 1);
  const double low = sum.high < 0 ? -sum.low : sum.low;
  uint64_t kept = whole >> shift;
  const bool up = rest > middle || (rest == middle && (low > 0 || (low == 0 && (kept & 1) != 0)));
  kept += up ? 1 : 0;
  return __builtin_copysign(double_of(kept), sum.high);
}

Scaled exponential(DoubleDouble x) {
  const double count = __builtin_rint(x.high * (64 * kOneOverLn2.high));
  DoubleDouble rest = two_sum(x.high, -count * kLn2Over64[0]);
  rest = add(rest, x.low);
  rest = add(rest, -count * kLn2Over64[1]);
  rest = add(rest, two_product(-count, kLn2Over64[2]));
  const double r = rest.high;
  double tail = kOverFactorial[11].high;
  for (int32_t i = 10; i >= 6; --i) tail = kOverFactorial[i].high + r * tail;
  DoubleDouble series = {tail, 0};
  for (int32_t i = 5; i >= 2; --i) series = add(multiply(series, rest), kOverFactorial[i]);
  series = add(multiply(multiply(series, rest), rest), rest);  // e^r - 1
  const auto whole = static_cast<int64_t>(count);
  const DoubleDouble power = kExpTable[whole & 63];
  return {add(multiply(power, series), power), static_cast<int32_t>(whole >> 6)};
}

double exp(double x) noexcept {
  if (__builtin_fabs(x) < 708) {
    const double count = __builtin_rint(x * (64 * kOneOverLn2.high));
    const auto whole = static_cast<int64_t>(count);
    const DoubleDouble power = kExpTable[whole & 63];
    const Near near = exponential_near(x, count, power);
    if (decides(near)) return result_of(near) * power_of_two(static_cast<int32_t>(whole >> 6));
  }
  if (!(x <= kOverflowsAbove)) return x > 0 ? kInfinity : x;
  if (x < kVanishesBelow) return 0;
  const Scaled result = exponential({x, 0});
  return rounded(result.value, result.exponent);
}

double sinh(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (!(size < 712)) return x * kInfinity;
  if (size < 0x1p-28) return x;
  if (size <= 0.3) return sinh_near_zero(x).high;
  const Pair both = exponentials(size);
  return __builtin_copysign(rounded(subtract(both.rising, both.falling), both.exponent - 1), x);
}

double cosh(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (!(size < 712)) return size * kInfinity;
  const Pair both = exponentials(size);
  return rounded(add(both.rising, both.falling), both.exponent - 1);
}

double tanh(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (!(size < 40)) return x != x ? x : __builtin_copysign(1.0, x);
  if (size < 0x1p-28) return x;
  const Pair both = exponentials(size);
  const DoubleDouble sine =
      size <= 0.3 ? scale(sinh_near_zero(size), 2 * power_of_two(-both.exponent)) : subtract(both.rising, both.falling);
  const DoubleDouble result = divide(sine, add(both.rising, both.falling));
  return __builtin_copysign(result.high, x);
}

}  // namespace headrace::kernel::math
