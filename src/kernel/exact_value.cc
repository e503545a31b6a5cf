#include "kernel/exact_value.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "kernel/exact_ratio.h"

namespace headrace::kernel {

namespace {

using uint128 = unsigned __int128;
static_assert(ExactValue::kLimbsMax <= kRatioLimbsMax);

// Drops zero limbs at both ends.
void trim(ExactValue& value) {
  while (value.count > 0 && value.limbs[value.count - 1] == 0) --value.count;
  uint32_t zeros = 0;
  while (zeros < value.count && value.limbs[zeros] == 0) ++zeros;
  if (zeros == 0) return;
  std::memmove(value.limbs, value.limbs + zeros, (value.count - zeros) * sizeof(uint64_t));
  value.count -= zeros;
  value.exponent += int64_t{64} * zeros;
}

// The same value with a lower exponent.
ExactValue lowered(const ExactValue& value, int64_t exponent) {
  const auto distance = static_cast<uint64_t>(value.exponent - exponent);
  const auto whole = static_cast<uint32_t>(distance / 64);
  const auto shift = static_cast<uint32_t>(distance % 64);
  ExactValue result;
  result.negative = value.negative;
  result.exponent = exponent;
  CHECK(distance / 64 + value.count + 1 <= ExactValue::kLimbsMax);
  std::memset(result.limbs, 0, whole * sizeof(uint64_t));
  uint64_t carried = 0;
  for (uint32_t i = 0; i < value.count; ++i) {
    result.limbs[whole + i] = value.limbs[i] << shift | carried;
    carried = shift == 0 ? 0 : value.limbs[i] >> (64 - shift);
  }
  result.limbs[whole + value.count] = carried;
  result.count = whole + value.count + 1;
  return result;
}

int compare_sizes(const ExactValue& left, const ExactValue& right) {
  for (uint32_t i = std::max(left.count, right.count); i-- > 0;) {
    const uint64_t l = i < left.count ? left.limbs[i] : 0;
    const uint64_t r = i < right.count ? right.limbs[i] : 0;
    if (l != r) return l < r ? -1 : 1;
  }
  return 0;
}

}  // namespace

ExactValue ExactValue::of(const ExactSum& sum) {
  ExactValue value;
  value.count = sum.exact(value.limbs, value.exponent, value.negative);
  trim(value);
  return value;
}

ExactValue ExactValue::operator-() const {
  ExactValue result = *this;
  result.negative = !negative;
  return result;
}

ExactValue ExactValue::operator+(const ExactValue& other) const {
  if (count == 0) return other;
  if (other.count == 0) return *this;
  const int64_t low = std::min(exponent, other.exponent);
  ExactValue left = lowered(*this, low);
  ExactValue right = lowered(other, low);
  if (left.negative != right.negative && compare_sizes(left, right) < 0) std::swap(left, right);
  ExactValue result;
  result.exponent = low;
  result.negative = left.negative;
  const uint32_t limb_count = std::max(left.count, right.count);
  uint64_t carry = 0;
  for (uint32_t i = 0; i < limb_count; ++i) {
    const uint128 l = i < left.count ? left.limbs[i] : 0;
    const uint128 r = i < right.count ? right.limbs[i] : 0;
    const uint128 sum = left.negative == right.negative ? l + r + carry : l - r - carry;
    result.limbs[i] = static_cast<uint64_t>(sum);
    carry = static_cast<uint64_t>(sum >> 64) & 1;
  }
  result.count = limb_count;
  if (left.negative == right.negative && carry != 0) {
    CHECK(limb_count < kLimbsMax);
    result.limbs[result.count++] = carry;
  }
  trim(result);
  return result;
}

ExactValue ExactValue::operator*(const ExactValue& other) const {
  ExactValue result;
  result.exponent = exponent + other.exponent;
  result.negative = negative != other.negative;
  result.count = count + other.count;
  CHECK(result.count <= kLimbsMax);
  std::memset(result.limbs, 0, result.count * sizeof(uint64_t));
  for (uint32_t i = 0; i < count; ++i) {
    uint64_t carry = 0;
    for (uint32_t j = 0; j < other.count; ++j) {
      const uint128 sum = static_cast<uint128>(limbs[i]) * other.limbs[j] + result.limbs[i + j] + carry;
      result.limbs[i + j] = static_cast<uint64_t>(sum);
      carry = static_cast<uint64_t>(sum >> 64);
    }
    result.limbs[i + other.count] = carry;
  }
  trim(result);
  return result;
}

ExactValue ExactValue::operator*(int64_t factor) const {
  ExactValue other;
  other.negative = factor < 0;
  other.limbs[0] = factor < 0 ? 0 - static_cast<uint64_t>(factor) : static_cast<uint64_t>(factor);
  other.count = factor == 0 ? 0 : 1;
  return *this * other;
}

double ExactValue::rounded(uint64_t divisor, uint64_t second) const {
  if (count == 0) return 0.0;
  return ratio_to_double(negative, {limbs, count}, exponent, divisor, 0, second);
}

}  // namespace headrace::kernel
