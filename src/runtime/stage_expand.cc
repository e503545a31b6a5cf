// The step of a StageRunner that copies rows: the elements of a list, and whatever else comes several times for one.
#include <algorithm>

#include "runtime/stage_runner.h"

namespace headrace {

// As a probe, a fault in what crosses is the row's fault here.
Status StageRunner::expand(const Expand& step, size_t loop, const Place& start) {
  WorkPart& part = part_of_loop(loop);
  const AtPart at_step(part);
  part.rows_in += start.domain.selected;
  Place place = start;
  settle(step.count, place);
  if (!step.count.constant) gather_entries(step.count.index, place.domain);
  for (const auto& [before, after] : step.carried) settle(Operand{false, before}, place);
  ExpandRun& run = *expansions_[loops_[loop].shape.interval.first];
  const Slot counts = interpreter_.slot_of(step.count, slots_);
  const uint32_t room = context_.settings.vector_rows;
  const uint32_t faults_before = faults_noted_;
  uint32_t filled = 0;
  for (uint32_t i = 0; i < place.domain.selected; ++i) {
    const auto row = static_cast<uint16_t>(place.domain.selection != nullptr ? place.domain.selection[i] : i);
    const uint32_t at = counts.constant ? 0 : row;
    const bool valid = counts.validity == nullptr || counts.validity[at] != 0;
    const int64_t copies = valid ? static_cast<const int64_t*>(counts.data)[at] : 0;
    for (int64_t number = 1; number <= copies; ++number) {
      run.rows[filled] = row;
      run.origin[filled] = static_cast<uint16_t>(place.source_row(row));
      run.numbers[filled++] = number;
      if (filled < room) continue;
      TRY_STATUS(emit_copies(step, loop, place, filled));
      if (faults_noted_ != faults_before) return kDone;  // what comes behind is cut off
      filled = 0;
    }
  }
  return filled > 0 ? emit_copies(step, loop, place, filled) : Status(kDone);
}

Status StageRunner::emit_copies(const Expand& step, size_t loop, const Place& place, uint32_t count) {
  TRY_STATUS(context_.cancel.check());
  ExpandRun& run = *expansions_[loops_[loop].shape.interval.first];
  carry(step.carried, run.rows, count, place.domain.rows);
  const auto& room = interpreter_.scratch(step.number, slots_);
  std::copy(run.numbers, run.numbers + count, static_cast<int64_t*>(room->data));
  slots_[step.number] = {room->data, nullptr, nullptr, false, room};
  note_written(slot_bytes(step.number, count));
  part_of_loop(loop).rows_out += count;
  if (measures_ != nullptr) measures_->give(loop, count);
  const Status status = run_turn(loop + 1, Place{.domain = {count, nullptr, count}, .origin = run.origin});
  if (measures_ != nullptr) measures_->enter(loop);
  return status;
}

}  // namespace headrace
