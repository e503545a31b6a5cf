// Values that come with codes of a dictionary: a loop that only filters, by such a value alone, runs once for the dictionary's
// entries; probes and expansions carry the codes; other loops read the value in full.
#include <algorithm>
#include <cstring>

#include "fuse/contracts.h"
#include "runtime/stage_runner.h"
#include "types/with_layout.h"

namespace headrace {

namespace {

// to[row] = passes[code of the row], or null_passes, for the rows of the domain.
void look_up(const Vector& column, const uint8_t* passes, uint8_t null_passes, const RowDomain& domain, uint8_t* to) {
  const uint8_t* const validity = column.validity;
  const uint32_t* const codes = column.codes;
  if (domain.selection != nullptr) {
    for (uint32_t i = 0; i < domain.selected; ++i) {
      const uint32_t row = domain.selection[i];
      to[row] = validity == nullptr || validity[row] != 0 ? passes[codes[row]] : null_passes;
    }
    return;
  }
  for (uint32_t row = 0; row < domain.rows; ++row) to[row] = passes[codes[row]];
  for (uint32_t row = 0; validity != nullptr && row < domain.rows; ++row)
    if (validity[row] == 0) to[row] = null_passes;
}

}  // namespace

// The values for the rows of the domain, unless a loop before has put them out.
void StageRunner::gather_entries(ValueId value, const RowDomain& domain) {
  if (!has_codes(value)) return;
  const Vector& vector = columns_[value];
  const auto& room = interpreter_.scratch(value, slots_);
  with_width(vector.type.id, [&]<class T>(T) {
    auto* to = static_cast<T*>(room->data);
    const auto* from = static_cast<const T*>(vector.data);
    if (domain.selection == nullptr) {
      for (uint32_t row = 0; row < domain.rows; ++row) to[row] = from[vector.codes[row]];
    } else {
      for (uint32_t i = 0; i < domain.selected; ++i) to[domain.selection[i]] = from[vector.codes[domain.selection[i]]];
    }
  });
  if (vector.validity != nullptr) std::memcpy(room->validity, vector.validity, domain.rows);
  slots_[value] = {room->data, vector.validity == nullptr ? nullptr : room->validity, nullptr, false, room};
  note_copied(slot_bytes(value, domain.selected));
}

void StageRunner::gather_entries(const std::vector<ValueId>& values, const RowDomain& domain) {
  for (const ValueId value : values)
    if (!decoded_late_[value] || loaded_[value]) gather_entries(value, domain);
}

// False: the value has no codes.
//   rows       [count] where each row behind the step comes from
//   same_rows  each row comes out once, in its place
bool StageRunner::carry_codes(ValueId before, ValueId after, const uint16_t* rows, uint32_t count, bool same_rows) {
  if (!has_codes(before)) return false;
  slots_[after] = {};
  columns_[after] = columns_[before];
  if (same_rows) return true;
  const auto& room = code_rooms_[after].get([&] { return std::make_shared<ScratchColumn>(TypeId::kUInt32); });
  Vector& vector = columns_[after];
  gather_values(vector.codes, sizeof(uint32_t), rows, count, room->data);
  note_copied(uint64_t{count} * sizeof(uint32_t));
  vector.codes = static_cast<const uint32_t*>(room->data);
  if (vector.validity != nullptr) {
    gather_values(vector.validity, 1, rows, count, room->validity);
    vector.validity = room->validity;
  }
  vector.owner = std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(
      std::move(vector.owner), room);
  return true;
}

bool StageRunner::has_few_entries(ValueId value) const {
  constexpr uint32_t kEntriesMax = 32'768;  // beyond, a piece of a row group has hardly more rows than entries
  return has_codes(value) && columns_[value].dictionary_rows <= kEntriesMax;
}

// Runs the loop for the entries of the value's dictionary, a vector of them at a time, and last for a null where it has some; `done` gets
// each run's first entry and what the loop left of its rows.
Status StageRunner::run_for_entries(size_t loop, const CompiledLoop* code, ValueId value,
                                    const std::function<void(uint32_t first, const Place& place)>& done) {
  alignas(16) static constexpr char kZeros[16] = {};  // a null's value
  const Vector column = columns_[value];
  const uint32_t width = width_bytes(column.type.id), entries = column.dictionary_rows;
  const auto run = [&](const void* values, const uint8_t* validity, uint32_t first, uint32_t rows) -> Status {
    slots_[value] = {values, validity, nullptr, false, column.owner};
    Place place{.domain = {rows, nullptr, rows}};
    TRY_STATUS(run_loop(loop, code, place));
    done(first, place);
    return kDone;
  };
  runs_entries_ = true;
  Status status = kDone;
  for (uint32_t first = 0; status.ok() && first < entries; first += limits::kVectorRowsMax)
    status = run(column.as<char>() + uint64_t{first} * width, nullptr, first,
                 std::min(limits::kVectorRowsMax, entries - first));
  if (status.ok() && column.validity != nullptr) status = run(kZeros, kAllZeros, entries, 1);
  runs_entries_ = false;
  slots_[value] = {};
  return status;
}

// The column, if the loop does nothing but keep rows by it, and decode others for those, and cannot fault.
std::optional<ValueId> StageRunner::column_of_filter(const LoopShape& shape) const {
  if (shape.inputs.size() != 1 || !shape.outputs.empty() || !shape.has_filter) return std::nullopt;
  bool decodes_others = false;
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i) {
    const Step& step = stage_.steps[i];
    if (const auto* decode = std::get_if<Decode>(&step.node)) {
      decodes_others |= decode->value != shape.inputs[0];
      continue;
    }
    if (decodes_others) return std::nullopt;
    if (const auto* compute = std::get_if<Compute>(&step.node)) {
      if (!gives_the_same_anywhere(stage_, *compute)) return std::nullopt;
    } else if (!std::holds_alternative<FilterRows>(step.node)) {
      return std::nullopt;
    }
  }
  return shape.inputs[0];
}

// Runs the loop for the entries of the column's dictionary, and for a null.
Status StageRunner::find_passing_entries(size_t loop) {
  EntryFilter& filter = *entry_filters_[loop];
  const Vector& column = columns_[filter.column];
  const CompiledLoop* const code = code_of(loop);
  const uint32_t entries = column.dictionary_rows;
  filter.dictionary = nullptr;
  filter.passes.assign(uint64_t{entries} + 1, 0);  // the last is null's
  TRY_STATUS(run_for_entries(loop, code, filter.column, [&](uint32_t first, const Place& place) {
    const RowDomain& kept = place.domain;
    for (uint32_t i = 0; i < kept.selected; ++i)
      filter.passes[first + (kept.selection == nullptr ? i : kept.selection[i])] = 1;
  }));
  filter.null_passes = filter.passes.back() != 0;
  filter.passes.pop_back();
  filter.knows_null = column.validity != nullptr;
  filter.compiled = code != nullptr;
  filter.dictionary = column.data;
  filter.owner = column.owner;
  return kDone;
}

// Keeps the rows whose code passes. False: the loop has to look at the rows themselves.
Result<bool> StageRunner::filter_by_entries(size_t loop, Place& place) {
  if (!entry_filters_[loop].has_value()) return false;
  EntryFilter& filter = *entry_filters_[loop];
  const LoopShape& shape = loops_[loop].shape;
  if (decoded_late_[filter.column]) TRY_STATUS(decode(filter.column, place.domain));
  const Vector& column = columns_[filter.column];
  if (!has_few_entries(filter.column)) return false;
  const bool known = filter.dictionary == column.data && filter.passes.size() >= column.dictionary_rows &&
                     (column.validity == nullptr || filter.knows_null);
  if (!known) TRY_STATUS(find_passing_entries(loop));
  compiled_ |= filter.compiled;
  look_up(column, filter.passes.data(), filter.null_passes ? 1 : 0, place.domain, active_.data());
  const uint32_t rows_in = place.domain.selected;
  keep_active(shape, place);
  note_rows(shape, rows_in, place.domain.selected);
  if (place.domain.selected > 0) TRY_STATUS(decode_in(shape, place.domain));
  return true;
}

}  // namespace headrace
