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

constexpr uint32_t kFewGroupsRowsMin = 64;  // below, sorting rows by group costs more than it saves

}  // namespace

AggregateStates::AggregateStates(const std::vector<GroupAggregate>& aggregates, const Schema& input, bool share) {
  for (const GroupAggregate& aggregate : aggregates) {
    for (const uint32_t column : aggregate.columns) CHECK(column < input.size());
    const Type first = aggregate.columns.empty() ? kNullType : input[aggregate.columns[0]].type;
    aggregates_.push_back({aggregate.overload, &loop_table().aggregates[aggregate.overload->id], aggregate.columns,
                           keeps_rows(aggregate) ? std::make_shared<const GroupRowList>(aggregate, input) : nullptr,
                           share ? shared_state(aggregate) : std::nullopt, aggregate.result,
                           is_decimal(first) ? first.scale : 0, aggregate.faults_become_null});
  }
}

// The aggregate before it whose state is the same: sum(x) has what avg(x) needs.
std::optional<uint32_t> AggregateStates::shared_state(const GroupAggregate& aggregate) const {
  for (uint32_t i = 0; i < aggregates_.size() && !keeps_rows(aggregate); ++i) {
    const One& one = aggregates_[i];
    if (one.rows == nullptr && !one.shares && one.overload->state_family == aggregate.overload->state_family &&
        one.columns == aggregate.columns)
      return i;
  }
  return std::nullopt;
}

std::vector<StateSlot> AggregateStates::slots() const {
  std::vector<StateSlot> slots;
  for (const One& one : aggregates_)
    slots.push_back(one.shares            ? StateSlot{0, 1}
                    : one.rows != nullptr ? StateSlot{sizeof(RowListState), alignof(RowListState)}
                                          : StateSlot{one.overload->state_bytes, one.overload->state_alignment});
  return slots;
}

AggregateScratch AggregateStates::scratch() const {
  AggregateScratch scratch;
  for (const One& one : aggregates_) scratch.rows.push_back(one.rows != nullptr ? one.rows->encoder() : nullptr);
  return scratch;
}

void AggregateStates::update(uint32_t input, const Batch& batch, const uint16_t* selection, uint32_t first,
                             uint32_t last, char* const* rows, const uint32_t* offsets, AggregateScratch& scratch,
                             Arena& arena) const {
  if (first >= last) return;
  KernelContext context{&arena};
  AggregateArguments arguments;
  arguments.rows = batch.rows;
  arguments.context = &context;
  const bool few = last - first >= kFewGroupsRowsMin && scratch.groups.assign(rows, selection, first, last);
  if (!few && (selection != nullptr || first > 0 || last < batch.rows)) {
    arguments.selection = (selection != nullptr ? selection : kRowNumbers.data()) + first;
    arguments.selected = last - first;
  }
  for (uint32_t i = 0; i < aggregates_.size(); ++i) {
    const One& one = aggregates_[i];
    if (one.shares.has_value()) continue;
    if (one.rows != nullptr) {
      one.rows->update(input, batch, selection, first, last, rows, offsets[i], *scratch.rows[i], arena);
      continue;
    }
    arguments.constant_mask = 0;
    for (size_t at = 0; at < one.columns.size(); ++at) {
      const Vector& column = batch.columns[one.columns[at]];
      const bool constant = column.encoding == Encoding::kConstant;
      const FlatColumn flat =
          constant ? FlatColumn{column.data, column.validity} : scratch.arguments[at].flatten(column, batch.rows);
      arguments.constant_mask |= constant ? 1u << at : 0u;
      arguments.data[at] = flat.values;
      arguments.validity[at] = flat.validity;
    }
    if (!few) {
      one.functions->update_grouped(rows + first, offsets[i], arguments);
      continue;
    }
    for (uint32_t group = 0; group < scratch.groups.count(); ++group) {
      const std::span<const uint16_t> of_group = scratch.groups.rows(group);
      const bool all = of_group.size() == batch.rows;
      arguments.selection = all ? nullptr : of_group.data();
      arguments.selected = static_cast<uint32_t>(of_group.size());
      one.functions->update_one(scratch.groups.group(group) + offsets[i], arguments);
    }
  }
}

void AggregateStates::merge(char* to, const char* from, const uint32_t* offsets, Arena& arena) const {
  for (uint32_t i = 0; i < aggregates_.size(); ++i) merge_one(i, to + offsets[i], from + offsets[i], arena);
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
  // What results of kept rows lie in: the rows themselves, and this.
  struct Made {
    Reservation reservation;
    Arena arena;
    explicit Made(MemoryBudget& of) : reservation(of, "aggregate"), arena(&reservation) {}
  };
  const std::shared_ptr<Made> made = one.rows != nullptr ? std::make_shared<Made>(budget) : nullptr;
  for (uint32_t i = 0; i < count; ++i) {
    std::memset(values + uint64_t{i} * width, 0, width);
    uint32_t own = 0;
    bool valid = false;
    if (one.rows != nullptr) {
      TRY(found, one.rows->finish(rows[i] + offset, values + uint64_t{i} * width, own, one.scale, made->reservation,
                                  made->arena));
      valid = found;
    } else {
      valid = one.functions->finish(rows[i] + offset, values + uint64_t{i} * width, own, one.scale);
    }
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
  vector.owner = keep_both(std::move(buffer), made != nullptr ? keep_both(made, std::move(keep)) : std::move(keep));
  return vector;
}

Status AggregateStates::deserialize(uint32_t aggregate, char* state, std::string_view from, Arena& arena) const {
  const One& one = aggregates_[aggregate];
  KernelContext context{&arena};
  const bool sound = one.shares            ? from.empty()  // its state is another's
                     : one.rows != nullptr ? one.rows->deserialize(state, from, arena)
                                           : one.functions->deserialize(state, from, context);
  if (sound) return kDone;
  return Error{
      ErrorCode::kBadInput,
      fmt::format("the saved state of {} is damaged ({} bytes)", aggregates_[aggregate].overload->symbol, from.size()),
      "", "restore from an older checkpoint"};
}

}  // namespace headrace
