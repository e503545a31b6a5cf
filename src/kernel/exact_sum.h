// kernel/exact_sum.h — sums of doubles without rounding: any order of updates and any tree of merges ends in the same bits,
// the double nearest to the exact sum (halves to even).
//
// Method: two 64-bit integers, in units of 2^e and 2^(e-50), placed so that the first value lies in their middle: values up to
// 2^22 times greater and with last bits 2^18 times finer fit. A value is cut in two without branches by adding and subtracting
// an anchor, 1.5 * 2^52 units, whose last bit is the unit (Ogita, Rump & Oishi, "Accurate Sum and Dot Product", SIAM J. Sci.
// Comput. 26, 2005, ExtractVector). What does not fit goes to a superaccumulator of 2,176 bits that spans all doubles (Kulisch,
// "Computer Arithmetic and Validity", 2008), one per state, allocated in the arena when first needed. A state is 24 bytes, since what a row of
// many groups takes is the lines of the cache that its states lie in.
//
// Rules: any NaN, or infinities of both signs → NaN; else an infinity wins; an exact sum of zero is +0, whatever the signs of
// its zeros; a sum beyond the greatest double by half an ulp or more is an infinity.
#pragma once

#include <cstddef>
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

// A value as two integers; `misfit` is 0 when they are all of it.
struct SplitValue {
  int64_t high, low;
  uint64_t misfit;
};

struct ExactSum {
  static constexpr int32_t kLimbBits = 50;
  // Both integers are in [-2^61, 2^61) when many values of at most 2^50 units are added at once, up to 2^10.
  static constexpr uint64_t kRoom = uint64_t{1} << 61;

  int64_t high, low;  // the sum in the window is (high * 2^50 + low) * 2^(e - 50)
  // The upper 13 bits are those of the anchor, whose others are 0; the lower 48 say where the wide sum is in the arena: 0 until it is needed, 1
  // when there was no memory for it.
  uint64_t place;

  static constexpr uint64_t kAnchorMask = ~uint64_t{0} << 51, kAddressMask = (uint64_t{1} << 48) - 1;
  static constexpr uint64_t kNoAnchor = uint64_t{0xfff} << 51;  // a NaN
  static constexpr uint64_t kNoMemory = 1;

  void init() { *this = ExactSum{0, 0, kNoAnchor}; }
  // 1.5 * 2^(52 + e); NaN: no value yet.
  double anchor() const {
    const uint64_t bits = place & kAnchorMask;
    return __builtin_bit_cast(double, bits);
  }
  const WideSum* wide() const {
    const uint64_t address = place & kAddressMask;
    return address == kNoMemory ? nullptr : reinterpret_cast<const WideSum*>(address);
  }
  bool out_of_memory() const { return (place & kAddressMask) == kNoMemory; }
  // 0: there is room for many values without carrying.
  uint64_t crowded() const {
    return ((static_cast<uint64_t>(high) + kRoom) | (static_cast<uint64_t>(low) + kRoom)) >> 62;
  }
  void add(double value, KernelContext& context);
  // Adds values[i] to the sum at states[i] + offset, several at once. Requires rows <= kEachRowsMax.
  static constexpr uint32_t kEachRowsMax = 64;
  static void add_each(char* const* states, uint32_t offset, const double* values, uint32_t rows,
                       KernelContext& context);
  bool add_split(const SplitValue& split);  // false, and nothing is added: an integer would overflow
  void subtract(double value, KernelContext& context);  // takes one add() of this value back
  // Adds values[i] for every i below `rows` where validity, if there is one, is not 0, several at once.
  void add_all(const double* values, const uint8_t* validity, uint32_t rows, KernelContext& context);
  void merge(const ExactSum& other, KernelContext& context);
  // The sum divided by `divisor`, rounded once. Requires divisor > 0.
  double rounded(uint64_t divisor) const;
  // The sum of finite values as limbs * 2^exponent, least significant limb first; returns how many limbs were written.
  static constexpr uint32_t kLimbsMax = 34;
  uint32_t exact(uint64_t* limbs, int64_t& exponent, bool& negative) const;
  // Whether a NaN or an infinity is among the values.
  bool has_special() const;
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const;
  // Reads what serialize wrote from the front of `from` and removes it. False: damaged, or no memory.
  bool deserialize(std::string_view& from, KernelContext& context);
#endif
};

// Host function: adds or takes back a value that does not fit, after making room in the window if that helps.
extern "C" void headrace_rt_exact_sum_add(ExactSum* sum, double value, bool taken_back,
                                          KernelContext* context) noexcept;
// Host function: carries between the limbs, so that it is not crowded (unless memory for the wide sum is wanted and not to be had).
extern "C" void headrace_rt_exact_sum_settle(ExactSum* sum, KernelContext* context) noexcept;

// A block of rows of kArguments columns that begins at a row of a vector: those in which all are valid count.
template <size_t kArguments>
struct ValidRows {
  const uint8_t* validity[kArguments];  // of the block; nullptr: all are
  uint32_t count;

  [[gnu::always_inline]] ValidRows(const uint8_t* const* of_vector, uint32_t begin, uint32_t rows)
      : count(rows - begin < ExactSum::kEachRowsMax ? rows - begin : ExactSum::kEachRowsMax) {
    for (size_t i = 0; i < kArguments; ++i) validity[i] = of_vector[i] == nullptr ? nullptr : of_vector[i] + begin;
  }
  [[gnu::always_inline]] bool is_valid(uint32_t row) const {
    bool valid = true;
    for (size_t i = 0; i < kArguments; ++i) valid &= validity[i] == nullptr || validity[i][row] != 0;
    return valid;
  }
  // Adding 0 changes no sum.
  [[gnu::always_inline]] double take(uint32_t row, double value) const { return is_valid(row) ? value : 0.0; }
};

inline uint64_t bits_of(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

[[gnu::always_inline]] inline SplitValue split_value(double value, double anchor) {
  constexpr double kLimb = 1.0 / (int64_t{1} << ExactSum::kLimbBits);
  constexpr uint64_t kHighMax = uint64_t{1} << 50;
  const double low_anchor = anchor * kLimb;
  const double moved = anchor + value;
  const double high = moved - anchor;
  const double rest = value - high;
  const double moved_rest = low_anchor + rest;
  const double low = moved_rest - low_anchor;
  // Doubles of one exponent differ as their bits do; infinities, NaN and what is too large land far outside.
  const uint64_t high_units = bits_of(moved) - bits_of(anchor);
  const uint64_t low_units = bits_of(moved_rest) - bits_of(low_anchor);
  const uint64_t misfit = ((high_units + kHighMax) >> 51) | bits_of(low - rest);
  return {static_cast<int64_t>(high_units), static_cast<int64_t>(low_units), misfit};
}

[[gnu::always_inline]] inline bool ExactSum::add_split(const SplitValue& split) {
  int64_t new_high, new_low;
  if (__builtin_expect(__builtin_add_overflow(high, split.high, &new_high), 0)) return false;
  if (__builtin_expect(__builtin_add_overflow(low, split.low, &new_low), 0)) return false;
  high = new_high;
  low = new_low;
  return true;
}

[[gnu::always_inline]] inline void ExactSum::add(double value, KernelContext& context) {
  const SplitValue split = split_value(value, anchor());
  if (__builtin_expect(split.misfit != 0, 0) || !add_split(split)) {
    if (value == 0) return;
    ExactSum moved = *this;  // so that *this can stay in registers
    headrace_rt_exact_sum_add(&moved, value, false, &context);
    *this = moved;
  }
}

[[gnu::always_inline]] inline void ExactSum::add_each(char* const* states, uint32_t offset, const double* values,
                                                      uint32_t rows, KernelContext& context) {
  const auto sum_of = [&](uint32_t row) -> ExactSum& { return *reinterpret_cast<ExactSum*>(states[row] + offset); };
  double anchors[kEachRowsMax];
  int64_t highs[kEachRowsMax], lows[kEachRowsMax];
  uint64_t misfits[kEachRowsMax];
  for (uint32_t row = 0; row < rows; ++row) anchors[row] = sum_of(row).anchor();
  for (uint32_t row = 0; row < rows; ++row) {
    const SplitValue split = split_value(values[row], anchors[row]);
    highs[row] = split.high;
    lows[row] = split.low;
    misfits[row] = split.misfit;
  }
  for (uint32_t row = 0; row < rows; ++row) {
    ExactSum& sum = sum_of(row);
    if (__builtin_expect(misfits[row] != 0, 0) || !sum.add_split({highs[row], lows[row], 0}))
      headrace_rt_exact_sum_add(&sum, values[row], false, &context);
  }
}

// Inlined so that each instruction set's loops get their own.
[[gnu::always_inline]] inline void ExactSum::add_all(const double* values, const uint8_t* validity, uint32_t rows,
                                                     KernelContext& context) {
  constexpr uint32_t kBlockRows = 256;
  ExactSum sum = *this;
  for (uint32_t begin = 0; begin < rows; begin += kBlockRows) {
    const uint32_t end = rows - begin < kBlockRows ? rows : begin + kBlockRows;
    if (sum.crowded() != 0) headrace_rt_exact_sum_settle(&sum, &context);
    uint64_t high_units = 0;  // unsigned, since those of misfits may be anything
    uint64_t low_units = 0;
    uint64_t misfit = sum.crowded();
    const double block_anchor = sum.anchor();
    if (validity == nullptr) {
      for (uint32_t i = begin; i < end; ++i) {
        const SplitValue split = split_value(values[i], block_anchor);
        high_units += static_cast<uint64_t>(split.high);
        low_units += static_cast<uint64_t>(split.low);
        misfit |= split.misfit;
      }
    } else {
      for (uint32_t i = begin; i < end; ++i) {
        const SplitValue split = split_value(validity[i] != 0 ? values[i] : 0.0, block_anchor);
        high_units += static_cast<uint64_t>(split.high);
        low_units += static_cast<uint64_t>(split.low);
        misfit |= split.misfit;
      }
    }
    if (misfit == 0) {
      sum.high += static_cast<int64_t>(high_units);
      sum.low += static_cast<int64_t>(low_units);
    } else {
      for (uint32_t i = begin; i < end; ++i) {
        if (validity == nullptr || validity[i] != 0) sum.add(values[i], context);
      }
    }
  }
  *this = sum;
}

inline void ExactSum::subtract(double value, KernelContext& context) {
  headrace_rt_exact_sum_add(this, value, true, &context);
}

}  // namespace headrace::kernel
