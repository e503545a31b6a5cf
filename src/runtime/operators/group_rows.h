// runtime/operators/group_rows.h — groups as rows in memory, as state batches in files, and as result batches.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/operator.h"
#include "runtime/operators/aggregate_states.h"
#include "state/buffer.h"
#include "state/group_table.h"

namespace headrace {

// What is fixed about one grouped aggregation. Shared by its tables, files and results.
struct GroupShape {
  Schema keys;
  AggregateStates states;
  GroupLayout layout;
  Schema state_schema;  // key columns, then one utf8 column per aggregate with the state's bytes
  Schema output;

  GroupShape(const struct AggregateSink& spec, const Schema& input, Schema output_schema);
};

// A group table with its own account.
struct Groups {
  std::shared_ptr<const GroupShape> shape;
  Reservation reservation;
  GroupTable table;

  Groups(std::shared_ptr<const GroupShape> group_shape, MemoryBudget& budget)
      : shape(std::move(group_shape)), reservation(budget, "aggregate"), table(shape->layout, reservation) {}
  // Merges the states of `row`, of this or another table, into `to`.
  void merge_states(char* to, const char* row) {
    shape->states.merge(to, row, shape->layout.state_offsets.data(), table.arena());
  }
};

// Writes groups as state batches.
Status write_state(const GroupShape& shape, const char* const* rows, uint64_t count, StateWriter& to);

// Merges state batches into groups.
class StateMerger {
 public:
  explicit StateMerger(Groups& groups);
  // False when memory is out: some rows of the batch are merged, others not. kBadInput when a state is damaged.
  Result<bool> merge(const Batch& batch);

 private:
  Groups& groups_;
  KeyBatch keys_;
  Flattener flattener_;
  std::vector<char*> rows_;
  std::vector<char> one_row_;  // [row_bytes]: a state that was read, before it is merged
};

// The result batch of at most limits::kVectorRowsMax groups; `keep` owns the rows and their strings. kFault, kLimit.
Result<Batch> result_batch(const GroupShape& shape, const char* const* rows, uint32_t count, MemoryBudget& budget,
                           std::shared_ptr<const void> keep);

}  // namespace headrace
