// runtime/operators/aggregate_states.h — the aggregates of one sink over states that lie in rows: update, merge, finish, and
// the form in which states are spilled and saved.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fuse/stage.h"
#include "kernel/loops.h"
#include "state/flatten.h"
#include "state/group_table.h"
#include "types/batch.h"

namespace headrace {

class AggregateStates {
 public:
  // `input` is the schema of the batches.
  AggregateStates(const std::vector<GroupAggregate>& aggregates, const Schema& input);

  uint32_t count() const { return static_cast<uint32_t>(aggregates_.size()); }
  std::vector<StateSlot> slots() const;
  void initialize(uint32_t aggregate, void* state) const { aggregates_[aggregate].functions->init(state); }

  // Adds row i of the batch to the states in rows[i], for i in [first, last); with a selection, row selection[i].
  //   offsets  [count()] of each state in a row
  void update(const Batch& batch, const uint16_t* selection, uint32_t first, uint32_t last, char* const* rows,
              const uint32_t* offsets, Flattener& flattener, Arena& arena) const;
  void merge_one(uint32_t aggregate, char* to, const char* from, Arena& arena) const {
    KernelContext context{&arena};
    aggregates_[aggregate].functions->merge(to, from, context);
  }
  void merge(char* to, const char* from, const uint32_t* offsets, Arena& arena) const;
  // The result of each row as one column that shares `keep` (what owns the rows and their arena); kFault when a result does
  // not fit its type, kLimit.
  Result<Vector> finish(uint32_t aggregate, const char* const* rows, uint32_t count, uint32_t offset,
                        MemoryBudget& budget, std::shared_ptr<const void> keep) const;

  void serialize(uint32_t aggregate, const char* state, std::string& to) const {
    aggregates_[aggregate].functions->serialize(state, to);
  }
  // kBadInput when the bytes are damaged.
  Status deserialize(uint32_t aggregate, char* state, std::string_view from, Arena& arena) const;

 private:
  struct One {
    const AggregateOverload* overload;
    const AggregateFunctions* functions;
    std::optional<uint32_t> column;
    Type result;
    int32_t scale;  // of a decimal argument, else 0
    bool faults_become_null;
  };
  std::vector<One> aggregates_;
};

}  // namespace headrace
