#include "kernel/aggregate.h"

#include <algorithm>

#include "kernel/exact_ratio.h"

namespace headrace::kernel {

extern "C" double headrace_rt_average(const int128* sum, int64_t count, int32_t scale) noexcept {
  return ratio_to_double(*sum, static_cast<uint64_t>(count), std::clamp(scale, 0, 38));
}

extern "C" double headrace_rt_average_of_wide(const SumDecimal* sum, int32_t scale) noexcept {
  const bool negative = sum->top < 0;
  uint64_t limbs[3] = {sum->low, sum->high, static_cast<uint64_t>(sum->top)};
  uint64_t carry = 1;
  for (uint64_t& limb : limbs) {
    if (!negative) break;
    const uint128 negated = static_cast<uint128>(~limb) + carry;
    limb = static_cast<uint64_t>(negated);
    carry = static_cast<uint64_t>(negated >> 64);
  }
  const double average =
      ratio_to_double(negative, limbs, 0, static_cast<uint64_t>(sum->count), std::clamp(scale, 0, 38));
  return average == 0 ? 0.0 : average;
}

extern "C" void headrace_rt_keep_text(TextExtreme* state, const StringRef* text, KernelContext* context) noexcept {
  if (!text->is_inline() && text->size > state->room_bytes) {
    const uint64_t doubled = uint64_t{2} * text->size;
    const auto bytes = static_cast<uint32_t>(std::min<uint64_t>(doubled, UINT32_MAX));
    char* room = context->arena->allocate(bytes);
    if (room == nullptr) {
      state->out_of_memory = 1;
      return;
    }
    state->room = room;
    state->room_bytes = bytes;
  }
  if (text->is_inline()) {
    state->best = *text;
  } else {
    std::memcpy(state->room, text->pointer, text->size);
    state->best = StringRef(state->room, text->size);
  }
  state->present = 1;
}

}  // namespace headrace::kernel
