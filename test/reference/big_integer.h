// reference/big_integer.h — integers of any size, schoolbook arithmetic: slow, and short enough to be read as a proof.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace::reference {

class BigInteger {
 public:
  BigInteger() = default;
  BigInteger(int64_t value) : BigInteger(static_cast<__int128>(value)) {}  // NOLINT: integers convert as they do in C++
  BigInteger(int32_t value) : BigInteger(static_cast<__int128>(value)) {}  // NOLINT
  explicit BigInteger(__int128 value);
  static BigInteger from_digits(std::string_view digits);  // decimal digits only, at least one
  static BigInteger power_of_ten(uint32_t exponent);

  bool is_zero() const { return limbs_.empty(); }
  bool is_negative() const { return negative_; }
  bool is_odd() const { return !limbs_.empty() && (limbs_[0] & 1) != 0; }
  uint32_t bit_count() const;  // of the magnitude; 0 for zero
  BigInteger magnitude() const;
  std::string to_text() const;  // decimal, "-12"
  int64_t to_int64() const;  // requires that it fits
  __int128 to_int128() const;  // requires that it fits

  BigInteger operator-() const;
  friend BigInteger operator+(const BigInteger& left, const BigInteger& right);
  friend BigInteger operator-(const BigInteger& left, const BigInteger& right);
  friend BigInteger operator*(const BigInteger& left, const BigInteger& right);
  friend bool operator==(const BigInteger& left, const BigInteger& right) = default;
  friend bool operator<(const BigInteger& left, const BigInteger& right);
  friend bool operator<=(const BigInteger& left, const BigInteger& right) { return !(right < left); }
  BigInteger shifted_left(uint32_t bits) const;

  // Quotient truncated towards zero, remainder with the sign of `dividend`. Requires divisor != 0.
  static std::pair<BigInteger, BigInteger> divide(const BigInteger& dividend, const BigInteger& divisor);

 private:
  void trim();
  BigInteger magnitude_shifted_right(uint32_t bits) const;
  static int compare_magnitudes(const BigInteger& left, const BigInteger& right);
  static BigInteger add_magnitudes(const BigInteger& left, const BigInteger& right);
  static BigInteger subtract_magnitudes(const BigInteger& left, const BigInteger& right);  // |left| >= |right|

  bool negative_ = false;  // never for zero
  std::vector<uint32_t> limbs_;  // least significant first, without leading zeros
};

enum class Halves { kAwayFromZero, kToEven };
// The integer nearest to numerator / denominator. Requires denominator > 0.
BigInteger nearest_integer(const BigInteger& numerator, const BigInteger& denominator, Halves halves);
// Rounded towards minus infinity. Requires denominator > 0.
BigInteger floor_of(const BigInteger& numerator, const BigInteger& denominator);
// The double nearest to numerator / denominator, halves to even; ±Inf when too large. Requires denominator > 0.
double nearest_double(const BigInteger& numerator, const BigInteger& denominator);

// A finite double as an exact fraction: numerator / 2^1074.
BigInteger scaled_double(double value);
const BigInteger& double_scale();  // 2^1074

}  // namespace headrace::reference
