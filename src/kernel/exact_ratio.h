// kernel/exact_ratio.h — big integers and quotients of them as doubles, rounded once (to nearest, halves to even).
#pragma once

#include <cstdint>
#include <span>

namespace headrace::kernel {

// (top + a fraction, not zero if `inexact`) * 2^exponent. Requires bit 63 of top. Overflows to infinity, underflows gradually.
double round_to_double(bool negative, uint64_t top, bool inexact, int64_t exponent);

// limbs * 2^exponent / (divisor * 10^scale * second), where limbs is an unsigned integer, least significant limb first.
// Requires 1..kRatioLimbsMax limbs, divisors > 0, 0 <= scale <= 38, and scale = 0 when there is a second divisor.
inline constexpr uint32_t kRatioLimbsMax = 152;
double ratio_to_double(bool negative, std::span<const uint64_t> limbs, int64_t exponent, uint64_t divisor,
                       int32_t scale, uint64_t second = 1);

// value / (divisor * 10^scale).
double ratio_to_double(__int128 value, uint64_t divisor, int32_t scale);

}  // namespace headrace::kernel
