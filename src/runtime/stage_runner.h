// runtime/stage_runner.h — runs a stage's steps over batches for one worker, each loop in whichever tier has code for it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/raise_to.h"
#include "execute/interpret/describe_fault.h"
#include "execute/interpret/interpreter.h"
#include "execute/loop.h"
#include "runtime/filter_order.h"
#include "runtime/join_table.h"
#include "runtime/loop_measures.h"
#include "runtime/operator.h"
#include "runtime/stage_planner.h"
#include "runtime/stage_work.h"
#include "state/buffer.h"

namespace headrace {

// What the workers of one stage counted; relaxed.
struct StageCounters {
  std::atomic<uint64_t> rows_in{0}, rows_out{0}, batches{0};
  std::atomic<uint64_t> morsels_interpreted{0}, morsels_compiled{0};
  std::atomic<uint64_t> loops_rerun{0};  // compiled loops whose batch was run again because a fault bit was set
  std::atomic<uint64_t> loops_shadowed{0};  // loops of a batch that were run both ways
  std::atomic<uint64_t> busy_ns{0}, busiest_lane_ns{0};  // of all lanes, and of the one that had most to do
  std::atomic<uint64_t> filter_changes{0};  // of the order in which a worker runs filters
  std::atomic<uint64_t> queue_looks{0}, queue_depths{0}, queue_depth_max{0};  // when a morsel was claimed

  void note_queue(uint64_t depth) {
    queue_looks.fetch_add(1, std::memory_order_relaxed);
    queue_depths.fetch_add(depth, std::memory_order_relaxed);
    raise_to(queue_depth_max, depth);
  }
};

// A faulting row of a batch, in words for people.
struct DescribedFault {
  RowFault fault;  // row: of the batch
  FaultDescription description;
};

// Where the rows that a runner emits go: into a sink that keeps them, out of the query, or on to stages that read them as they come.
// Out of the query every NaN gets the same bits. To other stages columns go as the source gave them, where all rows do: with codes of
// whatever dictionary, or not decoded at all.
enum class RowsGo : uint8_t { kIn, kOut, kOn };

// Everything is for one worker. What it points to outlives it. `work` nullptr: nobody asks what parts cost.
class StageRunner {
 public:
  StageRunner(const Stage& stage, const std::vector<StageLoop>& loops, const std::vector<const JoinTable*>& tables,
              RowsGo rows_go, QueryContext& context, StageCounters& counters, StageWork* work = nullptr);

  // Runs the steps over `in` and hands dense batches to `emit`, in order, with in's morsel and a sequence that counts up
  // within the morsel. Accumulate steps merge into `states` once a loop's rows are known to be free of faults.
  // Under the policy `fail`, the first row of `in` that faults is returned after the rows before it were emitted.
  // `reader` gave the batch, and decodes what it left out; nullptr: it left out nothing.
  Result<std::optional<DescribedFault>> run(const Batch& in, MorselReader* reader, const Emit& emit,
                                            WorkerStates& states);

  // What run() does is measured there, by loop; nullptr: no more.
  void measure(LoopMeasures* measures) { measures_ = measures; }
  // The batches of a morsel that another runner has begun are numbered on.
  void continue_morsel(const StageRunner& other) {
    morsel_ = other.morsel_;
    sequence_ = other.sequence_;
  }

  // Whether run() runs each loop that has machine code by the interpreter too, whose results go on; those that are new it does in any case.
  // An error when they differ: kMiscompiled.
  void shadow(bool both_ways) { shadows_ = both_ways; }
  bool shadowed_last_run() const { return shadowed_; }  // some loop of the last run was run both ways

  bool compiled_last_run() const { return compiled_; }  // some loop of the last run was machine code
  uint64_t rows_delivered() const { return rows_delivered_; }  // by the last run
  // While a batch is emitted: which row of run()'s batch its row `row` comes from.
  uint32_t delivered_row(uint32_t row) const {
    const uint16_t* selection = delivered_->domain.selection;
    return delivered_->source_row(selection == nullptr ? row : selection[row]);
  }

 private:
  struct ProbeRun;
  struct EntryCalls;
  struct EntryResult;
  // A row domain and how it maps to rows of the batch.
  struct Place {
    RowDomain domain;
    const uint16_t* origin = nullptr;  // by row of the domain: the row of the batch; nullptr: the same row
    ProbeRun* pairs = nullptr;  // the domain's rows are these pairs, whose Match is still to come
    uint32_t fault_row = ~uint32_t{0};  // of the domain: the first that faulted; it and all behind it are cut off

    uint32_t source_row(uint32_t row) const { return origin == nullptr ? row : origin[row]; }
  };
  // A probe in progress, over one batch. Arrays: [limits::kVectorRowsMax + 8].
  struct ProbeRun {
    ProbeRun(const JoinTable& probed, MemoryBudget& budget);

    const JoinTable& table;
    const Match* match = nullptr;  // the step that ends the pairs; nullptr: none
    JoinTable::ProbeState state;
    Place before;  // the rows that are looked up
    uint32_t count = 0;  // pairs of this turn
    std::unique_ptr<uint16_t[]> rows;  // by pair: the row that was looked up
    std::vector<uint64_t> build_rows;  // by pair; JoinTable::kNoMatch
    std::unique_ptr<uint16_t[]> origin;  // by pair: the row of the batch
    std::unique_ptr<uint16_t[]> matched;  // rows that have a match, where columns are decoded for those
    // For the match: which pairs have a build row, and what comes out.
    std::unique_ptr<uint16_t[]> found, rows_out, origin_out;
    std::vector<uint64_t> build_rows_out;
    std::vector<JoinTable::Found> found_out;  // by row that comes out: its mark
    // Of the row whose pairs go on in this turn, in an earlier one: a pair was kept; a verdict was null.
    bool kept_before = false, unknown_before = false;
    bool skips_pairs = false;  // a row's further pairs need not be looked at once one was kept
  };
  // An expansion in progress. Arrays: [limits::kVectorRowsMax].
  struct ExpandRun {
    uint16_t rows[limits::kVectorRowsMax];  // by copy: the row of the domain
    uint16_t origin[limits::kVectorRowsMax];  // by copy: the row of the batch
    int64_t numbers[limits::kVectorRowsMax];
  };
  Status run_from(size_t loop, const Place& place);
  // A turn of a step that makes many rows of one: run_from with an arena of its own.
  Status run_turn(size_t loop, const Place& place);
  void end_batch();
  void let_go();
  void begin_texts(size_t loop);
  Status end_texts(Status status);
  Status check_texts() const;
  Status interpret(const LoopShape& shape, Place& place);
  bool run_compiled(const StageLoop& loop, const CompiledLoop& code, Place& place);
  bool call_compiled(const StageLoop& loop, const CompiledLoop& code, const Place& place);
  // What an aggregate would give.
  struct FinishedState {
    Type type;
    bool valid;
    uint32_t faults;
    std::string bytes;
    friend bool operator==(const FinishedState&, const FinishedState&) = default;
  };
  // What machine code made of a batch that the interpreter runs, too.
  struct Shadow {
    std::vector<uint32_t> rows;  // that pass
    std::vector<Slot> outputs;
    std::vector<FinishedState> states;
  };
  Status run_both(size_t loop, const CompiledLoop& code, Place& place);
  std::vector<FinishedState> finished_states(const LoopShape& shape) const;
  std::string difference(const LoopShape& shape, const Shadow& compiled, const Place& place) const;
  Result<std::string> keep_reproducer(size_t loop, const Place& start, const std::vector<Slot>& before);
  void keep_active(const LoopShape& shape, Place& place);
  Status probe(const Probe& step, size_t loop, const Place& place);
  Status probe_once(const Probe& step, size_t loop, const Place& place);
  Status match(const Match& step, size_t loop, const Place& start);
  Status expand(const Expand& step, size_t loop, const Place& start);
  Status emit_copies(const Expand& step, size_t loop, const Place& place, uint32_t count);
  void carry(const std::vector<std::pair<ValueId, ValueId>>& carried, const uint16_t* rows, uint32_t count,
             uint32_t rows_before);
  // A row whose pairs are looked at: the pair behind its last one of this turn, and what is known of it.
  struct MatchRow {
    uint16_t row;
    uint32_t end;
    bool matched, unknown;
  };
  void look_at_pairs(const Match& step, JoinKind kind, const Place& place, MatchRow& found, uint32_t& kept,
                     uint32_t& count);
  static void end_row(JoinKind kind, ProbeRun& run, const MatchRow& found, uint32_t& count);
  static void put_row(ProbeRun& run, uint16_t row, uint64_t build_row, uint32_t& count);
  bool can_fault_between(uint32_t probe, const Match& match) const;
  std::vector<Vector> keys_of(const Probe& step, const RowDomain& domain);
  void write_mark(ValueId mark, const JoinTable::Found* found, uint32_t count);
  void settle(Operand operand, Place& place);
  template <class Node>
  void cross(const Node& node, const JoinTable& table, const uint16_t* rows, const uint64_t* build_rows, uint32_t count,
             bool extends, uint32_t rows_before);
  Status deliver(const Place& place);
  void make_nans_one(size_t output, uint32_t rows, Vector& vector);
  void note_fault(Place& place, const RowFault& fault);
  void load(const Batch& in);
  void load_column(ValueId value);
  bool has_codes(ValueId value) const {
    return slots_[value].data == nullptr && columns_[value].encoding == Encoding::kDictionary;
  }
  void gather_entries(ValueId value, const RowDomain& domain);
  void gather_entries(const std::vector<ValueId>& values, const RowDomain& domain);
  bool carry_codes(ValueId before, ValueId after, const uint16_t* rows, uint32_t count, bool same_rows);
  bool has_few_entries(ValueId value) const;
  Status run_for_entries(size_t loop, const CompiledLoop* code, ValueId value,
                         const std::function<void(uint32_t first, const Place& place)>& done);
  std::optional<ValueId> column_of_filter(const LoopShape& shape) const;
  Result<bool> filter_by_entries(size_t loop, Place& place);
  Status find_passing_entries(size_t loop);
  void find_filter_runs();
  Result<size_t> run_filters(size_t first, Place& place);
  bool calls_one_column(const LoopShape& shape) const;
  Result<bool> compute_by_entries(size_t loop, Place& place);
  Status compute_entries(size_t loop);
  Status make_room_for_results(const LoopShape& shape, EntryCalls& calls, const Vector& column);
  static void take_results(EntryResult& result, const Slot& slot, uint32_t first, uint32_t rows, uint32_t entries);
  void give_results(const LoopShape& shape, const EntryCalls& calls, uint32_t rows);
  const CompiledLoop* code_of(size_t loop) const {
    return loops_[loop].code != nullptr ? loops_[loop].code->load(std::memory_order_acquire) : nullptr;
  }
  Status run_one(size_t loop, Place& place);
  Status run_loop_of_rows(size_t loop, Place& place);
  WorkPart& part_of_step(uint32_t step) { return work_->step(step); }
  WorkPart& part_of_loop(size_t loop) { return work_->step(loops_[loop].shape.interval.first); }
  uint32_t maker_of_texts(const LoopShape& shape) const;  // the last step that makes some; else the first
  void note_rows(const LoopShape& shape, uint32_t rows_in, uint32_t rows_out);
  uint64_t slot_bytes(ValueId value, uint32_t rows) const;  // of the value's rows, as bytes_of()
  uint64_t text_bytes() const { return texts_.empty() ? 0 : texts_.back()->arena.bytes_handed_out(); }
  Status run_loop(size_t loop, const CompiledLoop* code, Place& place);
  Status decode(ValueId value, const RowDomain& domain);
  Status decode_in(const LoopShape& shape, const RowDomain& domain);
  void flatten(ValueId value, uint32_t rows);
  Vector vector_of(Operand operand);
  bool keeps_codes(ValueId value) const;
  bool is_left_out(ValueId value) const;
  Vector compacted(size_t output, const Vector& vector, const RowDomain& domain);
  void begin_states(const LoopShape& shape);
  void merge_states(const LoopShape& shape);

  const Stage& stage_;
  const std::vector<StageLoop>& loops_;
  const std::vector<const JoinTable*>& tables_;  // by sink
  const RowsGo rows_go_;
  QueryContext& context_;
  StageCounters& counters_;
  StageWork nobodys_work_;
  StageWork* const work_;
  const bool faults_become_null_;
  const std::shared_ptr<const ConstantPool> constants_;
  Interpreter interpreter_;
  std::vector<Slot> slots_;
  std::vector<bool> is_read_;  // by value: some step or the sink reads it
  std::vector<bool> borrowed_;  // by value: its slot is a vector of the batch, not a room of the worker's
  std::vector<bool> decoded_late_;  // by value: a Decode step loads it
  std::vector<std::optional<uint32_t>> computed_by_;  // by value: a step
  struct AccountedArena {
    explicit AccountedArena(MemoryBudget& budget) : reservation(budget, "string results"), arena(&reservation) {}
    Reservation reservation;
    Arena arena;
  };
  std::vector<Reused<AccountedArena>> arenas_;  // by loop that a batch or a turn begins with
  NestedCursors nested_cursors_;
  KernelContext kernel_context_{nullptr, &nested_cursors_};
  std::vector<std::unique_ptr<ProbeRun>> probes_;  // by step
  std::vector<std::unique_ptr<ExpandRun>> expansions_;  // by step
  std::vector<std::unique_ptr<uint16_t[]>> selections_;  // by step: a filter's rows
  std::vector<Reused<ScratchColumn>> compacted_;  // by output
  std::vector<Reused<ScratchColumn>> compacted_codes_;  // by output
  // Of a loop that only filters, by one column of the source: which entries of a dictionary pass.
  struct EntryFilter {
    ValueId column;
    std::shared_ptr<const void> owner;  // of the dictionary
    const void* dictionary = nullptr;
    std::vector<uint8_t> passes;  // by entry
    bool null_passes = false, knows_null = false;
    bool compiled = false;  // machine code said so
  };
  std::vector<std::optional<EntryFilter>> entry_filters_;  // by loop
  std::vector<std::optional<FilterOrder>> filter_runs_;  // by the first loop of those that may change places
  // One function's results by entry, the last one of a null if knows_null.
  struct EntryResult {
    Vector values;  // a dictionary vector but for its codes
    std::shared_ptr<Buffer> room;
    std::vector<uint8_t> are_valid = {};  // by entry; empty: all are
    bool entry_gives_null = false, null_gives_null = false;
  };
  // Of a loop that only calls functions of one column: their results for the entries of a dictionary.
  struct EntryCalls {
    ValueId column;
    std::shared_ptr<const void> owner;  // of the dictionary
    const void* dictionary = nullptr;
    uint32_t entries = 0;  // of it, when they were computed; it may have grown since
    uint64_t rows_seen = 0;  // that had codes of it and were computed one by one
    bool computed = false, knows_null = false;
    bool compiled = false;  // machine code computed them
    std::shared_ptr<AccountedArena> texts;
    std::vector<EntryResult> results;  // by output
  };
  std::vector<std::optional<EntryCalls>> entry_calls_;  // by loop
  std::vector<Reused<ScratchColumn>> code_rooms_;  // by value: codes that were carried, or made for nulls
  std::vector<std::unique_ptr<char[]>> call_states_;  // by accumulate slot
  std::vector<uint32_t> nulled_;  // [steps] by step of the loop in progress
  std::vector<void*> call_state_pointers_;
  std::vector<ColumnIn> loop_inputs_;  // of one call of a loop
  std::vector<ColumnOut> loop_outputs_;
  std::vector<uint8_t> active_;

  // of the run in progress
  const Batch* in_ = nullptr;
  MorselReader* reader_ = nullptr;
  std::vector<Vector>
      columns_;  // by value: of the source, as given or decoded; of others, where they came about with codes
  bool runs_entries_ = false;  // the rows are entries of a dictionary
  std::vector<bool> loaded_;  // by column: a Decode step has run
  const Emit* emit_ = nullptr;
  const Place* delivered_ = nullptr;  // whose rows are being emitted
  WorkerStates* states_ = nullptr;
  std::optional<DescribedFault> fault_;
  uint32_t faults_noted_ = 0;
  uint64_t morsel_ = ~uint64_t{0};
  uint64_t sequence_ = 0;
  std::vector<std::shared_ptr<AccountedArena>> texts_;  // where texts lie: of the batch, then of each turn in progress
  bool compiled_ = false;
  uint64_t rows_delivered_ = 0;
  LoopMeasures* measures_ = nullptr;
  bool shadows_ = false, shadowed_ = false, compares_ = false;
  std::vector<FinishedState> shadow_states_;  // of the interpreter's loops, in front of merging
};

}  // namespace headrace
