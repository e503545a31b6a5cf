// Filters that lie side by side, of which none can fault: any order keeps the same rows, and what was measured decides.
#include "fuse/filter_runs.h"
#include "runtime/stage_runner.h"

namespace headrace {

void StageRunner::find_filter_runs() {
  filter_runs_.resize(loops_.size());
  for (const LoopRun run : filter_runs_of(stage_))
    filter_runs_[run.first].emplace(run.last - run.first, context_.settings.filter_order);
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
