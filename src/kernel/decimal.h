// kernel/decimal.h — arithmetic on decimals as integers: |value| < 10^38, anything else is an overflow. The resolver brings
// operands of + and - to one scale; scales of a product add up.
#pragma once

#include <cstdint>

#include "kernel/arithmetic.h"
#include "kernel/faults.h"
#include "types/type.h"

namespace headrace::kernel {

using uint128 = unsigned __int128;

struct PowersOfTen {
  int128 values[39];
};
constexpr PowersOfTen powers_of_ten() {
  PowersOfTen table{};
  int128 power = 1;
  for (int i = 0; i < 39; ++i) {
    table.values[i] = power;
    if (i < 38) power *= 10;
  }
  return table;
}
inline constexpr PowersOfTen kPowersOfTen = powers_of_ten();

// 10^digits; what is outside 0..38 counts as 38.
inline int128 power_of_ten(int32_t digits) {
  const auto index = static_cast<uint32_t>(digits);
  return kPowersOfTen.values[index < 38 ? index : 38];
}

inline constexpr int128 kDecimalEnd = kPowersOfTen.values[38];  // the first magnitude that does not fit

// The functions below that overload those of arithmetic.h take int128 alone: a double must not become one on its way.
inline bool outside_decimal(int128 value) { return (value >= kDecimalEnd) | (value <= -kDecimalEnd); }
inline uint128 magnitude(int128 value) {
  return value < 0 ? 0 - static_cast<uint128>(value) : static_cast<uint128>(value);
}
inline int128 with_sign(bool negative, uint128 magnitude_of) {
  return static_cast<int128>(negative ? 0 - magnitude_of : magnitude_of);
}

template <class T>
  requires std::is_same_v<T, int128>
inline T add(T left, T right, Faults& faults) {
  const auto sum = static_cast<int128>(static_cast<uint128>(left) + static_cast<uint128>(right));
  faults.overflow_if((((left ^ sum) & (right ^ sum)) < 0) | outside_decimal(sum));
  return sum;
}

template <class T>
  requires std::is_same_v<T, int128>
inline T subtract(T left, T right, Faults& faults) {
  const auto difference = static_cast<int128>(static_cast<uint128>(left) - static_cast<uint128>(right));
  faults.overflow_if((((left ^ right) & (left ^ difference)) < 0) | outside_decimal(difference));
  return difference;
}

// Magnitudes below 2^127, at least one of them above 2^63: the 256-bit product, as far as it can fit.
inline int128 multiply_wide(int128 left, int128 right, Faults& faults) {
  const uint128 a = magnitude(left);
  const uint128 b = magnitude(right);
  const auto a_high = static_cast<uint64_t>(a >> 64);
  const auto b_high = static_cast<uint64_t>(b >> 64);
  const uint128 low = static_cast<uint128>(static_cast<uint64_t>(a)) * static_cast<uint64_t>(b);
  // At most one of these is not zero, unless the product overflows anyway.
  const uint128 cross =
      static_cast<uint128>(a_high) * static_cast<uint64_t>(b) + static_cast<uint128>(b_high) * static_cast<uint64_t>(a);
  const uint128 high = cross + (low >> 64);
  const uint128 product = (high << 64) | static_cast<uint64_t>(low);
  faults.overflow_if(((a_high != 0) & (b_high != 0)) | ((high >> 63) != 0) |
                     (product >= static_cast<uint128>(kDecimalEnd)));
  return with_sign((left < 0) != (right < 0), product);
}

template <class T>
  requires std::is_same_v<T, int128>
inline T multiply(T left, T right, Faults& faults) {
  const auto left_low = static_cast<int64_t>(left);
  const auto right_low = static_cast<int64_t>(right);
  if (__builtin_expect((left == left_low) & (right == right_low), 1)) {
    return static_cast<int128>(left_low) * right_low;  // at most 2^126 < 10^38
  }
  return multiply_wide(left, right, faults);
}

template <class T>
  requires std::is_same_v<T, int128>
inline T negate(T value, Faults& faults) {
  return subtract(T{0}, value, faults);
}
template <class T>
  requires std::is_same_v<T, int128>
inline T absolute(T value, Faults& faults) {
  return value < 0 ? negate(value, faults) : value;
}

// Decimals of at most 18 digits in 64 bits: |value| < 10^18, so that sums fit int64 before they are checked.
inline constexpr int64_t kDecimal64End = 1'000'000'000'000'000'000;
inline int64_t checked_decimal64(int64_t value, Faults& faults) {
  faults.overflow_if((value >= kDecimal64End) | (value <= -kDecimal64End));
  return value;
}
inline int64_t add_decimal64(int64_t left, int64_t right, Faults& faults) {
  return checked_decimal64(static_cast<int64_t>(static_cast<uint64_t>(left) + static_cast<uint64_t>(right)), faults);
}
inline int64_t subtract_decimal64(int64_t left, int64_t right, Faults& faults) {
  return checked_decimal64(static_cast<int64_t>(static_cast<uint64_t>(left) - static_cast<uint64_t>(right)), faults);
}
inline int64_t multiply_decimal64(int64_t left, int64_t right, Faults& faults) {
  return checked_decimal64(multiply(left, right, faults), faults);
}
inline int64_t negate_decimal64(int64_t value) { return static_cast<int64_t>(0 - static_cast<uint64_t>(value)); }
inline int64_t absolute_decimal64(int64_t value) { return value < 0 ? negate_decimal64(value) : value; }

// 128-bit division for compiled code, which has no compiler runtime of its own. Requires divisor > 0.
extern "C" void headrace_rt_divide(const uint128* dividend, const uint128* divisor, uint128* quotient,
                                   uint128* remainder) noexcept;

// value / 10^digits, halves away from zero. Requires 0 <= digits.
inline int128 divide_by_power_of_ten(int128 value, int32_t digits) {
  if (digits <= 0) return value;
  if (digits > 38) return 0;  // |value| < 10^38 is less than half of it
  const uint128 dividend = magnitude(value);
  const auto divisor = static_cast<uint128>(power_of_ten(digits));
  uint128 quotient;
  uint128 remainder;
  if (((dividend | divisor) >> 64) == 0) {
    const auto small_dividend = static_cast<uint64_t>(dividend);
    const auto small_divisor = static_cast<uint64_t>(divisor);
    quotient = small_dividend / small_divisor;
    remainder = small_dividend % small_divisor;
  } else {
    headrace_rt_divide(&dividend, &divisor, &quotient, &remainder);
  }
  return with_sign(value < 0, quotient + static_cast<uint128>(remainder >= divisor - remainder));
}

// Brings a decimal from one scale to another; more than `precision` digits are an overflow.
inline int128 rescale(int128 value, int32_t from_scale, int32_t precision, int32_t to_scale, Faults& faults) {
  const int128 result = to_scale >= from_scale ? multiply(value, power_of_ten(to_scale - from_scale), faults)
                                               : divide_by_power_of_ten(value, from_scale - to_scale);
  const int128 end = power_of_ten(precision);
  faults.overflow_if((result >= end) | (result <= -end));
  return result;
}

// Operands on one scale; the remainder has the sign of left.
inline int128 modulo(int128 left, int128 right, Faults& faults) {
  faults.add_if(Faults::kDivisionByZero, right == 0);
  return left % (right == 0 ? int128{1} : right);
}

}  // namespace headrace::kernel
