#include "reference/big_integer.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace headrace::reference {

BigInteger::BigInteger(__int128 value) : negative_(value < 0) {
  auto magnitude = static_cast<unsigned __int128>(value);
  if (negative_) magnitude = -magnitude;
  for (; magnitude != 0; magnitude >>= 32) limbs_.push_back(static_cast<uint32_t>(magnitude));
}

BigInteger BigInteger::from_digits(std::string_view digits) {
  BigInteger result;
  for (const char digit : digits) result = result * BigInteger(10) + BigInteger(static_cast<int32_t>(digit - '0'));
  return result;
}

BigInteger BigInteger::power_of_ten(uint32_t exponent) {
  static std::vector<BigInteger> powers = {BigInteger(1)};
  while (powers.size() <= exponent) powers.push_back(powers.back() * BigInteger(10));
  return powers[exponent];
}

void BigInteger::trim() {
  while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
  if (limbs_.empty()) negative_ = false;
}

uint32_t BigInteger::bit_count() const {
  if (limbs_.empty()) return 0;
  return static_cast<uint32_t>(limbs_.size()) * 32 - static_cast<uint32_t>(__builtin_clz(limbs_.back()));
}

BigInteger BigInteger::magnitude() const { return negative_ ? -*this : *this; }

BigInteger BigInteger::operator-() const {
  BigInteger result = *this;
  result.negative_ = !negative_ && !is_zero();
  return result;
}

std::string BigInteger::to_text() const {
  if (is_zero()) return "0";
  std::string reversed;
  std::vector<uint32_t> rest = limbs_;
  while (!rest.empty()) {
    uint64_t remainder = 0;
    for (size_t i = rest.size(); i-- > 0;) {
      const uint64_t part = (remainder << 32) | rest[i];
      rest[i] = static_cast<uint32_t>(part / 10);
      remainder = part % 10;
    }
    reversed += static_cast<char>('0' + remainder);
    while (!rest.empty() && rest.back() == 0) rest.pop_back();
  }
  if (negative_) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

__int128 BigInteger::to_int128() const {
  CHECK(limbs_.size() <= 4);
  unsigned __int128 result = 0;
  for (size_t i = limbs_.size(); i-- > 0;) result = (result << 32) | limbs_[i];
  return static_cast<__int128>(negative_ ? -result : result);
}

int64_t BigInteger::to_int64() const {
  const __int128 wide = to_int128();
  CHECK(wide == static_cast<int64_t>(wide));
  return static_cast<int64_t>(wide);
}

int BigInteger::compare_magnitudes(const BigInteger& left, const BigInteger& right) {
  if (left.limbs_.size() != right.limbs_.size()) return left.limbs_.size() < right.limbs_.size() ? -1 : 1;
  for (size_t i = left.limbs_.size(); i-- > 0;) {
    if (left.limbs_[i] != right.limbs_[i]) return left.limbs_[i] < right.limbs_[i] ? -1 : 1;
  }
  return 0;
}

BigInteger BigInteger::add_magnitudes(const BigInteger& left, const BigInteger& right) {
  BigInteger result;
  uint64_t carry = 0;
  for (size_t i = 0; i < std::max(left.limbs_.size(), right.limbs_.size()); ++i) {
    carry += i < left.limbs_.size() ? left.limbs_[i] : 0;
    carry += i < right.limbs_.size() ? right.limbs_[i] : 0;
    result.limbs_.push_back(static_cast<uint32_t>(carry));
    carry >>= 32;
  }
  if (carry != 0) result.limbs_.push_back(static_cast<uint32_t>(carry));
  return result;
}

BigInteger BigInteger::subtract_magnitudes(const BigInteger& left, const BigInteger& right) {
  BigInteger result;
  int64_t borrow = 0;
  for (size_t i = 0; i < left.limbs_.size(); ++i) {
    int64_t part = static_cast<int64_t>(left.limbs_[i]) - borrow;
    part -= i < right.limbs_.size() ? static_cast<int64_t>(right.limbs_[i]) : 0;
    borrow = part < 0 ? 1 : 0;
    result.limbs_.push_back(static_cast<uint32_t>(part + (borrow << 32)));
  }
  result.trim();
  return result;
}

BigInteger operator+(const BigInteger& left, const BigInteger& right) {
  if (left.negative_ == right.negative_) {
    BigInteger result = BigInteger::add_magnitudes(left, right);
    result.negative_ = left.negative_ && !result.is_zero();
    return result;
  }
  const bool left_larger = BigInteger::compare_magnitudes(left, right) >= 0;
  BigInteger result =
      left_larger ? BigInteger::subtract_magnitudes(left, right) : BigInteger::subtract_magnitudes(right, left);
  result.negative_ = (left_larger ? left.negative_ : right.negative_) && !result.is_zero();
  return result;
}

BigInteger operator-(const BigInteger& left, const BigInteger& right) { return left + (-right); }

BigInteger operator*(const BigInteger& left, const BigInteger& right) {
  BigInteger result;
  result.limbs_.assign(left.limbs_.size() + right.limbs_.size(), 0);
  for (size_t i = 0; i < left.limbs_.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < right.limbs_.size(); ++j) {
      carry += static_cast<uint64_t>(left.limbs_[i]) * right.limbs_[j] + result.limbs_[i + j];
      result.limbs_[i + j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    result.limbs_[i + right.limbs_.size()] = static_cast<uint32_t>(carry);
  }
  result.negative_ = left.negative_ != right.negative_;
  result.trim();
  return result;
}

bool operator<(const BigInteger& left, const BigInteger& right) {
  if (left.negative_ != right.negative_) return left.negative_;
  const int order = BigInteger::compare_magnitudes(left, right);
  return left.negative_ ? order > 0 : order < 0;
}

BigInteger BigInteger::shifted_left(uint32_t bits) const {
  BigInteger result;
  result.negative_ = negative_;
  result.limbs_.assign(bits / 32, 0);
  uint64_t carry = 0;
  for (const uint32_t limb : limbs_) {
    carry |= static_cast<uint64_t>(limb) << (bits % 32);
    result.limbs_.push_back(static_cast<uint32_t>(carry));
    carry >>= 32;
  }
  result.limbs_.push_back(static_cast<uint32_t>(carry));
  result.trim();
  return result;
}

// The magnitude without its lowest bits.
BigInteger BigInteger::magnitude_shifted_right(uint32_t bits) const {
  BigInteger result;
  for (uint32_t bit = bits; bit < bit_count(); ++bit) {
    if ((bit - bits) % 32 == 0) result.limbs_.push_back(0);
    result.limbs_.back() |= (limbs_[bit / 32] >> (bit % 32) & 1) << ((bit - bits) % 32);
  }
  return result;
}

// One bit of the quotient at a time, from the top.
std::pair<BigInteger, BigInteger> BigInteger::divide(const BigInteger& dividend, const BigInteger& divisor) {
  CHECK(!divisor.is_zero());
  const BigInteger by = divisor.magnitude();
  BigInteger quotient;
  quotient.limbs_.assign(dividend.limbs_.size(), 0);
  const uint32_t quotient_bits = std::max(dividend.bit_count() + 1, by.bit_count()) - by.bit_count();
  BigInteger remainder = dividend.magnitude_shifted_right(quotient_bits);  // less than `by`
  for (uint32_t bit = quotient_bits; bit-- > 0;) {
    remainder = remainder.shifted_left(1);
    if ((dividend.limbs_[bit / 32] >> (bit % 32) & 1) != 0) remainder = remainder + BigInteger(1);
    if (compare_magnitudes(remainder, by) >= 0) {
      remainder = subtract_magnitudes(remainder, by);
      quotient.limbs_[bit / 32] |= uint32_t{1} << (bit % 32);
    }
  }
  quotient.negative_ = dividend.negative_ != divisor.negative_;
  remainder.negative_ = dividend.negative_;
  quotient.trim();
  remainder.trim();
  return {quotient, remainder};
}

BigInteger nearest_integer(const BigInteger& numerator, const BigInteger& denominator, Halves halves) {
  const auto [quotient, remainder] = BigInteger::divide(numerator, denominator);
  const BigInteger twice = remainder.magnitude().shifted_left(1);
  const bool half = twice == denominator;
  const bool away = half ? (halves == Halves::kAwayFromZero || quotient.is_odd()) : denominator < twice;
  if (!away) return quotient;
  return numerator.is_negative() ? quotient - BigInteger(1) : quotient + BigInteger(1);
}

BigInteger floor_of(const BigInteger& numerator, const BigInteger& denominator) {
  const auto [quotient, remainder] = BigInteger::divide(numerator, denominator);
  return remainder.is_negative() ? quotient - BigInteger(1) : quotient;
}

double nearest_double(const BigInteger& numerator, const BigInteger& denominator) {
  if (numerator.is_zero()) return 0;
  const BigInteger magnitude = numerator.magnitude();
  // 2^(exponent - 1) < magnitude / denominator < 2^(exponent + 1)
  const int exponent = static_cast<int>(magnitude.bit_count()) - static_cast<int>(denominator.bit_count());
  int unit = std::max(exponent - 53, -1074);  // the power of two of the last place, or one less
  BigInteger whole;
  while (true) {
    const BigInteger scaled = unit < 0 ? magnitude.shifted_left(static_cast<uint32_t>(-unit)) : magnitude;
    const BigInteger by = unit > 0 ? denominator.shifted_left(static_cast<uint32_t>(unit)) : denominator;
    const bool fits = BigInteger::divide(scaled, by).first.bit_count() <= 53;
    if (fits) {
      whole = nearest_integer(scaled, by, Halves::kToEven);
      break;
    }
    ++unit;
  }
  if (unit > 1024) return numerator.is_negative() ? -INFINITY : INFINITY;
  const double result = std::ldexp(static_cast<double>(whole.to_int64()), unit);
  return numerator.is_negative() ? -result : result;
}

BigInteger scaled_double(double value) {
  CHECK(std::isfinite(value));
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);  // value = fraction * 2^exponent, 0.5 <= |fraction| < 1
  const auto digits = static_cast<int64_t>(std::ldexp(fraction, 53));
  const int shift = exponent - 53 + 1074;
  if (shift >= 0) return BigInteger(digits).shifted_left(static_cast<uint32_t>(shift));
  return BigInteger::divide(BigInteger(digits), BigInteger(1).shifted_left(static_cast<uint32_t>(-shift)))
      .first;  // exact
}

const BigInteger& double_scale() {
  static const BigInteger scale = BigInteger(1).shifted_left(1074);
  return scale;
}

}  // namespace headrace::reference
