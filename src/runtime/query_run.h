// runtime/query_run.h — runs a program to its end: stages start when what they read is complete, lanes of each stage claim
// morsels, sinks finish when all their stages have ended.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/checkpoint.h"
#include "runtime/operator.h"
#include "runtime/scheduler/scheduler.h"
#include "runtime/sink_stream.h"
#include "runtime/stage_report.h"
#include "runtime/stage_runner.h"

namespace headrace {

// Code for a stage's loops. execute/ compiles in the background; `prepare` is called once per stage before its first morsel.
class LoopProvider {
 public:
  virtual ~LoopProvider() = default;
  // Sets `code` of the loops that are or may become compiled. kUnsupported / kIo when the tier asked for cannot be had.
  virtual Status prepare(std::vector<StageLoop>& loops, std::optional<uint64_t> rows) = 0;
};

// Where barriers leave the state of a run, and whether it begins from there. An empty directory: barriers are passed on, but
// nothing is kept.
struct CheckpointOptions {
  std::string directory;
  bool restore = false;  // from the directory's manifest, if there is one; any number of workers may restore
};

struct UnchangingTables;
struct WorkingRound;

class QueryRun {
 public:
  // Everything outlives the run. `working`: of a recursion's step, what it reads in this round, and those around it.
  QueryRun(const Program& program, QueryContext& context, Scheduler& scheduler, LoopProvider* loops,
           CheckpointOptions checkpoints = {}, const WorkingRound* working = nullptr);
  ~QueryRun();
  QueryRun(const QueryRun&) = delete;
  QueryRun& operator=(const QueryRun&) = delete;

  // Finished join tables that outlive a run; they refer to its program and context.
  class Tables;
  // Of a recursion's step: what the round before has shared is not built again. In front of run().
  void take(Tables tables, const UnchangingTables& unchanging);
  // After run() succeeded: those that are the same in every round.
  Tables share(const UnchangingTables& unchanging) const;
  // Blocks until the result sink has finished, or everything that was started has stopped after an error. Once.
  Status run();
  // After run() succeeded: the rows of the result.
  Result<std::unique_ptr<Source>> result();
  std::vector<StageReport> report() const;  // by stage
  // Rows of tables, ranges and recursions that were read so far. From any thread, while the query runs too.
  uint64_t rows_scanned() const;

 private:
  class StageRun;
  struct SinkRun;

  Status restore();
  bool streams(uint32_t sink) const;  // gives rows before it has finished
  // The stage has drained in front of a watermark: closes what it and the watermarks of the sink's other inputs close.
  Status pass(const Stage& stage, Watermark watermark);
  // The stage has drained in front of a barrier, which passes once every input of the sink has reached it or ended.
  // False: not yet; to be asked again, and the stage claims nothing meanwhile.
  Result<bool> pass(const Stage& stage, Barrier barrier);
  // Keeps a sink's state and its sources' positions; the program's last sink commits the checkpoint.
  Status save(uint32_t sink, Barrier barrier);
  Status make_sinks();
  bool skips(uint32_t sink) const { return !skips_.empty() && skips_[sink]; }
  bool probed(uint32_t sink) const;  // no stage will look into its table any more; requires mutex_
  bool is_in_turn(const StageRun& stage) const;  // its sink does not wait for another input first; requires mutex_
  bool waits_for_recursions(const StageRun& stage) const;  // for others to end; requires mutex_
  void start_ready_stages();
  Status start(StageRun& stage);
  bool is_ready(const StageRun& stage) const;  // what it reads is complete; requires mutex_
  static void note_started(StageRun& stage);
  Result<std::unique_ptr<Source>> open_source(uint32_t stage);
  const WorkingRound* working_round(uint32_t id) const;  // nullptr: no such recursion is around
  std::optional<uint64_t> working_row_count(uint32_t id) const;
  Result<std::unique_ptr<Source>> open_working_rows(uint32_t id) const;
  // Of a stage with a fan_out, in front of those that read it, and of one with a sink. `source` gave its rows.
  void fan_out_ended(StageRun& stage);
  void stage_ended(StageRun& stage, const Source& source);
  void finish_sink(uint32_t sink);
  void complete_sink(uint32_t sink);  // behind its last jobs
  // Of the stage that is the sink's last input: what the sink took once all had ended.
  void add_end_of_sink(const Stage& stage, WorkReport& report) const;
  void fail(Error error);
  // A row fault of a sink's inputs. Which one the query names depends on the program alone: that of the lowest sink, so those
  // below it are let end first.
  void hold_fault(uint32_t sink, Error error);
  void settle_fault();  // requires mutex_
  bool stopped() const { return failed_.load(std::memory_order_acquire); }
  void task_done();

  const Program& program_;
  QueryContext& context_;
  Scheduler& scheduler_;
  LoopProvider* loop_provider_;
  std::vector<std::shared_ptr<SinkRun>> sinks_;
  std::vector<std::unique_ptr<StageRun>> stages_;
  std::vector<const JoinTable*> tables_;  // by sink; set when it has finished
  std::vector<std::shared_ptr<SinkRun>> taken_;  // by sink: a finished one of the round before, or nullptr
  std::vector<bool> skips_;  // by sink: it was taken, or only what flows into those reads it
  const CheckpointOptions checkpoints_;
  const WorkingRound* const working_;
  Manifest restored_;
  bool has_fan_outs_ = false;

  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable ended_;
  std::optional<Error> error_;
  std::optional<std::pair<uint32_t, Error>> held_fault_;  // sink, fault
  uint32_t tasks_ = 0;  // submitted and not yet done
  uint32_t sinks_finished_ = 0;
  std::map<uint64_t, Manifest> checkpoints_under_way_;
};

class QueryRun::Tables {
  friend class QueryRun;
  std::vector<std::shared_ptr<SinkRun>> sinks_;  // by sink; empty: of no run
  std::vector<const JoinTable*> tables_;  // by sink
};

}  // namespace headrace
