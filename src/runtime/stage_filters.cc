// Filters that lie side by side, of which none can fault: any order keeps the same rows, and what was measured decides.
#include <algorithm>

#include "fuse/rooms.h"
#include "runtime/stage_runner.h"

namespace headrace {

// Whether the loop does nothing but keep rows by what was there before it, and decode what it reads.
bool StageRunner::only_filters(const LoopShape& shape) const {
  if (!shape.has_filter || !shape.outputs.empty()) return false;
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i) {
    const Step& step = stage_.steps[i];
    if (std::holds_alternative<FilterRows>(step.node)) continue;
    if (const auto* decode = std::get_if<Decode>(&step.node)) {
      if (!std::ranges::binary_search(shape.inputs, decode->value)) return false;
    } else if (const auto* compute = std::get_if<Compute>(&step.node)) {
      if (!gives_the_same_anywhere(*compute)) return false;
    } else {
      return false;
    }
  }
  return true;
}

void StageRunner::find_filter_runs() {
  filter_runs_.resize(loops_.size());
  for (size_t first = 0; first < loops_.size();) {
    size_t last = first;
    while (last < loops_.size() && only_filters(loops_[last].shape)) ++last;
    if (last - first >= 2 &&
        keep_their_inputs(stage_, loops_[first].shape.interval.first, loops_[last - 1].shape.interval.last))
      filter_runs_[first].emplace(static_cast<uint32_t>(last - first), context_.settings.filter_order);
    first = std::max(last, first + 1);
  }
}

// Runs loops `first` and those that may change places with it; returns how many they are.
Result<size_t> StageRunner::run_filters(size_t first, Place& place) {
  FilterOrder& filters = *filter_runs_[first];
  const uint32_t changes_before = filters.changes();
  const auto order = filters.begin_batch();
  counters_.filter_changes.fetch_add(filters.changes() - changes_before, std::memory_order_relaxed);
  int64_t begun_ns = context_.world.monotonic_ns();
  for (const uint32_t filter : order) {
    if (place.domain.selected == 0) break;
    const uint32_t rows_in = place.domain.selected;
    const size_t loop = first + filter;
    const LoopShape& shape = loops_[loop].shape;
    const AtPart at(part_of_loop(loop));
    for (const ValueId value : shape.inputs)
      if (decoded_late_[value]) TRY_STATUS(decode(value, place.domain));
    TRY(filtered, filter_by_entries(loop, place));
    if (!filtered) {
      gather_entries(shape.inputs, place.domain);
      TRY_STATUS(run_loop(loop, code_of(loop), place));
    }
    const int64_t ended_ns = context_.world.monotonic_ns();
    filters.note(filter, rows_in, place.domain.selected, static_cast<uint64_t>(ended_ns - begun_ns));
    begun_ns = ended_ns;
  }
  return order.size();
}

}  // namespace headrace
