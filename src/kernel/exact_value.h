// kernel/exact_value.h — exact integers times powers of two, for what is computed from exact sums before it is rounded once.
#pragma once

#include <cstdint>

#include "kernel/exact_sum.h"

namespace headrace::kernel {

// (-1)^negative * limbs * 2^exponent, the least significant limb first. Holds fourth powers of sums of doubles times n^3.
struct ExactValue {
  static constexpr uint32_t kLimbsMax = 152;

  uint64_t limbs[kLimbsMax];
  uint32_t count = 0;  // limbs in use; 0: zero
  int64_t exponent = 0;
  bool negative = false;

  // Requires a sum of finite values.
  static ExactValue of(const ExactSum& sum);
  ExactValue operator+(const ExactValue& other) const;
  ExactValue operator*(const ExactValue& other) const;
  ExactValue operator*(int64_t factor) const;
  ExactValue operator-() const;

  // The value divided by both, rounded once. Requires positive divisors.
  double rounded(uint64_t divisor, uint64_t second = 1) const;
};

}  // namespace headrace::kernel
