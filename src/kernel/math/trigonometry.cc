// Trigonometric functions and their inverses. An angle beyond pi / 4 is reduced by the bits of 2 / pi that matter to it, in
// integers, so that huge angles are as exact as small ones (Payne, Hanek, "Radian Reduction for Trigonometric Functions",
// ACM SIGNUM 18(1), 1983); then sine and cosine come from a table at multiples of 1 / 32 and Taylor's series.
#include "kernel/math/functions.h"
#include "kernel/math/parts.h"
#include "kernel/math/tables.h"

namespace headrace::kernel::math {

namespace {

using uint128 = unsigned __int128;

struct Reduced {
  DoubleDouble angle;  // |angle| <= pi / 4
  uint32_t quadrant;  // the full angle is angle + quadrant * pi / 2, modulo 2 pi
};

constexpr int32_t kFractionWords = 5;

// 64 bits of 2 / pi behind the binary point, from bit `first`.
uint64_t two_over_pi_bits(int32_t first) {
  const int32_t word = first / 64;
  const int32_t shift = first % 64;
  if (shift == 0) return kTwoOverPi[word];
  return kTwoOverPi[word] << shift | kTwoOverPi[word + 1] >> (64 - shift);
}

// words[0] is the most significant; the binary point stands before it.
DoubleDouble fraction_of(const uint64_t (&words)[kFractionWords]) {
  int32_t first = 0;
  while (first < kFractionWords - 2 && words[first] == 0) ++first;
  if (words[first] == 0) return {0, 0};
  const int32_t zeros = __builtin_clzll(words[first]);
  uint64_t high = words[first] << zeros;
  uint64_t low = words[first + 1] << zeros;
  if (zeros != 0) {
    high |= words[first + 1] >> (64 - zeros);
    low |= (first + 2 < kFractionWords ? words[first + 2] : 0) >> (64 - zeros);
  }
  const double unit = power_of_two(-64 * first - zeros);
  const auto head = static_cast<double>(high >> 11) * 0x1p-53;
  const auto tail = static_cast<double>(((high & 0x7FF) << 42 | low >> 22)) * 0x1p-106;
  return scale(quick_two_sum(head, tail), unit);
}

// Requires |x| > 0.5, finite.
Reduced reduce(double x) {
  const uint64_t bits = bits_of(x);
  const auto exponent = static_cast<int32_t>(bits >> 52 & 0x7FF) - 1075;  // |x| = mantissa * 2^exponent
  const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  const int32_t first = exponent > 2 ? exponent - 2 : 0;  // bits before it make multiples of 4
  uint64_t words[kFractionWords];
  uint128 carry = 0;
  for (int32_t i = kFractionWords - 1; i >= 0; --i) {
    const uint128 product = static_cast<uint128>(mantissa) * two_over_pi_bits(first + 64 * i) + carry;
    words[i] = static_cast<uint64_t>(product);
    carry = product >> 64;
  }
  // carry.words is mantissa * bits; times 2^(exponent - first), and a quarter of it, it counts turns.
  const int32_t right = first + 2 - exponent;
  if (right > 0) {  // at most 55
    for (int32_t i = kFractionWords - 1; i > 0; --i) words[i] = words[i] >> right | words[i - 1] << (64 - right);
    words[0] = words[0] >> right | static_cast<uint64_t>(carry) << (64 - right);
  }
  auto quadrant = static_cast<uint32_t>(words[0] >> 62);
  for (int32_t i = 0; i < kFractionWords - 1; ++i) words[i] = words[i] << 2 | words[i + 1] >> 62;
  words[kFractionWords - 1] <<= 2;
  const bool beyond_half = words[0] >> 63 != 0;
  if (beyond_half) {
    ++quadrant;
    for (uint64_t& word : words) word = ~word;
  }
  DoubleDouble angle = multiply(fraction_of(words), kHalfPi);
  if (beyond_half) angle = negative(angle);
  if (x < 0) {
    angle = negative(angle);
    quadrant = 0U - quadrant;
  }
  return {angle, quadrant & 3};
}

// Requires |x| < kSmallAngle. Absolute error below 2^-98.
constexpr double kSmallAngle = 0x1p16;
Reduced reduce_small(double x) {
  const double count = __builtin_rint(x * kTwoOverPiNear);
  const DoubleDouble rest = two_sum(x - count * kHalfPiPieces[0], -count * kHalfPiPieces[1]);
  const DoubleDouble angle = quick_two_sum(rest.high, rest.low - count * kHalfPiPieces[2]);
  return {angle, static_cast<uint32_t>(static_cast<int64_t>(count)) & 3};
}

// The sine of the angle and `quarters` right angles more. The errors are those of the second terms of both series.
Near sine_near(const Reduced& reduced, uint32_t quarters) {
  const uint32_t quadrant = reduced.quadrant + quarters;
  const double flip = reduced.angle.high < 0 ? -1.0 : 1.0;
  const double high = flip * reduced.angle.high;
  const auto index = static_cast<int32_t>(high * 32 + 0.5);
  const double t = high - index * 0.03125;
  const double t_low = flip * reduced.angle.low;
  const double square = t * t;
  const double sine = t * square * (-1.0 / 6 + square * (1.0 / 120 + square * (-1.0 / 5040 + square * (1.0 / 362880))));
  const double cosine =
      square * (-1.0 / 2 +
                square * (1.0 / 24 + square * (-1.0 / 720 + square * (1.0 / 40320 + square * (-1.0 / 3628800))))) -
      t * t_low;
  const bool wants_cosine = (quadrant & 1) != 0;
  const DoubleDouble main = wants_cosine ? kCosTable[index] : kSinTable[index];
  DoubleDouble other = wants_cosine ? kSinTable[index] : kCosTable[index];
  if (wants_cosine) other = negative(other);
  const DoubleDouble product = two_product(other.high, t);
  const DoubleDouble sum = two_sum(main.high, product.high);
  const double of_cosine = main.high * cosine;
  const double of_sine = other.high * sine;
  const double low = sum.low + (product.low + (main.low + other.low * t + other.high * t_low + (of_cosine + of_sine)));
  const double sign = (wants_cosine ? 1.0 : flip) * ((quadrant & 2) != 0 ? -1.0 : 1.0);
  const double error =
      0x1p-50 * (__builtin_fabs(of_cosine) + __builtin_fabs(of_sine)) + 0x1p-68 * __builtin_fabs(sum.high) + 0x1p-97;
  return {sign * sum.high, sign * low, error};
}

DoubleDouble square_root_or_zero(DoubleDouble value) {
  return value.high > 0 ? square_root(value) : DoubleDouble{0, 0};
}

// atan of a ratio y / x in [0, 1] to about 2^-40.
double rough_atan(double ratio) {
  const auto index = static_cast<int32_t>(ratio * 16 + 0.5);
  const double center = index * 0.0625;
  const double rest = (ratio - center) / (1 + ratio * center);
  const double square = rest * rest;
  return kAtanTable[index] + rest * (1 - square * (1.0 / 3 - square * (0.2 - square * (1.0 / 7))));
}

}  // namespace

SineCosine sine_cosine_near_zero(DoubleDouble angle) {
  const bool is_negative = angle.high < 0;
  if (is_negative) angle = negative(angle);
  const auto index = static_cast<int32_t>(angle.high * 32 + 0.5);
  const DoubleDouble rest = add(angle, -index * 0.03125);
  const DoubleDouble square = multiply(rest, rest);
  const double t = square.high;
  double sine_tail = kOverFactorial[15].high;
  for (int32_t i = 13; i >= 9; i -= 2) sine_tail = kOverFactorial[i].high - t * sine_tail;
  DoubleDouble sine = {sine_tail, 0};
  for (int32_t i = 7; i >= 3; i -= 2) sine = subtract(kOverFactorial[i], multiply(sine, square));
  sine = subtract(rest, multiply(multiply(sine, square), rest));
  double cosine_tail = kOverFactorial[16].high;
  for (int32_t i = 14; i >= 10; i -= 2) cosine_tail = kOverFactorial[i].high - t * cosine_tail;
  DoubleDouble cosine = {cosine_tail, 0};
  for (int32_t i = 8; i >= 2; i -= 2) cosine = subtract(kOverFactorial[i], multiply(cosine, square));
  cosine = subtract({1, 0}, multiply(cosine, square));
  SineCosine result = {sine, cosine};
  if (index != 0) {
    const DoubleDouble center_sine = kSinTable[index];
    const DoubleDouble center_cosine = kCosTable[index];
    result.sine = add(multiply(center_sine, cosine), multiply(center_cosine, sine));
    result.cosine = subtract(multiply(center_cosine, cosine), multiply(center_sine, sine));
  }
  if (is_negative) result.sine = negative(result.sine);
  return result;
}

SineCosine sine_cosine(double angle) {
  if (__builtin_fabs(angle) <= 0.785) return sine_cosine_near_zero({angle, 0});
  const Reduced reduced = reduce(angle);
  const SineCosine part = sine_cosine_near_zero(reduced.angle);
  switch (reduced.quadrant) {
    case 0: return part;
    case 1: return {part.cosine, negative(part.sine)};
    case 2: return {negative(part.sine), negative(part.cosine)};
    default: return {negative(part.cosine), part.sine};
  }
}

DoubleDouble angle_of(DoubleDouble y, DoubleDouble x) {
  const bool steep = y.high > x.high;
  const double rough = rough_atan(steep ? x.high / y.high : y.high / x.high);
  // One step of Newton's iteration by the addition theorem: the rest is atan of the point turned back by `rough`.
  const SineCosine turn = sine_cosine_near_zero({rough, 0});
  const DoubleDouble& along = steep ? y : x;
  const DoubleDouble& across = steep ? x : y;
  const DoubleDouble rest_across = subtract(multiply(across, turn.cosine), multiply(along, turn.sine));
  const DoubleDouble rest_along = add(multiply(along, turn.cosine), multiply(across, turn.sine));
  const DoubleDouble ratio = divide(rest_across, rest_along);
  const double r = ratio.high;
  const DoubleDouble angle = add(add(ratio, -r * r * r / 3), rough);
  return steep ? subtract(kHalfPi, angle) : angle;
}

double sin(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (size < 0x1p-28) return x;
  if (size < kSmallAngle) {
    const Near near = sine_near(reduce_small(x), 0);
    if (decides(near)) return result_of(near);
  }
  return size < kInfinity ? sine_cosine(x).sine.high : kNan;
}
double cos(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (size < kSmallAngle) {
    const Near near = sine_near(reduce_small(x), 1);
    if (decides(near)) return result_of(near);
  }
  return size < kInfinity ? sine_cosine(x).cosine.high : kNan;
}
double tan(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (!(size < kInfinity)) return kNan;
  if (size < 0x1p-28) return x;
  const SineCosine both = sine_cosine(x);
  return divide(both.sine, both.cosine).high;
}
double cot(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (!(size < kInfinity)) return kNan;
  if (size < 0x1p-100) return 1 / x;
  const SineCosine both = sine_cosine(x);
  return divide(both.cosine, both.sine).high;
}

double asin(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (!(size <= 1)) return kNan;
  if (size < 0x1p-28) return x;
  const DoubleDouble other = square_root_or_zero(multiply(two_sum(1.0, -size), two_sum(1.0, size)));
  return __builtin_copysign(angle_of({size, 0}, other).high, x);
}

double acos(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (!(size <= 1)) return kNan;
  if (size < 0x1p-60) return kHalfPi.high;
  const DoubleDouble other = square_root_or_zero(multiply(two_sum(1.0, -size), two_sum(1.0, size)));
  const DoubleDouble angle = angle_of(other, {size, 0});
  return (x < 0 ? subtract(kPi, angle) : angle).high;
}

double atan(double x) noexcept {
  const double size = __builtin_fabs(x);
  if (x != x) return kNan;
  if (size < 0x1p-28) return x;
  if (size > 0x1p60) return __builtin_copysign(kHalfPi.high, x);
  return __builtin_copysign(angle_of({size, 0}, {1, 0}).high, x);
}

double atan2(double y, double x) noexcept {
  if (x != x || y != y) return kNan;
  const bool backwards = __builtin_signbit(x) != 0;
  double height = __builtin_fabs(y);
  double width = __builtin_fabs(x);
  if (height == kInfinity) {
    const double angle = width == kInfinity ? (backwards ? 0x1.2d97c7f3321d2p1 : 0x1.921fb54442d18p-1) : kHalfPi.high;
    return __builtin_copysign(angle, y);
  }
  if (height == 0 || width == kInfinity) return __builtin_copysign(backwards ? kPi.high : 0.0, y);
  if (width == 0) return __builtin_copysign(kHalfPi.high, y);
  const Normal tall = normal_of(height);
  const Normal wide = normal_of(width);
  const int32_t distance = tall.exponent - wide.exponent;
  if (distance > 120) return __builtin_copysign(kHalfPi.high, y);
  if (distance < -28 && !backwards) {  // q - q^3 / 3
    const DoubleDouble ratio = divide({tall.mantissa, 0}, {wide.mantissa, 0});
    const double q = ratio.high;
    const double cube = distance < -100 ? 0 : q * q * q * power_of_two(2 * distance) / 3;
    return __builtin_copysign(rounded(add(ratio, -cube), distance), y);
  }
  if (distance < -120) return __builtin_copysign(kPi.high, y);
  const DoubleDouble angle = angle_of({tall.mantissa * power_of_two(distance), 0}, {wide.mantissa, 0});
  return __builtin_copysign((backwards ? subtract(kPi, angle) : angle).high, y);
}

double degrees(double x) noexcept {
  const double size = __builtin_fabs(x);
  return size < 0x1p960 && size > 0x1p-900 ? multiply(kRadian, x).high : x * kRadian.high;
}
double radians(double x) noexcept {
  const double size = __builtin_fabs(x);
  return size < 0x1p960 && size > 0x1p-900 ? multiply(kDegree, x).high : x * kDegree.high;
}

}  // namespace headrace::kernel::math
