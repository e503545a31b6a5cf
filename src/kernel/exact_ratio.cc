#include "kernel/exact_ratio.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "kernel/cast.h"

namespace headrace::kernel {
namespace {

constexpr uint32_t kExtraLimbs = 4;  // below the point: the divisors are < 2^64 * 2^89, which leaves more than 64 bits
constexpr int32_t kFivesInLimb = 27;  // 5^27 is the greatest power of five below 2^64

uint64_t power_of_five(int32_t exponent) {
  uint64_t power = 1;
  for (int32_t i = 0; i < exponent; ++i) power *= 5;
  return power;
}

// Divides limbs[0, count) in place; returns the remainder.
uint64_t divide_limbs(uint64_t* limbs, size_t count, uint64_t divisor) {
  unsigned __int128 remainder = 0;
  for (size_t i = count; i-- > 0;) {
    const unsigned __int128 part = (remainder << 64) | limbs[i];
    limbs[i] = static_cast<uint64_t>(part / divisor);
    remainder = part % divisor;
  }
  return static_cast<uint64_t>(remainder);
}

double double_of(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace

double round_to_double(bool negative, uint64_t top, bool inexact, int64_t exponent) {
  constexpr uint64_t kInfinity = uint64_t{0x7ff} << 52;
  const uint64_t sign = static_cast<uint64_t>(negative) << 63;
  const int64_t leading = exponent + 63;  // 2^leading <= value < 2^(leading + 1)
  if (leading > 1'023) return double_of(sign | kInfinity);
  const int64_t dropped = leading >= -1'022 ? 11 : 11 + (-1'022 - leading);  // low bits of top that do not fit
  if (dropped > 64) return double_of(sign);
  const uint64_t half = uint64_t{1} << (dropped - 1);
  const uint64_t kept = dropped == 64 ? 0 : top >> dropped;
  const uint64_t rest = dropped == 64 ? top : top & (half + (half - 1));
  const bool up = rest > half || (rest == half && (inexact || (kept & 1) != 0));
  // A carry out of the mantissa moves into the exponent, where it belongs, up to infinity.
  const uint64_t biased = leading >= -1'022 ? static_cast<uint64_t>(leading + 1'022) << 52 : 0;
  return double_of(sign | (biased + kept + static_cast<uint64_t>(up)));
}

double ratio_to_double(bool negative, std::span<const uint64_t> limbs, int64_t exponent, uint64_t divisor,
                       int32_t scale, uint64_t second) {
  DCHECK(!limbs.empty() && limbs.size() <= kRatioLimbsMax && divisor > 0 && scale >= 0 && scale <= 38);
  DCHECK(second > 0 && (second == 1 || scale == 0));
  uint64_t quotient[kRatioLimbsMax + kExtraLimbs];
  const bool divides = divisor != 1 || scale != 0 || second != 1;
  const size_t shift = divides ? kExtraLimbs : 0;
  std::fill_n(quotient, shift, uint64_t{0});
  std::copy(limbs.begin(), limbs.end(), quotient + shift);
  size_t count = limbs.size() + shift;
  while (count > 0 && quotient[count - 1] == 0) --count;
  if (count == 0) return negative ? -0.0 : 0.0;
  // floor(floor(a / b) / c) = floor(a / (b * c)), and it is exact only if each step was.
  bool inexact = false;
  for (const uint64_t part : {divisor, power_of_five(std::min(scale, kFivesInLimb)),
                              power_of_five(std::max(scale - kFivesInLimb, 0)), second}) {
    if (part != 1) inexact |= divide_limbs(quotient, count, part) != 0;
  }
  while (count > 0 && quotient[count - 1] == 0) --count;
  DCHECK(count > 0);
  const auto leading_zeros = static_cast<uint32_t>(__builtin_clzll(quotient[count - 1]));
  uint64_t top = quotient[count - 1] << leading_zeros;
  size_t below = count - 1;
  if (leading_zeros > 0 && below > 0) {
    top |= quotient[below - 1] >> (64 - leading_zeros);
    inexact |= (quotient[below - 1] << leading_zeros) != 0;
    --below;
  }
  for (size_t i = 0; i < below; ++i) inexact |= quotient[i] != 0;
  const auto lowest_bit =
      static_cast<int64_t>(count - 1) * 64 - leading_zeros;  // of top, in units of quotient's last bit
  return round_to_double(negative, top, inexact, exponent + lowest_bit - static_cast<int64_t>(shift) * 64 - scale);
}

double ratio_to_double(__int128 value, uint64_t divisor, int32_t scale) {
  const auto size = magnitude(value);
  const uint64_t limbs[2] = {static_cast<uint64_t>(size), static_cast<uint64_t>(size >> 64)};
  return ratio_to_double(value < 0, limbs, 0, divisor, scale);
}

extern "C" double headrace_rt_decimal_to_double(const int128* value, int32_t scale) noexcept {
  return ratio_to_double(*value, 1, std::clamp(scale, 0, 38));
}

}  // namespace headrace::kernel
