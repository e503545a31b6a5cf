// runtime/stage_runner.h — runs a stage's steps over batches for one worker, each loop in whichever tier has code for it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "execute/interpret/interpreter.h"
#include "execute/loop.h"
#include "runtime/join_table.h"
#include "runtime/operator.h"

namespace headrace {

// One interval of the stage: its code appears here when the compiler is done. Shared by all workers of the query.
struct StageLoop {
  LoopShape shape;
  const std::atomic<LoopCode>* code = nullptr;  // nullptr: this loop is always interpreted
};

// What the workers of one stage counted; relaxed.
struct StageCounters {
  std::atomic<uint64_t> rows_in{0}, rows_out{0}, batches{0};
  std::atomic<uint64_t> morsels_interpreted{0}, morsels_compiled{0};
  std::atomic<uint64_t> loops_rerun{0};  // compiled loops whose batch was run again because a fault bit was set
  std::atomic<uint64_t> busy_ns{0};
};

// Where Accumulate steps leave their results: a worker's states by slot, and the arena for what they keep.
struct WorkerStates {
  std::vector<void*> by_slot;
  KernelContext context{nullptr};
};

// Everything is for one worker. What it points to outlives it.
class StageRunner {
 public:
  StageRunner(const Stage& stage, const std::vector<StageLoop>& loops, const std::vector<const JoinTable*>& tables,
              QueryContext& context, StageCounters& counters);

  // Runs the steps over `in` and hands dense batches to `emit`, in order, with in's morsel and a sequence that counts up
  // within the morsel. Accumulate steps merge into `states` once a loop's rows are known to be free of faults.
  // Under the policy `fail`, the first row of `in` that faults is returned after the rows before it were emitted.
  Result<std::optional<RowFault>> run(const Batch& in, const Emit& emit, WorkerStates& states);

  bool compiled_last_run() const { return compiled_; }  // some loop of the last run was machine code

 private:
  struct Place;  // a row domain and how it maps to rows of the batch
  Status run_from(size_t loop, const Place& place);
  Status interpret(const LoopShape& shape, Place& place);
  bool run_compiled(const StageLoop& loop, LoopCode code, Place& place);
  Status probe(const Probe& step, size_t loop, const Place& place);
  Status deliver(const Place& place);
  void note_fault(const Place& place, const RowFault& fault);
  void load(const Batch& in);
  void flatten(ValueId value, uint32_t rows);
  Vector vector_of(Operand operand);
  void begin_states(const LoopShape& shape);
  void merge_states(const LoopShape& shape);

  const Stage& stage_;
  const std::vector<StageLoop>& loops_;
  const std::vector<const JoinTable*>& tables_;  // by sink
  QueryContext& context_;
  StageCounters& counters_;
  const bool faults_become_null_;
  const std::shared_ptr<const ConstantPool> constants_;
  Interpreter interpreter_;
  std::vector<Slot> slots_;
  struct AccountedArena {
    explicit AccountedArena(MemoryBudget& budget) : reservation(budget, "string results"), arena(&reservation) {}
    Reservation reservation;
    Arena arena;
  };
  Reused<AccountedArena> arenas_;
  KernelContext kernel_context_{nullptr};
  std::vector<std::unique_ptr<JoinTable::ProbeState>> probe_states_;  // by step
  std::vector<std::unique_ptr<uint16_t[]>> selections_;  // by step: a filter's or a probe's rows
  std::vector<std::unique_ptr<uint16_t[]>> origins_;  // by step: a probe's rows of the batch
  std::vector<Reused<ScratchColumn>> compacted_;  // by output
  std::vector<std::unique_ptr<char[]>> call_states_;  // by accumulate slot
  std::vector<uint8_t> active_;

  // of the run in progress
  const Batch* in_ = nullptr;
  const Emit* emit_ = nullptr;
  WorkerStates* states_ = nullptr;
  std::optional<RowFault> fault_;
  uint64_t morsel_ = ~uint64_t{0};
  uint64_t sequence_ = 0;
  std::shared_ptr<AccountedArena> arena_;
  bool compiled_ = false;
};

}  // namespace headrace
