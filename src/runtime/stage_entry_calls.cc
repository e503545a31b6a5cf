// Functions of one value that comes with codes run once for the entries of its dictionary; their results have the same codes.
#include <algorithm>
#include <array>
#include <cstring>

#include "fuse/contracts.h"
#include "runtime/stage_runner.h"
#include "state/buffer.h"
#include "state/exhausted.h"
#include "types/with_layout.h"

namespace headrace {

// Nothing but pure functions of one value, none of which can fault: an entry that no row refers to must not.
bool StageRunner::calls_one_column(const LoopShape& shape) const {
  if (shape.inputs.size() != 1 || shape.outputs.empty() || shape.has_filter) return false;
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i) {
    const Step& step = stage_.steps[i];
    if (std::holds_alternative<Decode>(step.node)) continue;
    const auto* compute = std::get_if<Compute>(&step.node);
    if (compute == nullptr || !gives_the_same_anywhere(stage_, *compute)) return false;
    if (is_nested(stage_.values[compute->out].type.id)) return false;
  }
  return true;
}

// False: the loop has to look at the rows themselves. A dictionary is worth a run once its codes have come for as many rows as it has
// entries: so no input costs more than twice the better way.
Result<bool> StageRunner::compute_by_entries(size_t loop, Place& place) {
  if (!entry_calls_[loop].has_value()) return false;
  EntryCalls& calls = *entry_calls_[loop];
  const LoopShape& shape = loops_[loop].shape;
  if (decoded_late_[calls.column]) TRY_STATUS(decode(calls.column, place.domain));
  const Vector& column = columns_[calls.column];
  if (!has_few_entries(calls.column)) return false;
  if (calls.dictionary != column.data || (calls.computed && calls.entries < column.dictionary_rows)) {
    calls.dictionary = column.data;
    calls.owner = column.owner;
    calls.rows_seen = 0;
    calls.computed = false;
  }
  if (!calls.computed || (column.validity != nullptr && !calls.knows_null)) {
    calls.rows_seen += place.domain.selected;
    if (calls.rows_seen < column.dictionary_rows) return false;
    TRY_STATUS(compute_entries(loop));
  }
  compiled_ |= calls.compiled;
  give_results(shape, calls, place.domain.rows);
  note_rows(shape, place.domain.selected, place.domain.selected);
  TRY_STATUS(decode_in(shape, place.domain));
  return true;
}

// Runs the loop for the entries of the column's dictionary, and for a null where it has some.
Status StageRunner::compute_entries(size_t loop) {
  EntryCalls& calls = *entry_calls_[loop];
  const LoopShape& shape = loops_[loop].shape;
  const Vector column = columns_[calls.column];
  const CompiledLoop* const code = code_of(loop);
  const uint32_t entries = column.dictionary_rows;
  calls.computed = false;
  calls.entries = entries;
  calls.knows_null = column.validity != nullptr;
  calls.compiled = code != nullptr;
  TRY_STATUS(make_room_for_results(shape, calls, column));
  Arena* const texts_before = std::exchange(kernel_context_.arena, &calls.texts->arena);
  Status status = run_for_entries(loop, code, calls.column, [&](uint32_t first, const Place& place) {
    for (size_t output = 0; output < shape.outputs.size(); ++output)
      take_results(calls.results[output], interpreter_.slot_of(Operand{false, shape.outputs[output]}, slots_), first,
                   place.domain.rows, entries);
  });
  kernel_context_.arena = texts_before;
  TRY_STATUS(std::move(status));
  if (calls.texts->arena.exhausted()) return exhausted(calls.texts->reservation, "raise memory_limit");
  calls.computed = true;
  return kDone;
}

Status StageRunner::make_room_for_results(const LoopShape& shape, EntryCalls& calls, const Vector& column) {
  const uint32_t entries = column.dictionary_rows + (calls.knows_null ? 1 : 0);
  calls.texts = std::make_shared<AccountedArena>(context_.budget);
  calls.results.clear();
  for (const ValueId value : shape.outputs) {
    const Type type = stage_.values[value].type;
    TRY(room, Buffer::allocate(context_.budget, "results of entries", uint64_t{entries} * width_bytes(type.id)));
    EntryResult result;
    result.room = room;
    result.values.type = type;
    result.values.encoding = Encoding::kDictionary;
    result.values.data = room->data();
    result.values.dictionary_rows = entries;
    using Kept = std::array<std::shared_ptr<const void>, 3>;
    result.values.owner = std::make_shared<Kept>(Kept{room, calls.texts, column.owner});
    calls.results.push_back(std::move(result));
  }
  return kDone;
}

// What the loop computed for entries first … first + rows - 1, or, at `entries`, for a null.
void StageRunner::take_results(EntryResult& result, const Slot& slot, uint32_t first, uint32_t rows, uint32_t entries) {
  const uint32_t width = width_bytes(result.values.type.id);
  auto* to = static_cast<char*>(result.room->data()) + uint64_t{first} * width;
  for (uint32_t i = 0; slot.constant && i < rows; ++i) std::memcpy(to + uint64_t{i} * width, slot.data, width);
  if (!slot.constant) std::memcpy(to, slot.data, uint64_t{rows} * width);
  if (slot.validity == nullptr) return;
  result.are_valid.resize(result.values.dictionary_rows, 1);
  const bool of_null = first == entries;
  for (uint32_t i = 0; i < rows; ++i) {
    const uint8_t valid = slot.validity[slot.constant ? 0 : i];
    result.are_valid[first + i] = valid;
    if (valid == 0) (of_null ? result.null_gives_null : result.entry_gives_null) = true;
  }
}

// The batch's values of the loop's outputs: the column's codes, with the results as their dictionary.
void StageRunner::give_results(const LoopShape& shape, const EntryCalls& calls, uint32_t rows) {
  const Vector& column = columns_[calls.column];
  for (size_t output = 0; output < shape.outputs.size(); ++output) {
    const ValueId value = shape.outputs[output];
    const EntryResult& result = calls.results[output];
    Vector vector = result.values;
    vector.codes = column.codes;
    std::array<std::shared_ptr<const void>, 3> kept{result.values.owner, column.owner, nullptr};
    if (!result.entry_gives_null && (column.validity == nullptr || result.null_gives_null)) {
      vector.validity = column.validity;
    } else {
      const auto& room = code_rooms_[value].get([&] { return std::make_shared<ScratchColumn>(TypeId::kUInt32); });
      auto* codes = static_cast<uint32_t*>(room->data);
      for (uint32_t row = 0; row < rows; ++row) {
        codes[row] = column.is_valid(row) ? column.codes[row] : calls.entries;
        room->validity[row] = result.are_valid.empty() ? 1 : result.are_valid[codes[row]];
      }
      vector.codes = codes;
      vector.validity = result.are_valid.empty() ? nullptr : room->validity;
      kept[2] = room;
    }
    vector.owner = std::make_shared<std::array<std::shared_ptr<const void>, 3>>(std::move(kept));
    columns_[value] = std::move(vector);
    slots_[value] = {};
  }
}

}  // namespace headrace
