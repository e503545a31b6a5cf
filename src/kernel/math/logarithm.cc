// Logarithms. x = 2^e m, sqrt(1/2) <= m < sqrt(2); m c = 1 + r exactly for a c of 12 bits from a table, |r| < 2^-7, and
// ln(1 + r) = 2 artanh(r / (2 + r)). Near 1 the table says c = 1, so that nothing cancels
// (Tang, "Table-Driven Implementation of the Logarithm Function in IEEE Floating-Point Arithmetic", ACM TOMS 16(4), 1990).
#include "kernel/math/functions.h"
#include "kernel/math/parts.h"
#include "kernel/math/tables.h"

namespace headrace::kernel::math {

namespace {

// 2 artanh(numerator / denominator) for a quotient below 2^-8.
DoubleDouble twice_artanh(DoubleDouble numerator, DoubleDouble denominator) {
  const DoubleDouble s = divide(numerator, denominator);
  const DoubleDouble square = multiply(s, s);
  const double t = square.high;
  double tail = kOverOdd[8].high;
  for (int32_t i = 7; i >= 4; --i) tail = kOverOdd[i].high + t * tail;
  DoubleDouble series = {tail, 0};
  for (int32_t i = 3; i >= 1; --i) series = add(multiply(series, square), kOverOdd[i]);
  return scale(add(multiply(multiply(series, square), s), s), 2);
}

// Not in the functions' domain: NaN for NaN and negatives, -infinity for 0, infinity for infinity.
double no_logarithm(double x) { return x == 0 ? -kInfinity : (x > 0 ? x : kNan); }
bool has_logarithm(double x) { return x > 0 && x < kInfinity; }

struct Reduced {
  int32_t exponent, index;
  DoubleDouble rest;  // x = 2^exponent (1 + rest) / kLogReciprocal[index]
};
Reduced reduce(double x) {
  Normal normal = normal_of(x);
  if (normal.mantissa > 0x1.6a09e667f3bcdp0) {
    normal.mantissa *= 0.5;
    ++normal.exponent;
  }
  const auto index = static_cast<int32_t>(normal.mantissa * 128 + 0.5) - 90;
  const DoubleDouble product = two_product(normal.mantissa, kLogReciprocal[index]);
  return {normal.exponent, index, quick_two_sum(product.high - 1, product.low)};
}

// ln x. The error is that of the series' second term.
Near logarithm_near(const Reduced& reduced) {
  const double r = reduced.rest.high;
  const double e = reduced.exponent;
  const double tail =
      -1.0 / 2 +
      r * (1.0 / 3 + r * (-1.0 / 4 + r * (1.0 / 5 + r * (-1.0 / 6 + r * (1.0 / 7 + r * (-1.0 / 8 + r * (1.0 / 9)))))));
  const double series = r * r * tail;
  const DoubleDouble center = kLogTable[reduced.index];
  const DoubleDouble first = two_sum(e * kLn2[0], center.high);
  const DoubleDouble second = two_sum(first.high, r);
  const double low = second.low + (first.low + (e * kLn2[1] + (center.low + (reduced.rest.low + series))));
  return {second.high, low, 0x1p-50 * __builtin_fabs(series) + 0x1p-68 * __builtin_fabs(second.high)};
}

Near times(const Near& near, DoubleDouble factor) {
  const DoubleDouble product = two_product(near.high, factor.high);
  return {product.high, product.low + (near.high * factor.low + near.low * factor.high),
          near.error * (2 * factor.high) + 0x1p-68 * __builtin_fabs(product.high)};
}

}  // namespace

Scaled logarithm_parts(double x) {
  const Reduced reduced = reduce(x);
  const DoubleDouble series = twice_artanh(reduced.rest, add(reduced.rest, 2.0));
  return {add(kLogTable[reduced.index], series), reduced.exponent};
}

DoubleDouble logarithm(double x) {
  const Scaled parts = logarithm_parts(x);
  const double e = parts.exponent;
  DoubleDouble result = {e * kLn2[0], 0};
  result = add(result, e * kLn2[1]);
  result = add(result, e * kLn2[2]);
  return add(result, parts.value);
}

DoubleDouble logarithm(DoubleDouble x) {
  const double q = x.low / x.high;
  return add(logarithm(x.high), quick_two_sum(q, -0.5 * q * q));
}

DoubleDouble logarithm_of_one_plus(DoubleDouble x) {
  if (__builtin_fabs(x.high) < 0x1p-8) return twice_artanh(x, add(x, 2.0));
  return logarithm(add(x, 1.0));
}

double ln(double x) noexcept {
  if (!has_logarithm(x)) return no_logarithm(x);
  const Near near = logarithm_near(reduce(x));
  return decides(near) ? result_of(near) : logarithm(x).high;
}

double log2(double x) noexcept {
  if (!has_logarithm(x)) return no_logarithm(x);
  const Near near = times(logarithm_near(reduce(x)), kOneOverLn2);
  if (decides(near)) return result_of(near);
  const Scaled parts = logarithm_parts(x);
  return add(multiply(parts.value, kOneOverLn2), static_cast<double>(parts.exponent)).high;
}

double log10(double x) noexcept {
  if (!has_logarithm(x)) return no_logarithm(x);
  const Near near = times(logarithm_near(reduce(x)), kOneOverLn10);
  return decides(near) ? result_of(near) : multiply(logarithm(x), kOneOverLn10).high;
}

double log_of_base(double base, double x) noexcept {
  if (has_logarithm(base) && has_logarithm(x) && base != 1) return divide(logarithm(x), logarithm(base)).high;
  return ln(x) / ln(base);
}

double asinh(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (!(size < 0x1p60)) {
    return size < kInfinity ? __builtin_copysign(add(logarithm(size), kLn2Pair).high, x) : x;
  }
  if (size < 0x1p-28) return x;
  // x + sqrt(x^2 + 1) = 1 + x + x^2 / (1 + sqrt(x^2 + 1))
  const DoubleDouble square = two_product(size, size);
  const DoubleDouble root = square_root(add(square, 1.0));
  const DoubleDouble beyond_one = add(divide(square, add(root, 1.0)), size);
  return __builtin_copysign(logarithm_of_one_plus(beyond_one).high, x);
}

double acosh(double x) noexcept {
  if (!(x >= 1)) return kNan;
  if (x > 0x1p60) return x < kInfinity ? add(logarithm(x), kLn2Pair).high : x;
  if (x == 1) return 0;
  const DoubleDouble t = two_sum(x, -1.0);
  const DoubleDouble root = square_root(add(multiply(t, t), scale(t, 2)));
  return logarithm_of_one_plus(add(t, root)).high;
}

double atanh(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (!(size < 1)) return size == 1 ? x * kInfinity : kNan;
  if (size < 0x1p-28) return x;
  const DoubleDouble ratio = divide({2 * size, 0}, two_sum(1.0, -size));
  return __builtin_copysign(0.5 * logarithm_of_one_plus(ratio).high, x);
}

}  // namespace headrace::kernel::math
