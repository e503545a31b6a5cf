// kernel/aggregate.h — the states of count, sum, avg, min and max. A state is plain bytes that may be moved; what it points to
// lives in the arena of the KernelContext that it was updated with. update() sees no null; merge() adds what another state has
// seen; finish() writes the result and says whether there is one; retract() takes an update back where that is possible.
//
// Integer sums are kept in pieces of 32 bits, so that update() vectorises; settle() carries between the pieces and must be
// called at least every kUpdatesPerSettle updates. merge() settles.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernel/context.h"
#include "kernel/decimal.h"
#include "kernel/exact_sum.h"
#include "kernel/faults.h"
#include "kernel/hash.h"
#include "kernel/tags.h"
#include "types/string_ref.h"

namespace headrace::kernel {

inline constexpr int64_t kUpdatesPerSettle = int64_t{1} << 30;

// Host functions: the double nearest to sum / (count * 10^scale); requires count > 0.
extern "C" double headrace_rt_average(const int128* sum, int64_t count, int32_t scale) noexcept;

struct CountAll {
  static constexpr bool kRelocatable = true;
  int64_t count;

  void init() { count = 0; }
  void update() { ++count; }
  void retract() { --count; }
  void merge(const CountAll& other) { count += other.count; }
  bool finish(int64_t& result, Faults&, int32_t) const {
    result = count;
    return true;
  }
};

template <class Tag>
struct CountValues {
  static constexpr bool kRelocatable = true;
  int64_t count;

  void init() { count = 0; }
  void update(const typename Tag::type&) { ++count; }
  void retract(const typename Tag::type&) { --count; }
  void merge(const CountValues& other) { count += other.count; }
  bool finish(int64_t& result, Faults&, int32_t) const {
    result = count;
    return true;
  }
};

// The sum is top * 2^64 + high * 2^32 + low.
struct IntegerSum {
  static constexpr bool kRelocatable = true;
  int64_t low, high, top, count;

  void init() { low = high = top = count = 0; }

  int128 total() const {
    return static_cast<int128>((static_cast<uint128>(top) << 64) +
                               (static_cast<uint128>(static_cast<int128>(high)) << 32) +
                               static_cast<uint128>(static_cast<int128>(low)));
  }
  void settle() {
    const auto sum = static_cast<uint128>(total());
    low = static_cast<int64_t>(static_cast<uint32_t>(sum));
    high = static_cast<int64_t>(static_cast<uint32_t>(sum >> 32));
    top = static_cast<int64_t>(sum >> 64);
  }
  void settle_if_due() {
    if ((count & (kUpdatesPerSettle - 1)) == 0) settle();
  }
  void merge(const IntegerSum& other) {
    settle();
    IntegerSum settled = other;
    settled.settle();
    low += settled.low;
    high += settled.high;
    top += settled.top;
    count += settled.count;
    settle();
  }
};

struct SumInt32 : IntegerSum {
  using Shared = SumInt32;
  void update(int32_t value) {
    low += value;
    ++count;
  }
  void retract(int32_t value) {
    low -= value;
    --count;
  }
  bool finish(int128& result, Faults&, int32_t) const {
    result = total();
    return count > 0;
  }
};

struct SumInt64 : IntegerSum {
  using Shared = SumInt64;
  void update(int64_t value) {
    low += value & 0xffffffff;
    high += value >> 32;
    ++count;
  }
  void retract(int64_t value) {
    low -= value & 0xffffffff;
    high -= value >> 32;
    --count;
  }
  bool finish(int128& result, Faults& faults, int32_t) const {
    result = total();
    faults.overflow_if((count > 0) & outside_decimal(result));
    return count > 0;
  }
};

struct SumUInt64 : IntegerSum {
  using Shared = SumUInt64;
  void update(uint64_t value) {
    low += static_cast<int64_t>(value & 0xffffffff);
    high += static_cast<int64_t>(value >> 32);
    ++count;
  }
  void retract(uint64_t value) {
    low -= static_cast<int64_t>(value & 0xffffffff);
    high -= static_cast<int64_t>(value >> 32);
    --count;
  }
  bool finish(int128& result, Faults& faults, int32_t) const {
    result = total();
    faults.overflow_if((count > 0) & outside_decimal(result));
    return count > 0;
  }
};

struct AverageInt32 : SumInt32 {
  bool finish(double& result, Faults&, int32_t) const {
    const int128 sum = total();
    result = count > 0 ? headrace_rt_average(&sum, count, 0) : 0;
    return count > 0;
  }
};

struct AverageInt64 : SumInt64 {
  bool finish(double& result, Faults&, int32_t) const {
    const int128 sum = total();
    result = count > 0 ? headrace_rt_average(&sum, count, 0) : 0;
    return count > 0;
  }
};

struct AverageUInt64 : SumUInt64 {
  bool finish(double& result, Faults&, int32_t) const {
    const int128 sum = total();
    result = count > 0 ? headrace_rt_average(&sum, count, 0) : 0;
    return count > 0;
  }
};

struct AverageDecimal64 : SumInt64 {
  bool finish(double& result, Faults&, int32_t scale) const {
    const int128 sum = total();
    result = count > 0 ? headrace_rt_average(&sum, count, scale) : 0;
    return count > 0;
  }
};

// A 192-bit sum of decimals: top * 2^128 + high * 2^64 + low.
struct SumDecimal {
  using Shared = SumDecimal;
  static constexpr bool kRelocatable = true;
  uint64_t low, high;
  int64_t top, count;

  void init() {
    low = high = 0;
    top = count = 0;
  }
  void add(uint64_t value_low, uint64_t value_high, int64_t value_top) {
    const uint128 before = static_cast<uint128>(high) << 64 | low;
    const uint128 after = before + (static_cast<uint128>(value_high) << 64 | value_low);
    top += value_top + static_cast<int64_t>(after < before);
    low = static_cast<uint64_t>(after);
    high = static_cast<uint64_t>(after >> 64);
  }
  void update(int128 value) {
    const auto bits = static_cast<uint128>(value);
    add(static_cast<uint64_t>(bits), static_cast<uint64_t>(bits >> 64), value < 0 ? -1 : 0);
    ++count;
  }
  void retract(int128 value) {  // -2^127 is no decimal
    update(-value);
    count -= 2;
  }
  void merge(const SumDecimal& other) {
    add(other.low, other.high, other.top);
    count += other.count;
  }
  // The sum, if it is in 128 bits.
  bool total(int128& sum) const {
    sum = static_cast<int128>(static_cast<uint128>(high) << 64 | low);
    return top == (sum < 0 ? -1 : 0);
  }
  bool finish(int128& result, Faults& faults, int32_t) const {
    const bool fits = total(result);
    faults.overflow_if((count > 0) & (!fits | outside_decimal(result)));
    return count > 0;
  }
};

// Host function: as headrace_rt_average, of a sum of three limbs in two's complement.
extern "C" double headrace_rt_average_of_wide(const SumDecimal* sum, int32_t scale) noexcept;

struct AverageDecimal : SumDecimal {
  bool finish(double& result, Faults&, int32_t scale) const {
    result = count > 0 ? headrace_rt_average_of_wide(this, scale) : 0;
    return count > 0;
  }
};

struct SumFloat {
  using Shared = SumFloat;
  static constexpr bool kRelocatable = false;
  ExactSum sum;
  int64_t count;

  void init() {
    sum.init();
    count = 0;
  }
  void update(double value, KernelContext& context) {
    sum.add(value, context);
    ++count;
  }
  // update() for every row that is valid; validity may be nullptr. Inlined, so that each instruction set has its own.
  [[gnu::always_inline]] void update_all(const double* values, const uint8_t* validity, uint32_t rows,
                                         KernelContext& context) {
    sum.add_all(values, validity, rows, context);
    uint32_t valid = validity == nullptr ? rows : 0;
    for (uint32_t row = 0; validity != nullptr && row < rows; ++row) valid += static_cast<uint32_t>(validity[row] != 0);
    count += valid;
  }
  // update() of the state at states[i] + offset for every row i that is valid, several at once.
  [[gnu::always_inline]] static void update_each(char* const* states, uint32_t offset, uint32_t rows,
                                                 const uint8_t* const* validity, KernelContext& context,
                                                 const double* values) {
    for (uint32_t begin = 0; begin < rows; begin += ExactSum::kEachRowsMax) {
      const ValidRows<1> valid(validity, begin, rows);
      double valid_values[ExactSum::kEachRowsMax];
      for (uint32_t i = 0; i < valid.count; ++i) valid_values[i] = valid.take(i, values[begin + i]);
      ExactSum::add_each(states + begin, offset, valid_values, valid.count, context);
      for (uint32_t i = 0; i < valid.count; ++i)
        reinterpret_cast<SumFloat*>(states[begin + i] + offset)->count += valid.is_valid(i);
    }
  }
  void retract(double value, KernelContext& context) {
    sum.subtract(value, context);
    --count;
  }
  void merge(const SumFloat& other, KernelContext& context) {
    sum.merge(other.sum, context);
    count += other.count;
  }
  bool finish(double& result, Faults& faults, int32_t) const {
    faults.add_if(Faults::kMemory, sum.out_of_memory());
    result = count > 0 ? sum.rounded(1) : 0;
    return count > 0;
  }
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    to.append(reinterpret_cast<const char*>(&count), sizeof count);
    sum.serialize(to);
  }
  bool deserialize(std::string_view from, KernelContext& context) {
    init();
    if (from.size() < sizeof count) return false;
    std::memcpy(&count, from.data(), sizeof count);
    from.remove_prefix(sizeof count);
    return count >= 0 && sum.deserialize(from, context) && from.empty();
  }
#endif
};

// Of float32, one at a time.
struct SumFloat32 : SumFloat {
  void update_all(const double*, const uint8_t*, uint32_t, KernelContext&) = delete;
};

// Rounded at every addition, in the order of updates: the opposite of SumFloat.
struct SumFast {
  static constexpr bool kRelocatable = true;
  double sum;
  int64_t count;

  void init() {
    sum = 0;
    count = 0;
  }
  void update(double value) {
    sum += value;
    ++count;
  }
  void merge(const SumFast& other) {
    sum += other.sum;
    count += other.count;
  }
  bool finish(double& result, Faults&, int32_t) const {
    result = sum != sum ? __builtin_nan("") : sum;
    return count > 0;
  }
};

struct AverageFloat : SumFloat {
  bool finish(double& result, Faults& faults, int32_t) const {
    faults.add_if(Faults::kMemory, sum.out_of_memory());
    result = count > 0 ? sum.rounded(static_cast<uint64_t>(count)) : 0;
    return count > 0;
  }
};
struct AverageFloat32 : AverageFloat {
  void update_all(const double*, const uint8_t*, uint32_t, KernelContext&) = delete;
};

// Values as min and max compare and keep them: a number whose order is the type's. Doubles become integers by total order,
// with one NaN, the greatest, and one zero (+0), so that the result's bits do not depend on the order of updates.
template <class T>
struct Ordered {
  using Key = T;
  static Key key(T value) { return value; }
  static T value(Key key) { return key; }
  static constexpr Key kSmallest = std::numeric_limits<T>::min();
  static constexpr Key kGreatest = std::numeric_limits<T>::max();
};
template <>
struct Ordered<bool> {
  using Key = uint8_t;
  static Key key(bool value) { return value ? 1 : 0; }
  static bool value(Key key) { return key != 0; }
  static constexpr Key kSmallest = 0;
  static constexpr Key kGreatest = 1;
};
template <>
struct Ordered<int128> {
  using Key = int128;
  static Key key(int128 value) { return value; }
  static int128 value(Key key) { return key; }
  static constexpr Key kSmallest = -kDecimalEnd;
  static constexpr Key kGreatest = kDecimalEnd;
};
template <>
struct Ordered<double> {
  using Key = int64_t;
  static Key key(double value) {
    const auto bits = static_cast<int64_t>(canonical_bits(value));
    return bits ^ ((bits >> 63) & std::numeric_limits<int64_t>::max());
  }
  static double value(Key key) {
    const int64_t bits = key ^ ((key >> 63) & std::numeric_limits<int64_t>::max());
    double result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
  }
  static constexpr Key kSmallest = std::numeric_limits<int64_t>::min();
  static constexpr Key kGreatest = std::numeric_limits<int64_t>::max();
};

template <>
struct Ordered<float> {
  using Key = int64_t;
  static Key key(float value) { return Ordered<double>::key(static_cast<double>(value)); }
  static float value(Key key) { return static_cast<float>(Ordered<double>::value(key)); }
  static constexpr Key kSmallest = Ordered<double>::kSmallest;
  static constexpr Key kGreatest = Ordered<double>::kGreatest;
};
// By length; among intervals of one length by their parts, so that one of them is the answer whatever the order.
template <>
struct Ordered<Interval> {
  struct Key {
    int128 length_us;
    Interval value;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  static Key key(Interval value) { return {interval_length_us(value), value}; }
  static Interval value(const Key& key) { return key.value; }
  static constexpr Key kSmallest{-(int128{1} << 100), {}};
  static constexpr Key kGreatest{int128{1} << 100, {}};
};

template <class T, bool Greatest>
struct NumberExtreme {
  static constexpr bool kRelocatable = true;
  using Order = Ordered<T>;
  using Key = typename Order::Key;
  Key best;
  uint8_t present;

  void init() {
    std::memset(static_cast<void*>(this), 0, sizeof *this);  // padding is serialised
    best = Greatest ? Order::kSmallest : Order::kGreatest;
  }
  void take(Key key) { best = Greatest ? (key > best ? key : best) : (key < best ? key : best); }
  void update(T value) {
    take(Order::key(value));
    present = 1;
  }
  // Without a branch, so that a loop over rows under a mask stays one over vectors.
  void update_if(bool wanted, T value)
    requires(sizeof(Key) <= sizeof(int64_t))
  {
    take(wanted ? Order::key(value) : (Greatest ? Order::kSmallest : Order::kGreatest));
    present |= wanted ? 1 : 0;
  }
  void merge(const NumberExtreme& other) {
    take(other.best);
    present |= other.present;
  }
  bool finish(T& result, Faults&, int32_t) const {
    result = Order::value(best);
    return present != 0;
  }
};

// Keeps its own copy of the bytes, in room that grows by doubling.
struct TextExtreme {
  static constexpr bool kRelocatable = false;
  StringRef best;
  char* room;
  uint32_t room_bytes;
  uint8_t present;
  uint8_t out_of_memory;

  void init() {
    best = StringRef();
    room = nullptr;
    room_bytes = 0;
    present = 0;
    out_of_memory = 0;
  }
  bool finish(StringRef& result, Faults& faults, int32_t) const {
    faults.add_if(Faults::kMemory, out_of_memory != 0);
    result = best;
    return present != 0;
  }
#ifndef HEADRACE_BITCODE
  void serialize(std::string& to) const {
    to.push_back(present != 0 ? '\1' : '\0');
    to.append(best.view());
  }
  bool deserialize(std::string_view from, KernelContext& context);
#endif
};

// Host function: makes `text` the best of `state`.
extern "C" void headrace_rt_keep_text(TextExtreme* state, const StringRef* text, KernelContext* context) noexcept;

#ifndef HEADRACE_BITCODE
inline bool TextExtreme::deserialize(std::string_view from, KernelContext& context) {
  init();
  if (from.empty() || static_cast<uint8_t>(from[0]) > 1 || (from[0] == 0 && from.size() > 1)) return false;
  if (from[0] == 0) return true;
  const StringRef text(from.substr(1));
  headrace_rt_keep_text(this, &text, &context);
  return out_of_memory == 0;
}
#endif

template <bool Greatest>
struct TextExtremeOf : TextExtreme {
  void update(StringRef value, KernelContext& context) {
    const bool better = present == 0 || (Greatest ? compare(value, best) > 0 : compare(value, best) < 0);
    if (better) headrace_rt_keep_text(this, &value, &context);
  }
  void merge(const TextExtremeOf& other, KernelContext& context) {
    out_of_memory |= other.out_of_memory;
    if (other.present != 0) update(other.best, context);
  }
};

template <class Tag>
struct Minimum : NumberExtreme<typename Tag::type, false> {};
template <class Tag>
struct Maximum : NumberExtreme<typename Tag::type, true> {};
template <>
struct Minimum<tags::STR> : TextExtremeOf<false> {};
template <>
struct Maximum<tags::STR> : TextExtremeOf<true> {};

}  // namespace headrace::kernel
