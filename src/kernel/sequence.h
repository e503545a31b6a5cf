// kernel/sequence.h — the states of aggregates that see the rows of a group one behind the other, in an order that the runtime
// has made: that of the call's ORDER BY or of the input (kInput, kFirst, kLast), or the order of the values (kSorted). They are
// never merged.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernel/comparison.h"
#include "kernel/context.h"
#include "kernel/decimal.h"
#include "kernel/faults.h"
#include "kernel/function.h"
#include "kernel/tags.h"
#include "types/string_ref.h"

namespace headrace::kernel {

// Keeps the first value that it sees.
template <class T, StateOrder Order>
struct KeepOne {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = Order;
  T value;
  uint8_t seen, present;

  void init() {
    value = T{};
    seen = present = 0;
  }
  void update(T next) {
    if (seen == 0) {
      value = next;
      present = 1;
    }
    seen = 1;
  }
  void merge(const KeepOne&) {}
  bool finish(T& result, Faults&, int32_t) const {
    result = value;
    return present != 0;
  }
};
template <class Tag>
struct FirstValue : KeepOne<typename Tag::type, StateOrder::kFirst> {
  void update_null(KernelContext&) { this->seen = 1; }
};
template <class Tag>
struct LastValue : KeepOne<typename Tag::type, StateOrder::kLast> {
  void update_null(KernelContext&) { this->seen = 1; }
};
template <class Tag>
struct AnyValue : KeepOne<typename Tag::type, StateOrder::kFirst> {};

struct JoinedText {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = StateOrder::kInput;
  char* text;
  uint64_t size, room;
  uint8_t present, out_of_memory;

  void init() {
    text = nullptr;
    size = room = 0;
    present = out_of_memory = 0;
  }
  void update(StringRef next, StringRef separator, KernelContext& context);
  void merge(const JoinedText&) {}
  bool finish(StringRef& result, Faults& faults, int32_t) const {
    faults.add_if(Faults::kMemory, out_of_memory != 0);
    faults.overflow_if(size > UINT32_MAX);
    result = StringRef(text, size > UINT32_MAX ? 0 : static_cast<uint32_t>(size));
    return present != 0;
  }
};

// Host function: appends the bytes, in room that grows by doubling; it is always at least a byte more than they take.
extern "C" void headrace_rt_append_text(JoinedText* state, const StringRef* text, KernelContext* context) noexcept;

inline void JoinedText::update(StringRef next, StringRef separator, KernelContext& context) {
  if (present != 0) headrace_rt_append_text(this, &separator, &context);
  headrace_rt_append_text(this, &next, &context);
  present = 1;
}

// Where a share of the rows ends. Out of [0, 1] is a fault.
struct QuantilePlace {
  int64_t rows, position;
  uint8_t bad_share;

  void init() {
    rows = position = 0;
    bad_share = 0;
  }
  bool takes(double share) {
    const bool fits = share >= 0 && share <= 1;
    if (!fits) bad_share = 1;
    return fits;
  }
};

// The smallest value that at least that share of the values reaches.
template <class Tag>
struct QuantileDiscrete {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = StateOrder::kSorted;
  using T = typename Tag::type;
  T value;
  QuantilePlace place;

  void init() {
    value = T{};
    place.init();
  }
  void begin(int64_t rows) { place.rows = rows; }
  void update(T next, double share) {
    if (!place.takes(share)) return;
    const auto rows = static_cast<double>(place.rows);
    // floor(x) of a non-negative x, as an integer
    const int64_t reached = place.rows - static_cast<int64_t>(rows - share * rows);
    const int64_t wanted = reached > 1 ? reached - 1 : 0;
    if (place.position == wanted) value = next;
    ++place.position;
  }
  void merge(const QuantileDiscrete&) {}
  bool finish(T& result, Faults& faults, int32_t) const {
    faults.add_if(Faults::kOutOfRange, place.bad_share != 0);
    result = value;
    return place.rows > 0;
  }
};

// Between two values, by the share of the way, as DuckDB does it: times are rounded to the nearest, decimals of up to 18
// digits towards zero from the float64 that they come to, of others the way is. `high` is the lower one where the order descends; the way may be longer than the
// type's greatest value.
inline double interpolated(tags::f64, double low, double high, double share) {
  return low * (1.0 - share) + high * share;
}
template <class Time>
inline int64_t interpolated(Time, int64_t low, int64_t high, double share) {
  const bool descends = high < low;
  const uint64_t from = static_cast<uint64_t>(low), to = static_cast<uint64_t>(high);
  const auto way = static_cast<uint64_t>(static_cast<double>(descends ? from - to : to - from) * share + 0.5);
  return static_cast<int64_t>(descends ? from - way : from + way);
}
inline int64_t interpolated(tags::d64, int64_t low, int64_t high, double share) {
  const double way = static_cast<double>(high - low) * share;
  constexpr int64_t kExactMax = int64_t{1} << 53;  // integers up to here are float64s
  if (low >= -kExactMax && low <= kExactMax && high >= -kExactMax && high <= kExactMax)
    return static_cast<int64_t>(static_cast<double>(low) + way);
  const auto whole = static_cast<int64_t>(way);
  const int64_t near = low + whole;
  const double rest = way - static_cast<double>(whole);
  if (near < 0 && rest > 0) return near + 1;
  return near > 0 && rest < 0 ? near - 1 : near;
}
inline int128 interpolated(tags::dec, int128 low, int128 high, double share) {
  int128 whole = 0;
  if (!__builtin_sub_overflow(high, low, &whole)) return low + static_cast<int128>(static_cast<double>(whole) * share);
  const auto half = static_cast<int128>((static_cast<double>(high) - static_cast<double>(low)) * (share / 2));
  return low + half + half;
}

// The value at share * (n - 1) of the sorted values, counted from 0.
template <class Tag>
struct QuantileContinuous {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = StateOrder::kSorted;
  using T = typename Tag::type;
  T low, high;
  double share_between;
  QuantilePlace place;

  void init() {
    low = high = T{};
    share_between = 0;
    place.init();
  }
  void begin(int64_t rows) { place.rows = rows; }
  void update(T next, double share) {
    if (!place.takes(share)) return;
    const double wanted = share * static_cast<double>(place.rows - 1);
    const auto below = static_cast<int64_t>(wanted);
    share_between = wanted - static_cast<double>(below);
    if (place.position == below) low = high = next;
    if (place.position == below + 1) high = next;
    ++place.position;
  }
  void merge(const QuantileContinuous&) {}
  bool finish(T& result, Faults& faults, int32_t) const {
    faults.add_if(Faults::kOutOfRange, place.bad_share != 0);
    result = share_between > 0 ? interpolated(Tag{}, low, high, share_between) : low;
    return place.rows > 0;
  }
};

// Runs of equal values.
template <class Tag>
struct Mode {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = StateOrder::kSorted;
  using T = typename Tag::type;
  T best, current;
  int64_t best_rows, current_rows;

  void init() {
    best = current = T{};
    best_rows = current_rows = 0;
  }
  void begin(int64_t) {}
  void update(T next) {
    if (current_rows == 0 || !equal(current, next)) {
      current = next;
      current_rows = 0;
    }
    ++current_rows;
    if (current_rows > best_rows) {
      best = current;
      best_rows = current_rows;
    }
  }
  void merge(const Mode&) {}
  bool finish(T& result, Faults&, int32_t) const {
    result = best;
    return best_rows > 0;
  }
};

// Host function: -p log2(p) of p = rows / all.
extern "C" double headrace_rt_entropy_of(int64_t rows, int64_t all) noexcept;

template <class Tag>
struct Entropy {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = StateOrder::kSorted;
  using T = typename Tag::type;
  T current;
  double sum;
  int64_t current_rows, rows;

  void init() {
    current = T{};
    sum = 0;
    current_rows = rows = 0;
  }
  void begin(int64_t all) { rows = all; }
  void update(T next) {
    if (current_rows > 0 && !equal(current, next)) {
      sum += headrace_rt_entropy_of(current_rows, rows);
      current_rows = 0;
    }
    current = next;
    ++current_rows;
  }
  void merge(const Entropy&) {}
  bool finish(double& result, Faults&, int32_t) const {
    result = current_rows > 0 ? sum + headrace_rt_entropy_of(current_rows, rows) : 0;
    return true;
  }
};

// In the order of the values, so that rounding cannot show how they came.
struct Product {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = StateOrder::kSorted;
  double product;
  int64_t rows;

  void init() {
    product = 1;
    rows = 0;
  }
  void begin(int64_t all) { rows = all; }
  void update(double next) { product *= next; }
  void merge(const Product&) {}
  bool finish(double& result, Faults&, int32_t) const {
    result = product;
    return rows > 0;
  }
};

// Median of the distances from the median. Keeps the values, which come sorted.
struct MedianDeviation {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = StateOrder::kSorted;
  double* values;
  int64_t count, rows;
  uint8_t out_of_memory;

  void init() {
    values = nullptr;
    count = rows = 0;
    out_of_memory = 0;
  }
  void begin(int64_t all) { rows = all; }
  void update(double next, KernelContext& context);
  void merge(const MedianDeviation&) {}
  bool finish(double& result, Faults& faults, int32_t) const;
};

// Host function: room for rows doubles; nullptr when memory is out.
extern "C" double* headrace_rt_room_for_values(int64_t rows, KernelContext* context) noexcept;

inline void MedianDeviation::update(double next, KernelContext& context) {
  if (values == nullptr && out_of_memory == 0) {
    values = headrace_rt_room_for_values(rows, &context);
    if (values == nullptr) out_of_memory = 1;
  }
  if (out_of_memory == 0 && count < rows) values[count++] = next;
}

}  // namespace headrace::kernel
