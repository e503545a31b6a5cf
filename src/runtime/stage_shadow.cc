// A loop run both ways: its machine code into rooms of its own, then the interpreter, whose results go on. What differs is reported, and the
// loop is quarantined.
#include <fmt/format.h>

#include <cstring>

#include "base/check.h"
#include "execute/loop_program.h"
#include "runtime/row_writer.h"
#include "runtime/stage_runner.h"
#include "types/value.h"

namespace headrace {
namespace {

uint32_t row_at(const RowDomain& domain, uint32_t i) { return domain.selection != nullptr ? domain.selection[i] : i; }

bool is_valid(const Slot& slot, uint32_t row) {
  return slot.validity == nullptr || slot.validity[slot.constant ? 0 : row] != 0;
}

const char* bytes_at(const Slot& slot, Type type, uint32_t row) {
  return static_cast<const char*>(slot.data) + uint64_t{slot.constant ? 0 : row} * width_bytes(type.id);
}

// The same bits, but for those of a NaN, which every way out of a query makes one.
bool same_value(Type type, const char* one, const char* other) {
  if (is_text_layout(type)) {
    StringRef left, right;
    std::memcpy(&left, one, sizeof left);
    std::memcpy(&right, other, sizeof right);
    return left.view() == right.view();
  }
  if (std::memcmp(one, other, width_bytes(type.id)) == 0) return true;
  const auto both_nan = [&](auto model) {
    decltype(model) left, right;
    std::memcpy(&left, one, sizeof left);
    std::memcpy(&right, other, sizeof right);
    return left != left && right != right;
  };
  if (type.id == TypeId::kFloat64) return both_nan(double{});
  return type.id == TypeId::kFloat32 && both_nan(float{});
}

std::string shown(const Slot& slot, Type type, uint32_t row) {
  if (!is_valid(slot, row)) return "null";
  const Vector vector{.type = type,
                      .encoding = slot.constant ? Encoding::kConstant : Encoding::kFlat,
                      .data = slot.data,
                      .validity = nullptr,
                      .owner = slot.owner};
  return to_literal(value_at(vector, row));
}

std::string steps_of(const LoopShape& shape) {
  std::string text;
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i) {
    std::string_view name = "filter";
    if (const auto* compute = std::get_if<Compute>(&shape.stage->steps[i].node)) name = compute->kernel->symbol;
    if (const auto* sum = std::get_if<Accumulate>(&shape.stage->steps[i].node)) name = sum->aggregate->symbol;
    if (std::holds_alternative<Decode>(shape.stage->steps[i].node)) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
  }
  return text;
}

}  // namespace

// What the aggregates of a loop would give if nothing came behind this batch.
std::vector<StageRunner::FinishedState> StageRunner::finished_states(const LoopShape& shape) const {
  std::vector<FinishedState> finished;
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i) {
    const auto* step = std::get_if<Accumulate>(&stage_.steps[i].node);
    if (step == nullptr) continue;
    FinishedState one{Type{step->aggregate->result}, false, 0, std::string(16, '\0')};
    alignas(16) char value[16] = {};
    one.valid =
        loop_table().aggregates[step->aggregate->id].finish(call_states_[step->slot].get(), value, one.faults, 0);
    if (one.valid && is_text_layout(one.type)) {
      StringRef text;
      std::memcpy(&text, value, sizeof text);
      one.bytes = text.view();
    } else if (one.valid) {
      one.bytes.assign(value, width_bytes(one.type.id));
    }
    finished.push_back(std::move(one));
  }
  return finished;
}

// Where the two ways differ; empty: nowhere.
std::string StageRunner::difference(const LoopShape& shape, const Shadow& compiled, const Place& place) const {
  const RowDomain& domain = place.domain;
  if (compiled.rows.size() != domain.selected)
    return fmt::format("{} rows pass, interpreted {}", compiled.rows.size(), domain.selected);
  for (uint32_t i = 0; i < domain.selected; ++i)
    if (compiled.rows[i] != row_at(domain, i))
      return fmt::format("row {} passes, interpreted row {}", compiled.rows[i], row_at(domain, i));
  for (size_t output = 0; output < shape.outputs.size(); ++output) {
    const ValueId value = shape.outputs[output];
    const Type type = stage_.values[value].type;
    const Slot &left = compiled.outputs[output], &right = slots_[value];
    for (uint32_t i = 0; i < domain.selected; ++i) {
      const uint32_t row = row_at(domain, i);
      if (right.faults != nullptr && right.faults[row] != 0)
        return fmt::format("no fault in row {} of '{}', interpreted there is one", row, stage_.values[value].name);
      const bool valid = is_valid(left, row);
      if (valid == is_valid(right, row) &&
          (!valid || same_value(type, bytes_at(left, type, row), bytes_at(right, type, row))))
        continue;
      return fmt::format("row {} of '{}': {}, interpreted {}", row, stage_.values[value].name, shown(left, type, row),
                         shown(right, type, row));
    }
  }
  return "";
}

Result<std::string> StageRunner::keep_reproducer(size_t loop, const Place& start, const std::vector<Slot>& before) {
  const LoopShape& shape = loops_[loop].shape;
  if (context_.reproducers.empty() || !context_.make_writer) return std::string();
  const std::string directory =
      fmt::format("{}/{:016x}-{}", context_.reproducers, loops_[loop].shape_hash, context_.world.wall_clock_us());
  TRY_STATUS(context_.world.make_directory(directory));
  const Program program = program_of_loop(shape);
  TRY(file, context_.world.create(directory + "/stage.txt"));
  TRY_STATUS(file->append(to_text(program)));
  TRY_STATUS(file->close());
  Batch batch{.rows = start.domain.selected, .columns = {}, .morsel = 0, .sequence = 0};
  Schema schema;
  std::vector<std::shared_ptr<ScratchColumn>> rooms;
  for (const ValueId input : shape.inputs) {
    const Slot& slot = before[input];
    const StageValue& value = stage_.values[input];
    schema.push_back({value.name, value.type, value.nullable});
    rooms.push_back(std::make_shared<ScratchColumn>(value.type.id));
    const uint32_t width = width_bytes(value.type.id);
    for (uint32_t i = 0; i < batch.rows; ++i) {
      const uint32_t row = row_at(start.domain, i);
      std::memcpy(static_cast<char*>(rooms.back()->data) + uint64_t{i} * width, bytes_at(slot, value.type, row), width);
      rooms.back()->validity[i] = is_valid(slot, row) ? 1 : 0;
    }
    batch.columns.push_back({.type = value.type,
                             .data = rooms.back()->data,
                             .validity = slot.validity != nullptr ? rooms.back()->validity : nullptr,
                             .owner = rooms.back()});
  }
  WriteRequest request;
  request.path = directory + "/rows.arrow";
  request.format = "arrow";
  request.schema = schema;
  TRY(writer, context_.make_writer(request, context_.world, context_.budget));
  TRY_STATUS(writer->write(batch));
  TRY_STATUS(writer->finish());
  return directory;
}

Status StageRunner::run_both(size_t loop, const CompiledLoop& code, Place& place) {
  const LoopShape& shape = loops_[loop].shape;
  const Place start = place;
  const std::vector<Slot> before = slots_;
  const std::vector<bool> borrowed_before = borrowed_;
  if (!call_compiled(loops_[loop], code, place)) return interpret(shape, place);
  if (shape.has_filter) keep_active(shape, place);
  Shadow compiled;
  for (uint32_t i = 0; i < place.domain.selected; ++i) compiled.rows.push_back(row_at(place.domain, i));
  for (const ValueId output : shape.outputs) compiled.outputs.push_back(slots_[output]);
  compiled.states = finished_states(shape);
  slots_ = before;
  borrowed_ = borrowed_before;
  place = start;
  const uint32_t faults_before = faults_noted_;
  shadow_states_.clear();
  compares_ = true;
  Status interpreted = interpret(shape, place);
  compares_ = false;
  TRY_STATUS(std::move(interpreted));
  std::string found = difference(shape, compiled, place);
  if (found.empty() && faults_noted_ != faults_before) found = "no row faults, interpreted one does";
  if (found.empty() && compiled.states != shadow_states_) found = "an aggregate of the batch differs";
  shadowed_ = true;
  counters_.loops_shadowed.fetch_add(1, std::memory_order_relaxed);
  if (found.empty()) {
    if (const auto& turns = loops_[loop].turns_to_trust) turns->fetch_sub(1, std::memory_order_relaxed);
    return kDone;
  }
  Miscompiled wrong{loops_[loop].shape_hash, steps_of(shape), found, ""};
  if (context_.trust == nullptr || context_.trust->quarantine(wrong.shape_hash)) {
    if (auto directory = keep_reproducer(loop, start, before); directory.ok()) wrong.reproducer = directory.value();
    if (context_.trust != nullptr) context_.trust->remember(wrong);
  }
  return Error{
      ErrorCode::kMiscompiled,
      fmt::format("machine code gave another answer than the interpreter: {} (steps {})", wrong.found, wrong.loop),
      fmt::format("loop #{}-#{}", shape.interval.first, shape.interval.last - 1),
      wrong.reproducer.empty() ? "the loop is quarantined; run the query again"
                               : fmt::format("the loop is quarantined; headrace replay {} shows it", wrong.reproducer)};
}

}  // namespace headrace
