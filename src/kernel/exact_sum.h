// kernel/exact_sum.h — sums of doubles without rounding: any order of updates and any tree of merges ends in the same bits,
// the double nearest to the exact sum (halves to even).
//
// Method: a 128-bit two's complement integer in units of 2^unit, placed so that the first value lies in its middle: values up
// to 2^28 times greater and with last bits 2^28 times finer go in with one shift and one add. What does not fit, and sums that
// outgrow the window, go to a superaccumulator of 2,176 bits that spans all doubles (Kulisch, "Computer Arithmetic and
// Validity", 2008), one per state, allocated in the arena when first needed.
//
// Rules: any NaN, or infinities of both signs → NaN; else an infinity wins; an exact sum of zero is +0, whatever the signs of
// its zeros; a sum beyond the greatest double by half an ulp or more is an infinity.
#pragma once

#include <cstdint>
#include <cstring>
#ifndef HEADRACE_BITCODE
#include <string>
#include <string_view>
#endif

#include "kernel/context.h"
#include "kernel/faults.h"

namespace headrace::kernel {

struct WideSum;

struct ExactSum {
  static constexpr uint32_t kShiftMax = 73;  // a 53-bit mantissa shifted by it stays below 2^126
  static constexpr int32_t kNoWindow = -(1 << 20);

  uint64_t low, high;   // the window's integer
  WideSum* wide;        // null until needed; lives in the arena
  int32_t unit;         // the biased exponent of a double whose mantissa needs no shift; kNoWindow: no value yet
  uint32_t out_of_memory;

  void init() { *this = ExactSum{0, 0, nullptr, kNoWindow, 0}; }
  void add(double value, KernelContext& context);
  void subtract(double value, KernelContext& context) { take(value, true, context); }
  void merge(const ExactSum& other, KernelContext& context);
  // The sum divided by `divisor`, rounded once. Requires divisor > 0.
  double rounded(uint64_t divisor) const;
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const;
  // Reads what serialize wrote from the front of `from` and removes it. False: damaged, or no memory.
  bool deserialize(std::string_view& from, KernelContext& context);
#endif

 private:
  void take(double value, bool negated, KernelContext& context);
};

extern "C" void headrace_rt_exact_sum_take(ExactSum* sum, double value, bool negated, KernelContext* context) noexcept;

inline void ExactSum::take(double value, bool negated, KernelContext& context) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const auto biased = static_cast<int32_t>((bits >> 52) & 0x7ff);
  const uint64_t hidden = static_cast<uint64_t>(biased != 0) << 52;
  const uint64_t mantissa = (bits & ((uint64_t{1} << 52) - 1)) | hidden;
  const uint64_t sign = 0 - ((bits >> 63) ^ static_cast<uint64_t>(negated));  // all ones: subtract
  const int32_t distance = (biased != 0 ? biased : 1) - unit;
  const auto shift = static_cast<uint32_t>(mantissa == 0 ? 0 : distance);
  if (__builtin_expect(shift > kShiftMax, 0)) return headrace_rt_exact_sum_take(this, value, negated, &context);
  const unsigned __int128 size = static_cast<unsigned __int128>(mantissa) << shift;
  const uint64_t add_low = static_cast<uint64_t>(size) ^ sign;
  const uint64_t add_high = static_cast<uint64_t>(size >> 64) ^ sign;
  const unsigned __int128 before = static_cast<unsigned __int128>(high) << 64 | low;
  const unsigned __int128 after = before + (static_cast<unsigned __int128>(add_high) << 64 | add_low) + (sign & 1);
  const auto after_high = static_cast<uint64_t>(after >> 64);
  if (__builtin_expect(static_cast<int64_t>((high ^ after_high) & (add_high ^ after_high)) < 0, 0)) {
    return headrace_rt_exact_sum_take(this, value, negated, &context);
  }
  low = static_cast<uint64_t>(after);
  high = after_high;
}

inline void ExactSum::add(double value, KernelContext& context) { take(value, false, context); }

}  // namespace headrace::kernel
