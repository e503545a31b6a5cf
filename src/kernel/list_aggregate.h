// kernel/list_aggregate.h — the states of list and histogram: values of a group as the bytes of a list or a map
// (types/nested_value.h).
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernel/comparison.h"
#include "kernel/sequence.h"
#include "types/nested_bytes.h"
#include "types/ordered_bytes.h"

namespace headrace::kernel {

// Host function: appends a text's bytes as they lie inside a nested value.
extern "C" void headrace_rt_append_nested_text(JoinedText* state, const StringRef* text,
                                               KernelContext* context) noexcept;

inline void append_bytes(JoinedText& to, const char* bytes, uint32_t size, KernelContext& context) {
  const StringRef text(bytes, size);
  headrace_rt_append_text(&to, &text, &context);
}

// A field with its marker.
template <class T>
inline void append_field(JoinedText& to, T value, KernelContext& context) {
  if constexpr (std::is_same_v<T, StringRef>) {
    append_bytes(to, &kNestedValid, 1, context);
    headrace_rt_append_nested_text(&to, &value, &context);
  } else {
    char bytes[1 + kOrderedBytes<T>];
    bytes[0] = kNestedValid;
    write_ordered(value, bytes + 1);
    append_bytes(to, bytes, sizeof bytes, context);
  }
}

// The bytes with the end behind them, for which append keeps room.
inline bool finish_nested(const JoinedText& state, StringRef& result, Faults& faults) {
  faults.add_if(Faults::kMemory, state.out_of_memory != 0);
  faults.overflow_if(state.size >= UINT32_MAX);
  if (state.out_of_memory != 0 || state.size >= UINT32_MAX || state.text == nullptr) return false;
  state.text[state.size] = kNestedEnd;
  result = StringRef(state.text, static_cast<uint32_t>(state.size + 1));
  return true;
}

template <class Tag>
struct ListValues {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = StateOrder::kInput;
  JoinedText bytes;

  void init() { bytes.init(); }
  void update(typename Tag::type value, KernelContext& context) { append_field(bytes, value, context); }
  void update_null(KernelContext& context) { append_bytes(bytes, &kNestedNull, 1, context); }
  void merge(const ListValues&) {}
  bool finish(StringRef& result, Faults& faults, int32_t) const { return finish_nested(bytes, result, faults); }
};

// Each value with how often it comes.
template <class Tag>
struct Histogram {
  static constexpr bool kRelocatable = true;
  static constexpr StateOrder kOrder = StateOrder::kSorted;
  using T = typename Tag::type;
  JoinedText bytes;
  T current;
  uint64_t current_rows;
  int64_t rows_left;

  void init() {
    bytes.init();
    current = T{};
    current_rows = 0;
    rows_left = 0;
  }
  void begin(int64_t rows) { rows_left = rows; }
  void update(T next, KernelContext& context) {
    if (current_rows > 0 && !equal(current, next)) close_run(context);
    current = next;
    ++current_rows;
    if (--rows_left == 0) close_run(context);
  }
  void close_run(KernelContext& context) {
    append_field(bytes, current, context);
    append_field(bytes, current_rows, context);
    current_rows = 0;
  }
  void merge(const Histogram&) {}
  bool finish(StringRef& result, Faults& faults, int32_t) const { return finish_nested(bytes, result, faults); }
};

}  // namespace headrace::kernel
