// runtime/stage_flow.h — one lane's rows of a stage: batch by batch through its steps, and on to its sink or, of a fan_out, to the
// stages that read it, each of which has seen a batch before the next one is read. So nothing is queued, and none waits for another.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/operator.h"
#include "runtime/stage_runner.h"
#include "runtime/stage_work.h"

namespace headrace {

// A row fault with its place in the order of the sink's inputs.
struct FoundFault {
  uint64_t morsel, row;
  FaultDescription description;
  std::optional<Error> of_source = {};  // of what the source computes itself: complete
};

// What the lanes of one stage have in common. What it points to outlives it.
struct StageShare {
  explicit StageShare(const Stage& of) : stage(of) {}

  const Stage& stage;
  Sink* sink = nullptr;  // nullptr: the stage flows into a fan_out
  bool rows_leave = false;  // the sink takes them out of the query
  std::vector<StageShare*> readers = {};  // of the fan_out
  std::unique_ptr<StagePlanner> planner = {};  // made before the lanes
  StageCounters counters = {};
  WorkPart outside = {};  // of all lanes: only sampled, while they are at work on no part

  // The lowest is kept; rows behind it are not wanted.
  void note_fault(const FoundFault& found);
  bool cut_off(uint64_t morsel) const { return morsel > faulted_morsel_.load(std::memory_order_acquire); }
  std::optional<FoundFault> fault() const;
  // The last morsel of which its sink, or one of those that read the fan_out, still wants rows: there is a fault in it; kNoFault: there is none.
  // nullopt: they want none of any.
  static constexpr uint64_t kNoFault = ~uint64_t{0};
  std::optional<uint64_t> last_wanted() const;
  void add(const StageWork& of_a_lane);
  WorkReport work() const;

 private:
  std::atomic<uint64_t> faulted_morsel_{kNoFault};
  mutable std::mutex fault_mutex_;  // guards fault_
  std::optional<FoundFault> fault_;
  mutable std::mutex work_mutex_;  // guards work_
  WorkReport work_;
};

// For one worker at a time.
class StageFlow {
 public:
  // `from`: whose rows these are behind the fan_out; nullptr: the source's.
  StageFlow(StageShare& share, const std::vector<const JoinTable*>& tables, QueryContext& context,
            const StageFlow* from = nullptr);
  ~StageFlow();
  StageFlow(const StageFlow&) = delete;
  StageFlow& operator=(const StageFlow&) = delete;

  StageShare& share() const { return share_; }
  StageWork& work() { return work_; }
  // Itself, or the flows behind its fan_out that end in sinks.
  void for_each_end(const std::function<void(StageFlow&)>& visit);

  // Of a flow that ends in a sink: a fresh share of the sink's state, and the one that it had.
  void bind();
  std::unique_ptr<Local> take_local() { return std::move(local_); }
  bool has_local() const { return local_ != nullptr; }

  void begin_morsel(uint64_t morsel);
  bool wants_rows();  // of the morsel that has begun
  Status consume(const Batch& batch, MorselReader& reader);
  Status cut(const FoundFault& found);  // the next row of the morsel faults
  Status end_morsel();  // all of it was consumed
  void note_busy(uint64_t ns);
  Status count(uint64_t busy_ns);  // a morsel that took so long, the stages behind included

 private:
  Status hand_on(const Batch& batch, MorselReader& reader);
  void take_plan();
  StageRunner& plain_runner();
  // The runner for the batch that begins.
  StageRunner& choose_runner(uint32_t rows);
  Status note_batch(const StageRunner& runner, uint64_t ns, int64_t now_ns);
  uint64_t row_in_morsel(uint32_t row) const;

  StageShare& share_;
  const StageFlow* const from_;
  QueryContext& context_;
  const std::vector<const JoinTable*>& tables_;
  StageWork work_;
  std::shared_ptr<const StagePlan> plan_;
  uint32_t generation_ = 0;
  std::unique_ptr<StageRunner> planned_, plain_;  // of plan_; of the planner's plain(), made at first need
  std::optional<LoopMeasures> measures_;  // of plain_
  bool fuses_ = true;  // the morsel in progress runs plan_
  bool measured_ = false;  // the last batch was run by plain_ and measured
  bool wants_warm_ = false;  // that was its first: the next one is measured too
  std::optional<LoopMeasures> times_;  // of planned_, for the batch in progress
  StageRunner* runner_ = nullptr;  // of the last batch
  std::vector<std::unique_ptr<StageFlow>> readers_;
  std::unique_ptr<Local> local_;
  WorkerStates states_;  // of local_
  // Of the morsel in progress.
  uint64_t morsel_ = 0;
  uint64_t first_row_ = 0;  // of the batch, in the morsel
  bool ended_ = false;  // its sink has heard of the morsel's end, or wants none of its rows
  bool ran_ = false;
  bool compiled_ = false;  // some batch ran machine code
  uint64_t busy_ns_ = 0;  // in all
  uint64_t readers_ns_ = 0;
  uint64_t rows_in_ = 0, rows_out_ = 0;  // of the stage, so far
  BatchLatencies latencies_;  // since the planner was told
};

}  // namespace headrace
