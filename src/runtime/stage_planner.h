// runtime/stage_planner.h — which loops the lanes of a stage run at the moment: the cuts that were planned, and others when what was measured
// says that they cost less. Any of them gives the same rows, so that a lane may change between two batches.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "execute/loop.h"
#include "fuse/decide_cuts.h"
#include "runtime/fusion_trial.h"
#include "runtime/latency_histogram.h"
#include "runtime/loop_measures.h"
#include "runtime/loop_trust.h"
#include "runtime/recent_median.h"
#include "runtime/settings.h"
#include "runtime/stage_load.h"
#include "runtime/stage_report.h"

namespace headrace {

// One interval of a stage: its code appears here when the compiler is done. Shared by all workers of the query.
struct StageLoop {
  LoopShape shape;
  const std::atomic<const CompiledLoop*>* code = nullptr;  // nullptr: this loop is always interpreted
  uint64_t shape_hash = 0;  // of shape_key(), where there is or will be code
  bool quarantined = false;  // its machine code gave a wrong answer before
  bool stays_interpreted = false;  // its machine code was measured to be slower
  std::shared_ptr<TurnsToTrust> turns_to_trust = nullptr;  // nullptr: it is run both ways only where a whole batch is
};

// A stage as some cuts make it. Only its code changes.
struct StagePlan {
  Stage stage;
  std::vector<StageLoop> loops;  // of `stage`
  double predicted_ns = 0;  // of its loops, per row that enters the stage
};

// How long batches of a lane took: those of which some loop was machine code, and those that were interpreted step by step.
struct BatchLatencies {
  LatencyHistogram fused, apart;
};

// Safe for use by all lanes of a stage.
class StagePlanner {
 public:
  // Gives loops code, as LoopProvider::prepare does.
  using Prepare = std::function<Status(std::vector<StageLoop>& loops)>;

  // `stage` and `trust` outlive it. `rows`: how many the source is expected to give; where that is not known, loops get no code before the
  // stage has taken `load_min` of a worker's time, and half as much as its code takes to compile. `trust` nullptr: nothing is run both ways.
  StagePlanner(const Stage& stage, const Settings& settings, std::optional<uint64_t> rows, LoopTrust* trust,
               Prepare prepare, int64_t now_ns = 0);

  Status start();  // once, in front of the lanes
  // The plan of the moment. A lane that has another one takes it in front of the next batch.
  std::shared_ptr<const StagePlan> plan() const;
  uint32_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Every step alone, interpreted: what batches are measured with, and what a pilot compares to. nullptr: neither is done.
  const StagePlan* plain() const { return plain_.get(); }
  // Whether the batch of so many rows that begins is to be run by plain() and measured.
  bool wants_measures(uint32_t rows);
  // What plain() did with a batch. Its times count where they are warm.
  Status note(const LoopMeasures& measured);
  // Whether the batch that begins is to be timed loop by loop, in whatever plan it runs.
  bool wants_times();
  // What the loops of `plan` did with a batch. Those that took longer than their steps apart, in a trial, are undone.
  Status note_times(const StagePlan& plan, const LoopMeasures& measured);
  // A batch has kept a worker busy for so long up to now.
  Status note_load(uint64_t busy_ns, int64_t now_ns);
  // How long batches took since the last call by that lane. Where a target is missed that the steps apart keep better, these run.
  Status note_latencies(const BatchLatencies& latencies);
  void note_last_latencies(const BatchLatencies& latencies);  // of a lane that has ended
  // A morsel has ended: so many rows entered the stage and reached its sink. Asks for measures when they part from what is known.
  void note_morsel(uint64_t rows_in, uint64_t rows_out);

  // Whether the morsel that begins is to be run by plan(), not by plain().
  bool wants_fused();
  // Whether all loops of the batch that begins are to be run both ways, machine code and interpreter; those that are new are in any case.
  bool wants_shadow();
  void note_shadow();  // a batch of which some loop was has ended, and both ways agreed

  PlanReport report() const;

 private:
  std::shared_ptr<StagePlan> make_plan(Stage stage) const;
  Status get_code(StagePlan& plan);
  bool has_code() const;  // some loop of plan_; requires mutex_
  void begin_trial();  // if one is due; requires mutex_
  Status judge_trial();  // requires mutex_
  void give_up(size_t loop, Reason reason, std::string why);  // requires mutex_
  Status run_without_lost();  // requires mutex_
  LatencyReport latency_report() const;  // requires mutex_
  StageFlowShares measured_shares() const;  // requires mutex_
  Status look();  // requires mutex_
  void publish_pending();  // requires mutex_
  void publish(std::shared_ptr<const StagePlan> plan);  // requires mutex_

  const Stage& stage_;
  const Settings& settings_;
  const Machine& machine_;
  const Prepare prepare_;
  LoopTrust* const trust_;
  const bool adapts_;
  const uint64_t batches_per_shadow_;  // 0: none
  std::unique_ptr<const StagePlan> plain_;
  std::atomic<uint32_t> generation_{0};
  std::atomic<uint64_t> rows_{0}, batches_{0}, timed_batches_{0};
  std::atomic<bool> wanted_{false};  // the next batch is to be measured
  std::atomic<uint64_t> shadow_batches_{0};
  std::atomic<uint64_t> pilot_morsels_{0};
  std::atomic<double> pilot_share_;  // of morsels that run fused; 1 without a pilot
  std::atomic<bool> waits_for_load_;
  std::atomic<bool> trial_is_due_{false}, on_trial_{false};  // on trial: trial_ wants batches
  std::atomic<bool> compares_latencies_{false};  // batches apart are wanted for apart_latency_

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const StagePlan> plan_;
  std::shared_ptr<const StagePlan> pending_;  // will be the plan when its code is there
  std::vector<RecentMedian> loop_ns_;  // by loop of plan_, per row that enters the stage; empty: none was timed
  std::vector<RecentMedian> step_ns_;  // by step, the same, each by itself, of warm batches
  // Of a step, or of the sink behind the last; older batches count less and less.
  struct StepSum {
    uint64_t rows_in = 0, rows_out = 0;
    uint64_t timed_rows = 0, ns = 0;  // of the rows that went in when its worker was warm
  };
  std::vector<StepSum> sums_;
  double share_out_ = -1;  // of rows that reach the sink, when the plan was last looked at; < 0: not measured
  uint32_t morsels_ = 0;  // since the last change
  uint32_t pilot_batches_ = 0;  // in which both ways agreed, since the share grew
  uint32_t morsels_between_ = 0;  // two changes
  StageLoad load_;
  std::optional<FusionTrial> trial_;  // of plan_
  // Loops that were measured to be worse than their steps apart: these are run, interpreted, for the rest of the query.
  struct Lost {
    StepInterval steps;
    Reason reason;
  };
  std::vector<Lost> lost_;
  LatencyHistogram fused_latency_, apart_latency_;  // of plan_, and of plain()
  std::vector<std::string> changes_;
};

}  // namespace headrace
