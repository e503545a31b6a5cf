#include "kernel/sequence.h"

#include <algorithm>
#include <cmath>

#include "kernel/list_aggregate.h"

namespace headrace::kernel {

namespace {

// Makes room for `bytes` more, and one.
bool has_room(JoinedText& state, uint64_t bytes, KernelContext& context) {
  const uint64_t needed = state.size + bytes + 1;
  if (needed <= state.room) return true;
  const uint64_t room = std::max<uint64_t>(2 * state.room, std::max<uint64_t>(needed, 64));
  char* grown = context.arena->allocate(room);
  if (grown == nullptr) {
    state.out_of_memory = 1;
    return false;
  }
  if (state.size > 0) std::memcpy(grown, state.text, state.size);
  state.text = grown;
  state.room = room;
  return true;
}

}  // namespace

extern "C" void headrace_rt_append_text(JoinedText* state, const StringRef* text, KernelContext* context) noexcept {
  if (!has_room(*state, text->size, *context)) return;
  std::memcpy(state->text + state->size, text->data(), text->size);
  state->size += text->size;
}

extern "C" void headrace_rt_append_nested_text(JoinedText* state, const StringRef* text,
                                               KernelContext* context) noexcept {
  const uint64_t bytes = nested_text_bytes(text->view());
  if (!has_room(*state, bytes, *context)) return;
  write_nested_text(text->view(), state->text + state->size);
  state->size += bytes;
}

extern "C" double headrace_rt_entropy_of(int64_t rows, int64_t all) noexcept {
  const double share = static_cast<double>(rows) / static_cast<double>(all);
  return -share * std::log2(share);
}

extern "C" double* headrace_rt_room_for_values(int64_t rows, KernelContext* context) noexcept {
  return reinterpret_cast<double*>(context->arena->allocate(static_cast<size_t>(rows) * sizeof(double)));
}

namespace {

double median_of_sorted(const double* values, int64_t count) {
  const double middle = values[(count - 1) / 2];
  return count % 2 != 0 ? middle : interpolated(tags::f64{}, middle, values[count / 2], 0.5);
}

}  // namespace

// The distances fall to the median and rise behind it: merged from there outwards they are sorted.
bool MedianDeviation::finish(double& result, Faults& faults, int32_t) const {
  faults.add_if(Faults::kMemory, out_of_memory != 0);
  if (count == 0 || out_of_memory != 0) return false;
  const double median = median_of_sorted(values, count);
  int64_t right = 0;
  while (right < count && values[right] < median) ++right;
  int64_t left = right - 1;
  double before = 0;
  double distance = 0;
  for (int64_t taken = 0; taken <= count / 2; ++taken) {
    before = distance;
    const double below = left >= 0 ? median - values[left] : __builtin_inf();
    const double above = right < count ? values[right] - median : __builtin_inf();
    const bool take_below = right >= count || (left >= 0 && below <= above);
    distance = take_below ? below : above;
    take_below ? --left : ++right;
  }
  result = count % 2 != 0 ? distance : interpolated(tags::f64{}, before, distance, 0.5);
  return true;
}

}  // namespace headrace::kernel
