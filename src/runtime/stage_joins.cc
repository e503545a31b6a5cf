// The steps of a StageRunner that change rows into others: probes of a join table, and the end of a probe's pairs.
#include "base/check.h"
#include "runtime/stage_runner.h"

namespace headrace {

namespace {

constexpr uint32_t kRowsRoom = limits::kVectorRowsMax + 8;

}  // namespace

StageRunner::ProbeRun::ProbeRun(const JoinTable& probed, MemoryBudget& budget)
    : table(probed),
      state(probed, budget),
      rows(std::make_unique<uint16_t[]>(kRowsRoom)),
      build_rows(kRowsRoom),
      origin(std::make_unique<uint16_t[]>(kRowsRoom)),
      found(std::make_unique<uint16_t[]>(kRowsRoom)),
      rows_out(std::make_unique<uint16_t[]>(kRowsRoom)),
      origin_out(std::make_unique<uint16_t[]>(kRowsRoom)),
      build_rows_out(kRowsRoom) {}

// Fills what `node`, a Probe or a Match, carries over and fetches. extends: some build row may be kNoMatch.
template <class Node>
void StageRunner::cross(const Node& node, const JoinTable& table, const uint16_t* rows, const uint64_t* build_rows,
                        uint32_t count, bool extends) {
  for (const auto& [before, after] : node.carried) {
    const Slot& from = slots_[before];
    Slot& to = slots_[after];
    if (from.constant) {
      to = from;
      continue;
    }
    const auto& room = interpreter_.scratch(after, slots_);
    gather_values(from.data, width_bytes(stage_.values[before].type.id), rows, count, room->data);
    if (from.validity != nullptr) gather_values(from.validity, 1, rows, count, room->validity);
    to = {room->data, from.validity != nullptr ? room->validity : nullptr, nullptr, false, room};
  }
  for (const auto& [column, value] : node.fetched) {
    const auto& room = interpreter_.scratch(value, slots_);
    const bool nullable = extends || table.has_nulls(column);
    table.gather(column, build_rows, count, room->data, nullable ? room->validity : nullptr);
    slots_[value] = {room->data, nullable ? room->validity : nullptr, nullptr, false, room};
  }
}

// A fault in what crosses the probe is the row's fault here: behind the probe a row may stand several times or not at all.
Status StageRunner::probe(const Probe& step, size_t loop, const Place& start) {
  ProbeRun& run = *probes_[loops_[loop].shape.interval.first];
  Place place = start;
  for (const Operand key : step.keys) settle(key, place);
  for (const auto& [before, after] : step.carried) settle(Operand{false, before}, place);
  if (run.match != nullptr)
    for (const auto& [before, after] : run.match->carried) settle(Operand{false, before}, place);
  if (place.domain.selected == 0) return kDone;
  std::vector<Vector> keys;
  for (const Operand key : step.keys) keys.push_back(vector_of(key));
  run.before = place;
  run.kept_before = false;
  run.state.reset();
  do {
    TRY_STATUS(context_.cancel.check());
    TRY(count, run.table.probe(run.state, keys.data(), place.domain.selection, place.domain.selected, step.kind,
                               context_.settings.vector_rows, run.rows.get(), run.build_rows.data()));
    if (count == 0) continue;
    run.count = count;
    for (uint32_t i = 0; i < count; ++i) run.origin[i] = static_cast<uint16_t>(place.source_row(run.rows[i]));
    cross(step, run.table, run.rows.get(), run.build_rows.data(), count,
          step.kind == JoinKind::kLeft && run.match == nullptr);
    Place behind{.domain = {count, nullptr, count}, .origin = run.origin.get()};
    if (run.match != nullptr) {
      behind.pairs = &run;
      uint32_t found = 0;
      for (uint32_t i = 0; i < count; ++i)
        if (run.build_rows[i] != JoinTable::kNoMatch) run.found[found++] = static_cast<uint16_t>(i);
      if (found < count) behind.domain = {count, run.found.get(), found};
    }
    const uint32_t faults_before = faults_noted_;
    TRY_STATUS(run_from(loop + 1, behind));
    if (faults_noted_ != faults_before) break;
  } while (!run.state.finished());
  return kDone;
}

// A row's pairs lie side by side. Whether one of them was kept is known when the last of them has come, perhaps turns
// later; a row whose pair faulted is not extended.
Status StageRunner::match(const Match& step, size_t loop, const Place& place) {
  CHECK(place.pairs != nullptr && place.pairs->match == &step);
  ProbeRun& run = *place.pairs;
  uint32_t kept = 0;  // pairs of the domain that were looked at
  uint32_t count = 0;
  const auto put = [&](uint16_t row, uint64_t build_row) {
    run.rows_out[count] = row;
    run.origin_out[count] = static_cast<uint16_t>(run.before.source_row(row));
    run.build_rows_out[count++] = build_row;
  };
  for (uint32_t first = 0; first < run.count && first < place.fault_row;) {
    const uint16_t row = run.rows[first];
    uint32_t end = first + 1;
    while (end < run.count && run.rows[end] == row) ++end;
    bool matched = first == 0 && run.kept_before;
    for (; kept < place.domain.selected; ++kept) {
      const uint32_t pair = place.domain.selection != nullptr ? place.domain.selection[kept] : kept;
      if (pair >= end) break;
      put(row, run.build_rows[pair]);
      matched = true;
    }
    const bool complete = end < run.count || run.state.row_complete();
    if (complete && !matched && place.fault_row >= end) put(row, JoinTable::kNoMatch);
    run.kept_before = !complete && matched;
    first = end;
  }
  if (count == 0) return kDone;
  cross(step, run.table, run.rows_out.get(), run.build_rows_out.data(), count, true);
  return run_from(loop + 1, Place{.domain = {count, nullptr, count}, .origin = run.origin_out.get()});
}

}  // namespace headrace
