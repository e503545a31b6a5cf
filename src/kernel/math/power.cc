// x^y = e^(y ln x), and the cube root.
#include "kernel/math/functions.h"
#include "kernel/math/parts.h"
#include "kernel/math/tables.h"

namespace headrace::kernel::math {

namespace {

enum class Parity { kNoInteger, kEven, kOdd };
Parity parity_of(double y) {
  const double size = __builtin_fabs(y);
  if (size >= 0x1p53) return Parity::kEven;
  const auto whole = static_cast<int64_t>(size);
  if (static_cast<double>(whole) != size) return Parity::kNoInteger;
  return (whole & 1) != 0 ? Parity::kOdd : Parity::kEven;
}

// Whether x^y may lie exactly in the middle between two doubles: its odd part m^y, m the odd part of x, has 54 bits then.
bool may_tie(double x, double y) {
  const uint64_t mantissa = (bits_of(normal_of(x).mantissa) & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  const uint64_t odd = mantissa >> __builtin_ctzll(mantissa);
  const double bits = log2(static_cast<double>(odd)) * y;
  return bits > 52.5 && bits < 54.5;
}

// The computed low half of a tie is within 2^-30 of half an ulp. Taking it to be exactly that leaves the even neighbour.
DoubleDouble with_exact_tie(DoubleDouble value) {
  const DoubleDouble sum = quick_two_sum(value.high, value.low);
  const double half_above = double_of(bits_of(sum.high) & 0x7FF0000000000000ULL) * 0x1p-53;
  const double low = __builtin_fabs(sum.low);
  if (__builtin_fabs(low - half_above) > half_above * 0x1p-30) return sum;
  const bool is_odd = (bits_of(sum.high) & 1) != 0;
  if (!is_odd) return {sum.high, 0};
  // The even neighbour on the other side of the middle.
  return {sum.high + (sum.low > 0 ? 2 * half_above : -2 * half_above), 0};
}

// For finite x > 0 and finite y.
double positive_power(double x, double y, double sign) {
  if (y == 1) return sign * x;
  if (y == 2) return x * x;
  if (y == 0.5) return __builtin_sqrt(x);
  const DoubleDouble ln_x = logarithm(x);
  const double near = ln_x.high * y;
  if (near > 710) return sign * kInfinity;
  if (near < -746) return sign * 0.0;
  if (__builtin_fabs(y) < 0x1p-300) return sign;
  const Scaled result = exponential(multiply(ln_x, y));
  return sign * rounded(may_tie(x, y) ? with_exact_tie(result.value) : result.value, result.exponent);
}

}  // namespace

double power(double x, double y) noexcept {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return kNan;
  const double size = __builtin_fabs(x);
  if (__builtin_fabs(y) == kInfinity) {
    if (size == 1) return 1;
    return (size > 1) == (y > 0) ? kInfinity : 0;
  }
  const Parity parity = parity_of(y);
  const double sign = x < 0 || (x == 0 && __builtin_signbit(x)) ? (parity == Parity::kOdd ? -1.0 : 1.0) : 1.0;
  if (x == 0) return y > 0 ? sign * 0.0 : sign * kInfinity;
  if (size == kInfinity) return y > 0 ? sign * kInfinity : sign * 0.0;
  if (x < 0 && parity == Parity::kNoInteger) return kNan;
  return positive_power(size, y, sign);
}

double cube_root(double x) noexcept {
  double size = __builtin_fabs(x);
  if (!(size < kInfinity) || size == 0) return x;
  double unit = 1;
  if (size < 0x1p-900) {
    size *= 0x1p600;
    unit = 0x1p-200;
  } else if (size > 0x1p900) {
    size *= 0x1p-600;
    unit = 0x1p200;
  }
  // A third of the exponent, then Newton's iteration: 5, 10, 20, 40, 53 bits.
  double root = double_of(bits_of(size) / 3 + 0x2A9F7893782DA1CEULL);
  for (int32_t i = 0; i < 4; ++i) root -= (root - size / (root * root)) / 3;
  const DoubleDouble rest = subtract({size, 0}, multiply(two_product(root, root), root));
  return __builtin_copysign(unit * quick_two_sum(root, rest.high / (3 * root * root)).high, x);
}

}  // namespace headrace::kernel::math
