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
      matched(std::make_unique<uint16_t[]>(kRowsRoom)),
      found(std::make_unique<uint16_t[]>(kRowsRoom)),
      rows_out(std::make_unique<uint16_t[]>(kRowsRoom)),
      origin_out(std::make_unique<uint16_t[]>(kRowsRoom)),
      build_rows_out(kRowsRoom),
      found_out(kRowsRoom) {}

bool StageRunner::can_fault_between(uint32_t probe, const Match& match) const {
  for (uint32_t i = probe + 1; i < stage_.steps.size(); ++i) {
    if (const auto* end = std::get_if<Match>(&stage_.steps[i].node); end == &match) break;
    if (const auto* step = std::get_if<Compute>(&stage_.steps[i].node))
      if (stage_.values[step->out].may_fault) return true;
  }
  return false;
}

std::vector<Vector> StageRunner::keys_of(const Probe& step, const RowDomain& domain) {
  std::vector<Vector> keys;
  for (const Operand key : step.keys) {
    if (!key.constant && !keeps_codes(key.index)) gather_entries(key.index, domain);
    keys.push_back(vector_of(key));
  }
  return keys;
}

void StageRunner::write_mark(ValueId mark, const JoinTable::Found* found, uint32_t count) {
  const auto& room = interpreter_.scratch(mark, slots_);
  auto* values = static_cast<uint8_t*>(room->data);
  for (uint32_t i = 0; i < count; ++i) {
    values[i] = found[i] == JoinTable::Found::kTrue ? 1 : 0;
    room->validity[i] = found[i] == JoinTable::Found::kNull ? 0 : 1;
  }
  slots_[mark] = {room->data, room->validity, nullptr, false, room};
  note_written(slot_bytes(mark, count));
}

// Where each of the `rows_before` rows comes out once, as where a foreign key meets its one row, vectors of the source are
// handed on as they are.
void StageRunner::carry(const std::vector<std::pair<ValueId, ValueId>>& carried, const uint16_t* rows, uint32_t count,
                        uint32_t rows_before) {
  bool same_rows = count == rows_before;
  for (uint32_t i = 0; same_rows && i < count; ++i) same_rows = rows[i] == i;
  for (const auto& [before, after] : carried) {
    if (!is_read_[after]) continue;  // such as a key
    if (carry_codes(before, after, rows, count, same_rows)) continue;
    const Slot& from = slots_[before];
    Slot& to = slots_[after];
    borrowed_[after] = same_rows && borrowed_[before];
    if (from.constant || borrowed_[after]) {
      to = {from.data, from.validity, nullptr, from.constant, from.owner};
      continue;
    }
    const auto& room = interpreter_.scratch(after, slots_);
    gather_values(from.data, width_bytes(stage_.values[before].type.id), rows, count, room->data);
    note_copied(uint64_t{count} * width_bytes(stage_.values[before].type.id));
    if (from.validity != nullptr) gather_values(from.validity, 1, rows, count, room->validity);
    to = {room->data, from.validity != nullptr ? room->validity : nullptr, nullptr, false, room};
  }
}

// Fills what `node`, a Probe or a Match, carries over and fetches. extends: some build row may be kNoMatch.
template <class Node>
void StageRunner::cross(const Node& node, const JoinTable& table, const uint16_t* rows, const uint64_t* build_rows,
                        uint32_t count, bool extends, uint32_t rows_before) {
  carry(node.carried, rows, count, rows_before);
  for (const auto& [column, value] : node.fetched) {
    if (!is_read_[value]) continue;
    const auto& room = interpreter_.scratch(value, slots_);
    const bool nullable = extends || table.has_nulls(column);
    table.gather(column, build_rows, count, room->data, nullable ? room->validity : nullptr);
    slots_[value] = {room->data, nullable ? room->validity : nullptr, nullptr, false, room};
    note_written(slot_bytes(value, count));
  }
}

// A fault in what crosses the probe is the row's fault here: behind the probe a row may stand several times or not at all.
Status StageRunner::probe(const Probe& step, size_t loop, const Place& start) {
  WorkPart& part = part_of_loop(loop);
  const AtPart at(part);
  part.rows_in += start.domain.selected;
  ProbeRun& run = *probes_[loops_[loop].shape.interval.first];
  Place place = start;
  for (const Operand key : step.keys) settle(key, place);
  for (const auto& [before, after] : step.carried) settle(Operand{false, before}, place);
  if (run.match != nullptr)
    for (const auto& [before, after] : run.match->carried) settle(Operand{false, before}, place);
  if (place.domain.selected == 0) return kDone;
  if (run.match == nullptr && !gives_right_columns(step.kind)) return probe_once(step, loop, place);
  const std::vector<Vector> keys = keys_of(step, place.domain);
  if (!step.decoded.empty()) {
    run.state.reset();
    TRY(matched,
        run.table.keep_found(run.state, keys.data(), place.domain.selection, place.domain.selected, run.matched.get()));
    if (matched < place.domain.selected) place.domain = {place.domain.rows, run.matched.get(), matched};
    for (const ValueId value : step.decoded) TRY_STATUS(decode(value, place.domain));
  }
  const bool keeps_rows =
      step.kind != JoinKind::kInner && step.kind != JoinKind::kRight && step.kind != JoinKind::kSemi;
  run.before = place;
  run.kept_before = run.unknown_before = false;
  if (step.decoded.empty()) run.state.reset();
  do {
    TRY_STATUS(context_.cancel.check());
    TRY(count, run.table.probe(run.state, keys.data(), place.domain.selection, place.domain.selected, keeps_rows,
                               context_.settings.vector_rows, run.rows.get(), run.build_rows.data()));
    if (count == 0) continue;
    run.count = count;
    for (uint32_t i = 0; i < count; ++i) run.origin[i] = static_cast<uint16_t>(place.source_row(run.rows[i]));
    cross(step, run.table, run.rows.get(), run.build_rows.data(), count,
          keeps_left_rows(step.kind) && run.match == nullptr, place.domain.rows);
    if (keeps_right_rows(step.kind) && run.match == nullptr) run.table.remember(run.build_rows.data(), count);
    Place behind{.domain = {count, nullptr, count}, .origin = run.origin.get()};
    if (run.match != nullptr) {
      behind.pairs = &run;
      uint32_t found = 0;
      for (uint32_t i = 0; i < count; ++i)
        if (run.build_rows[i] != JoinTable::kNoMatch) run.found[found++] = static_cast<uint16_t>(i);
      if (found < count) behind.domain = {count, run.found.get(), found};
    }
    const uint32_t faults_before = faults_noted_;
    part.rows_out += behind.domain.selected;
    if (measures_ != nullptr) measures_->give(loop, behind.domain.selected);
    TRY_STATUS(run_turn(loop + 1, behind));
    if (measures_ != nullptr) measures_->enter(loop);
    if (faults_noted_ != faults_before) break;
  } while (!run.state.finished());
  return kDone;
}

// Each row at most once, for whether it has a match.
Status StageRunner::probe_once(const Probe& step, size_t loop, const Place& place) {
  ProbeRun& run = *probes_[loops_[loop].shape.interval.first];
  const std::vector<Vector> keys = keys_of(step, place.domain);
  run.state.reset();
  TRY_STATUS(
      run.table.find(run.state, keys.data(), place.domain.selection, place.domain.selected, run.found_out.data()));
  uint32_t count = 0;
  for (uint32_t i = 0; i < place.domain.selected; ++i) {
    const bool matched = run.found_out[i] == JoinTable::Found::kTrue;
    const auto row = static_cast<uint16_t>(place.domain.selection != nullptr ? place.domain.selection[i] : i);
    run.rows[count] = row;
    run.origin[count] = static_cast<uint16_t>(place.source_row(row));
    count += step.kind == JoinKind::kMark || matched == (step.kind == JoinKind::kSemi) ? 1 : 0;
  }
  if (count == 0) return kDone;
  for (const ValueId value : step.decoded)
    TRY_STATUS(decode(value, RowDomain{place.domain.rows, run.rows.get(), count}));
  cross(step, run.table, run.rows.get(), nullptr, count, false, place.domain.rows);
  if (step.mark.has_value()) write_mark(*step.mark, run.found_out.data(), count);
  part_of_loop(loop).rows_out += count;
  if (measures_ != nullptr) measures_->give(loop, count);
  return run_from(loop + 1, Place{.domain = {count, nullptr, count}, .origin = run.origin.get()});
}

// A row's pairs lie side by side. What comes of it is known when the last of them has come, perhaps turns later; of a row
// whose pair faulted nothing comes but the pairs in front.
Status StageRunner::match(const Match& step, size_t loop, const Place& start) {
  CHECK(start.pairs != nullptr && start.pairs->match == &step);
  WorkPart& part = part_of_loop(loop);
  const AtPart at(part);
  part.rows_in += start.domain.selected;
  Place place = start;
  if (step.verdict.has_value()) {
    settle(*step.verdict, place);
    if (!step.verdict->constant) gather_entries(step.verdict->index, place.domain);
  }
  ProbeRun& run = *place.pairs;
  const JoinKind kind = std::get<Probe>(stage_.steps[step.probe].node).kind;
  uint32_t kept = 0;  // pairs of the domain that were looked at
  uint32_t count = 0;
  for (uint32_t first = 0; first < run.count && first < place.fault_row;) {
    const uint16_t row = run.rows[first];
    uint32_t end = first + 1;
    while (end < run.count && run.rows[end] == row) ++end;
    MatchRow found{row, end, first == 0 && run.kept_before, first == 0 && run.unknown_before};
    look_at_pairs(step, kind, place, found, kept, count);
    bool complete = end < run.count || run.state.row_complete();
    if (!complete && found.matched && run.skips_pairs) {
      run.state.skip_row();
      complete = true;
    }
    if (complete && place.fault_row >= end) end_row(kind, run, found, count);
    run.kept_before = !complete && found.matched;
    run.unknown_before = !complete && found.unknown;
    first = end;
  }
  if (count == 0) return kDone;
  cross(step, run.table, run.rows_out.get(), run.build_rows_out.data(), count, keeps_left_rows(kind),
        run.before.domain.rows);
  if (step.mark.has_value()) write_mark(*step.mark, run.found_out.data(), count);
  part.rows_out += count;
  if (measures_ != nullptr) measures_->give(loop, count);
  return run_from(loop + 1, Place{.domain = {count, nullptr, count}, .origin = run.origin_out.get()});
}

void StageRunner::put_row(ProbeRun& run, uint16_t row, uint64_t build_row, uint32_t& count) {
  run.rows_out[count] = row;
  run.origin_out[count] = static_cast<uint16_t>(run.before.source_row(row));
  run.build_rows_out[count++] = build_row;
}

// The row's pairs of this turn that the filters kept, from the `kept`th of the domain on.
void StageRunner::look_at_pairs(const Match& step, JoinKind kind, const Place& place, MatchRow& found, uint32_t& kept,
                                uint32_t& count) {
  ProbeRun& run = *place.pairs;
  const Slot verdict = step.verdict.has_value() ? interpreter_.slot_of(*step.verdict, slots_) : Slot{};
  for (; kept < place.domain.selected; ++kept) {
    const uint32_t pair = place.domain.selection != nullptr ? place.domain.selection[kept] : kept;
    if (pair >= found.end) break;
    if (step.verdict.has_value()) {
      const uint32_t at = verdict.constant ? 0 : pair;
      const bool valid = verdict.validity == nullptr || verdict.validity[at] != 0;
      found.unknown |= !valid;
      if (!valid || static_cast<const uint8_t*>(verdict.data)[at] == 0) continue;
    }
    found.matched = true;
    if (gives_right_columns(kind)) put_row(run, found.row, run.build_rows[pair], count);
    if (keeps_right_rows(kind)) run.table.remember(&run.build_rows[pair], 1);
  }
}

// What comes of a row beside its pairs.
void StageRunner::end_row(JoinKind kind, ProbeRun& run, const MatchRow& found, uint32_t& count) {
  using Found = JoinTable::Found;
  if (kind == JoinKind::kMark) {
    run.found_out[count] = found.matched ? Found::kTrue : (found.unknown ? Found::kNull : Found::kFalse);
    put_row(run, found.row, JoinTable::kNoMatch, count);
  } else if (kind == JoinKind::kSemi) {
    if (found.matched) put_row(run, found.row, JoinTable::kNoMatch, count);
  } else if (keeps_left_rows(kind) || kind == JoinKind::kAnti) {
    if (!found.matched) put_row(run, found.row, JoinTable::kNoMatch, count);
  }
}

}  // namespace headrace
