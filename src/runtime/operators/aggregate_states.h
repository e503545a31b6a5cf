// runtime/operators/aggregate_states.h — the aggregates of one sink over states that lie in rows: update, merge, finish, and
// the form in which states are spilled and saved.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "fuse/stage.h"
#include "kernel/loops.h"
#include "runtime/operators/few_groups.h"
#include "runtime/operators/group_row_list.h"
#include "state/flatten.h"
#include "state/group_table.h"
#include "types/batch.h"

namespace headrace {

// A worker's scratch for update().
struct AggregateScratch {
  std::array<Flattener, kAggregateArgumentsMax> arguments;
  FewGroups groups;
  std::vector<std::unique_ptr<GroupRowList::Encoder>> rows;  // by aggregate, of those that keep their rows
};

class AggregateStates {
 public:
  // `input` is the schema of the batches. With `share`, aggregates of one family (kernel/function.h) over the same columns have
  // one state: the first's.
  AggregateStates(const std::vector<GroupAggregate>& aggregates, const Schema& input, bool share = false);

  uint32_t count() const { return static_cast<uint32_t>(aggregates_.size()); }
  std::vector<StateSlot> slots() const;
  void initialize(uint32_t aggregate, void* state) const {
    const One& one = aggregates_[aggregate];
    if (one.shares) return;
    one.rows != nullptr ? one.rows->init(state) : one.functions->init(state);
  }
  AggregateScratch scratch() const;
  // The aggregate whose state this one has; nullopt: its own.
  std::optional<uint32_t> shares(uint32_t aggregate) const { return aggregates_[aggregate].shares; }

  // Adds row i of the batch to the states in rows[i], for i in [first, last); with a selection, row selection[i].
  //   offsets  [count()] of each state in a row
  void update(uint32_t input, const Batch& batch, const uint16_t* selection, uint32_t first, uint32_t last,
              char* const* rows, const uint32_t* offsets, AggregateScratch& scratch, Arena& arena) const;
  void merge_one(uint32_t aggregate, char* to, const char* from, Arena& arena) const {
    const One& one = aggregates_[aggregate];
    if (one.shares) return;
    if (one.rows != nullptr) return one.rows->merge(to, from, arena);
    KernelContext context{&arena};
    one.functions->merge(to, from, context);
  }
  void merge(char* to, const char* from, const uint32_t* offsets, Arena& arena) const;
  // The result of each row as one column that shares `keep` (what owns the rows and their arena); kFault when a result does
  // not fit its type, kLimit.
  Result<Vector> finish(uint32_t aggregate, const char* const* rows, uint32_t count, uint32_t offset,
                        MemoryBudget& budget, std::shared_ptr<const void> keep) const;

  void serialize(uint32_t aggregate, const char* state, std::string& to) const {
    const One& one = aggregates_[aggregate];
    if (one.shares) return;
    one.rows != nullptr ? one.rows->serialize(state, to) : one.functions->serialize(state, to);
  }
  // kBadInput when the bytes are damaged.
  Status deserialize(uint32_t aggregate, char* state, std::string_view from, Arena& arena) const;

 private:
  std::optional<uint32_t> shared_state(const GroupAggregate& aggregate) const;
  struct One {
    const AggregateOverload* overload;
    const AggregateFunctions* functions;
    std::vector<uint32_t> columns;
    std::shared_ptr<const GroupRowList> rows;  // of those that keep them (fuse/stage.h: keeps_rows); else nullptr
    std::optional<uint32_t> shares;
    Type result;
    int32_t scale;  // of a decimal argument, else 0
    bool faults_become_null;
  };
  std::vector<One> aggregates_;
};

}  // namespace headrace
