#include "runtime/operators/aggregate_states.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"
#include "kernel/faults.h"
#include "runtime/operators/keep.h"
#include "state/buffer.h"

namespace headrace {

namespace {

constexpr auto kRowNumbers = [] {
  std::array<uint16_t, limits::kVectorRowsMax> numbers{};
  for (uint32_t row = 0; row < numbers.size(); ++row) numbers[row] = static_cast<uint16_t>(row);
  return numbers;
}();

}  // namespace

AggregateStates::AggregateStates(const std::vector<GroupAggregate>& aggregates, const Schema& input) {
  for (const GroupAggregate& aggregate : aggregates) {
    CHECK(!aggregate.column || *aggregate.column < input.size());
    const bool decimal = aggregate.column && is_decimal(input[*aggregate.column].type);
    aggregates_.push_back({aggregate.overload, &loop_table().aggregates[aggregate.overload->id], aggregate.column,
                           aggregate.result, decimal ? input[*aggregate.column].type.scale : 0,
                           aggregate.faults_become_null});
  }
}

std::vector<StateSlot> AggregateStates::slots() const {
  std::vector<StateSlot> slots;
  for (const One& one : aggregates_) slots.push_back({one.overload->state_bytes, one.overload->state_alignment});
  return slots;
}

void AggregateStates::update(const Batch& batch, const uint16_t* selection, uint32_t first, uint32_t last,
                             char* const* rows, const uint32_t* offsets, Flattener& flattener, Arena& arena) const {
  if (first >= last) return;
  KernelContext context{&arena};
  AggregateArguments arguments;
  arguments.rows = batch.rows;
  arguments.context = &context;
  if (selection != nullptr || first > 0 || last < batch.rows) {
    arguments.selection = (selection != nullptr ? selection : kRowNumbers.data()) + first;
    arguments.selected = last - first;
  }
  for (uint32_t i = 0; i < aggregates_.size(); ++i) {
    arguments.data = nullptr;
    arguments.validity = nullptr;
    arguments.constant = false;
    if (aggregates_[i].column) {
      const Vector& column = batch.columns[*aggregates_[i].column];
      arguments.constant = column.encoding == Encoding::kConstant;
      const FlatColumn flat =
          arguments.constant ? FlatColumn{column.data, column.validity} : flattener.flatten(column, batch.rows);
      arguments.data = flat.values;
      arguments.validity = flat.validity;
    }
    aggregates_[i].functions->update_grouped(rows + first, offsets[i], arguments);
  }
}

void AggregateStates::merge(char* to, const char* from, const uint32_t* offsets, Arena& arena) const {
  KernelContext context{&arena};
  for (uint32_t i = 0; i < aggregates_.size(); ++i) {
    aggregates_[i].functions->merge(to + offsets[i], from + offsets[i], context);
  }
}

Result<Vector> AggregateStates::finish(uint32_t aggregate, const char* const* rows, uint32_t count, uint32_t offset,
                                       MemoryBudget& budget, std::shared_ptr<const void> keep) const {
  const One& one = aggregates_[aggregate];
  const uint32_t width = width_bytes(one.result.id);
  const uint64_t values_bytes = (uint64_t{count} * width + 63) / 64 * 64;
  TRY(buffer, Buffer::allocate(budget, "aggregate", values_bytes + count));
  char* values = static_cast<char*>(buffer->data());
  auto* validity = reinterpret_cast<uint8_t*>(values + values_bytes);
  uint32_t faults = 0;
  bool nulls = false;
  for (uint32_t i = 0; i < count; ++i) {
    std::memset(values + uint64_t{i} * width, 0, width);
    uint32_t own = 0;
    bool valid = one.functions->finish(rows[i] + offset, values + uint64_t{i} * width, own, one.scale);
    if (one.faults_become_null && (own & ~uint32_t{Faults::kMemory}) != 0) {
      valid = false;
      own &= Faults::kMemory;
    }
    faults |= own;
    validity[i] = valid ? 1 : 0;
    nulls |= !valid;
  }
  if ((faults & Faults::kMemory) != 0) {
    return Error{ErrorCode::kLimit,
                 fmt::format("aggregate: no memory was left for the state of {}", one.overload->aggregate->sql), "",
                 "raise memory_limit, or lower threads"};
  }
  if (faults != 0) {
    return Error{ErrorCode::kFault,
                 fmt::format("{}: {} (the result does not fit {})", one.overload->aggregate->sql, fault_name(faults),
                             to_text(one.result)),
                 "", "cast the argument to a wider type first"};
  }
  Vector vector;
  vector.type = one.result;
  vector.data = values;
  vector.validity = nulls ? validity : nullptr;
  vector.owner = keep_both(std::move(buffer), std::move(keep));
  return vector;
}

Status AggregateStates::deserialize(uint32_t aggregate, char* state, std::string_view from, Arena& arena) const {
  KernelContext context{&arena};
  if (aggregates_[aggregate].functions->deserialize(state, from, context)) return kDone;
  return Error{
      ErrorCode::kBadInput,
      fmt::format("the saved state of {} is damaged ({} bytes)", aggregates_[aggregate].overload->symbol, from.size()),
      "", "restore from an older checkpoint"};
}

}  // namespace headrace
