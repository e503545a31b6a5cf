// runtime/operators/aggregate_all.h — aggregates without keys: one state per aggregate and worker, one output row always.
//
//   in      nothing: the runtime's Accumulate steps merge the states of each batch that is free of faults into state(slot)
//   out     one row, a column per aggregate
//   errors  kFault: a result does not fit its type
//   source  SinkSpec::input holds the arguments' types by GroupAggregate::column, as for a grouped aggregation
#pragma once

#include <memory>
#include <mutex>

#include "runtime/operator.h"
#include "runtime/operators/aggregate_states.h"

namespace headrace {

// A worker's states.
class AggregateAllLocal final : public Local {
 public:
  AggregateAllLocal(const AggregateStates& states, MemoryBudget& budget);

  // AggregateOverload::state_bytes of slot `slot`, initialised.
  void* state(uint32_t slot) { return row_ + offsets_[slot]; }
  // For KernelContext in merges into the states.
  Arena& arena() { return arena_; }
  WorkerStates states() override;

 private:
  friend class AggregateAll;
  Reservation reservation_;
  Arena arena_;
  std::vector<uint32_t> offsets_;
  std::vector<char> memory_;
  char* row_;  // in memory_, 16-byte aligned
};

class AggregateAll final : public Sink {
 public:
  AggregateAll(const struct AggregateAllSink& spec, const Schema& input, QueryContext& context);

  std::unique_ptr<Local> local() override;
  Status consume(uint32_t, const Batch&, Local&) override { return kDone; }
  Status merge(std::unique_ptr<Local> one) override;
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;

  // The state is one row; it belongs to the key groups that begin at 0.
  Status save(KeyGroups groups, StateWriter& to) const override;
  Status load(StateReader& from) override;
  const Schema& state_schema() const override { return state_schema_; }

 private:
  const AggregateStates states_;
  QueryContext& context_;
  Schema state_schema_;
  std::mutex mutex_;  // guards total_ while locals are merged
  std::shared_ptr<AggregateAllLocal> total_;
  Batch result_;
  bool finished_ = false;
};

}  // namespace headrace
