#include "runtime/query_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "execute/thread_sampler.h"
#include "fuse/fan_out.h"
#include "fuse/source_rows.h"
#include "runtime/join_keys.h"
#include "runtime/operators/join_build.h"
#include "runtime/operators/list.h"
#include "runtime/range_source.h"
#include "runtime/recursion_source.h"
#include "runtime/scannable.h"
#include "runtime/stage_flow.h"
#include "runtime/unchanging_tables.h"
#include "runtime/values_source.h"

namespace headrace {

struct QueryRun::SinkRun {
  std::unique_ptr<Sink> sink;
  uint32_t inputs_left = 0;
  bool finished = false;
  // The consumer's source, if there is one that reads before the end; `unopened` until that stage starts.
  SinkStream* stream = nullptr;
  std::unique_ptr<SinkStream> unopened;
  // Where the inputs meet: the sink's watermark is the least of theirs, and a barrier passes when all have reached it.
  struct Input {
    std::optional<int64_t> watermark_us;
    std::optional<uint64_t> barrier;  // the input waits in front of it
    bool passed = false;  // the barrier that it waited for has passed
    bool ended = false;
  };
  std::mutex inputs_mutex;  // guards `inputs` and watermark_us; taken inside a stage's epoch_mutex_
  std::vector<Input> inputs;
  std::optional<int64_t> watermark_us;
  // The lowest fault of the sink's inputs: (input, fault, where the source finds the row).
  struct Fault {
    uint32_t input;
    FoundFault found;
    std::string place;
  };
  std::optional<Fault> fault;
  std::mutex work_mutex;  // guards work
  PartReport work;  // behind the last of its inputs

  // What is done is at work on the sink, of which the lanes have gone.
  template <class Do>
  Status end(uint32_t samples_per_second, Do&& work_on_it) {
    WorkPart part;
    Status status = kDone;
    {
      const ThreadSampler sampler(samples_per_second, part);
      const AtPart at(part);
      status = work_on_it();
    }
    std::lock_guard lock(work_mutex);
    work.add(part);
    return status;
  }
};

// One stage in progress, and with it those that read its fan_out. A lane is a chain of tasks: each claims a morsel, runs it and
// submits the next, so that a stage uses at most as many workers as it has lanes, and idle workers steal lanes.
class QueryRun::StageRun {
 public:
  StageRun(QueryRun& query, uint32_t index)
      : query_(query), index_(index), stage_(query.program_.stages[index]), share_(stage_) {}

  Status start();
  const Stage& stage() const { return stage_; }
  bool started() const { return started_; }
  uint64_t rows_in() const { return share_.counters.rows_in.load(std::memory_order_relaxed); }
  StageReport report() const {
    const StageCounters& counters = share_.counters;
    StageReport report{.rows_in = counters.rows_in,
                       .rows_out = counters.rows_out,
                       .morsels = counters.morsels_interpreted + counters.morsels_compiled,
                       .morsels_compiled = counters.morsels_compiled,
                       .loops_rerun = counters.loops_rerun,
                       .busy_ns = counters.busy_ns,
                       .wall_ns = static_cast<uint64_t>(ended_ns_ - started_ns_),
                       .filter_changes = counters.filter_changes,
                       .busiest_lane_ns = counters.busiest_lane_ns};
    report.queue = {counters.queue_looks, counters.queue_depths, counters.queue_depth_max};
    if (share_.planner != nullptr) report.plan = share_.planner->report();
    report.work = share_.work();
    query_.add_end_of_sink(stage_, report.work);
    if (source_ != nullptr) {
      report.recursion = source_->report();
      report.bad_rows = source_->bad_rows();
      report.reads = source_->reads();
      report.scan = source_->scan_report();
    }
    return report;
  }
  // Itself, or those behind its fan_out that end in sinks.
  void for_each_end(const std::function<void(StageRun&)>& visit) {
    if (share_.sink != nullptr) return visit(*this);
    for (StageRun* reader : readers_) reader->for_each_end(visit);
  }

 private:
  friend class QueryRun;
  struct Lane {
    std::unique_ptr<StageFlow> flow;
  };

  bool is_one_morsel(std::optional<uint64_t> rows) const;
  std::optional<uint64_t> row_count() const;
  Status prepare(std::optional<uint64_t> rows);
  void submit(std::shared_ptr<Lane> lane, uint64_t delay_us = 0);
  void run_lane(const std::shared_ptr<Lane>& lane);
  bool wants_no_more() const;
  bool run_next(const std::shared_ptr<Lane>& lane);
  bool consumers_lag();
  Result<Claim> claim();
  Status morsel_ended();
  Status close_epoch();
  Result<bool> pass_control();
  Status run_morsel(Lane& lane, MorselReader& reader);
  Status run_batches(StageFlow& flow, MorselReader& reader);
  Result<bool> read_batch(StageFlow& flow, MorselReader& reader, Batch& batch);
  void end_lane(const std::shared_ptr<Lane>& lane);
  void end();

  QueryRun& query_;
  const uint32_t index_;
  const Stage& stage_;
  StageShare share_;
  std::vector<StageRun*> readers_;  // of its fan_out
  std::unique_ptr<Source> source_;  // nullptr: it reads a fan_out
  bool started_ = false;
  bool ended_ = false;  // guarded by the query's mutex_
  std::vector<std::weak_ptr<Lane>> lanes_;
  std::atomic<uint32_t> lanes_left_{0};
  // A watermark or barrier waits in `control_` until the epoch's morsels have drained; nothing is claimed meanwhile.
  std::mutex epoch_mutex_;  // guards in_flight_ and control_, and makes claims one at a time
  uint32_t in_flight_ = 0;
  std::variant<std::monostate, Watermark, Barrier> control_;
  bool epoch_merged_ = false;  // every Local of the epoch that `control_` ends
  int64_t started_ns_ = 0, ended_ns_ = 0;
};

// Whether the source gives so few rows that one lane takes them all.
bool QueryRun::StageRun::is_one_morsel(std::optional<uint64_t> rows) const {
  const bool in_memory =
      std::holds_alternative<OneRowSource>(stage_.source) || std::holds_alternative<ValuesSource>(stage_.source) ||
      std::holds_alternative<WorkingSource>(stage_.source) || std::holds_alternative<RangeSource>(stage_.source);
  return in_memory && rows.has_value() && *rows <= limits::kVectorRowsMax;
}

std::optional<uint64_t> QueryRun::StageRun::row_count() const {
  const auto* working = std::get_if<WorkingSource>(&stage_.source);
  return working != nullptr ? query_.working_row_count(working->id) : known_rows(stage_.source);
}

// Its loops and those of the stages that begin with it.
Status QueryRun::StageRun::prepare(std::optional<uint64_t> rows) {
  started_ns_ = query_.context_.world.monotonic_ns();
  const SinkNode& sink = query_.program_.sinks[stage_.sink].node;
  share_.sink = query_.sinks_[stage_.sink]->sink.get();
  share_.rows_leave = std::holds_alternative<CollectSink>(sink) || std::holds_alternative<WriteSink>(sink);
  LoopProvider* const provider = query_.loop_provider_;
  share_.planner = std::make_unique<StagePlanner>(
      stage_, query_.context_.settings, rows, query_.context_.trust,
      [provider, rows](std::vector<StageLoop>& loops) -> Status {
        return provider != nullptr ? provider->prepare(loops, rows) : Status(kDone);
      },
      started_ns_);
  TRY_STATUS(share_.planner->start());
  for (StageRun* reader : readers_) {
    TRY_STATUS(reader->prepare(rows));
    share_.readers.push_back(&reader->share_);
  }
  return kDone;
}

Status QueryRun::StageRun::start() {
  TRY(source, query_.open_source(index_));
  source_ = std::move(source);
  const std::optional<uint64_t> rows = row_count();
  TRY_STATUS(prepare(rows));
  if (const auto at = query_.restored_.source_positions.find(index_); at != query_.restored_.source_positions.end())
    TRY_STATUS(source_->load(at->second));
  uint32_t lanes = std::max(1u, query_.context_.settings.threads);
  if (is_one_morsel(rows)) lanes = 1;
  lanes_left_ = lanes;
  std::vector<std::shared_ptr<Lane>> all;
  for (uint32_t i = 0; i < lanes; ++i)
    all.push_back(std::make_shared<Lane>(Lane{std::make_unique<StageFlow>(share_, query_.tables_, query_.context_)}));
  lanes_.assign(all.begin(), all.end());
  for (auto& lane : all) submit(std::move(lane));
  return kDone;
}

void QueryRun::StageRun::submit(std::shared_ptr<Lane> lane, uint64_t delay_us) {
  {
    std::lock_guard lock(query_.mutex_);
    ++query_.tasks_;
  }
  Task task = [this, lane = std::move(lane)] {
    QueryRun& query = query_;
    run_lane(lane);
    query.task_done();
  };
  if (delay_us == 0) {
    query_.scheduler_.submit(std::move(task));
  } else {
    query_.scheduler_.submit_later(std::move(task), delay_us);
  }
}

void QueryRun::StageRun::run_lane(const std::shared_ptr<Lane>& lane) {
  const CancelScope scope(&query_.context_.cancel);
  const ThreadSampler sampler(query_.context_.samples_per_second, share_.outside);
  // While no other task waits for a worker, the lane goes on without a way through the queue.
  while (run_next(lane)) {
    if (query_.scheduler_.others_wait()) return submit(lane);
  }
}

// Behind a fault nothing is run any more, but what lies in front of it may still be to come.
bool QueryRun::StageRun::wants_no_more() const {
  const std::optional<uint64_t> last = share_.last_wanted();
  return !last.has_value() || (*last != StageShare::kNoFault && source_->end_behind(*last));
}

// Claims and runs a morsel; false: the lane has ended or was submitted again.
bool QueryRun::StageRun::run_next(const std::shared_ptr<Lane>& lane) {
  if (const Status cancelled = query_.context_.cancel.check(); !cancelled.ok()) query_.fail(cancelled.error());
  if (query_.stopped() || wants_no_more()) {
    end_lane(lane);
    return false;
  }
  auto claimed = claim();
  if (!claimed.ok()) {
    query_.fail(claimed.error());
    end_lane(lane);
    return false;
  }
  if (auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claimed.value())) {
    share_.counters.note_queue(query_.scheduler_.waiting() + source_->waiting());
    Status status = run_morsel(*lane, **reader);
    if (status.ok()) status = morsel_ended();
    if (!status.ok()) query_.fail(status.error());
    return true;
  }
  if (std::holds_alternative<Blocked>(claimed.value())) {
    submit(lane, 500);
  } else {
    end_lane(lane);
  }
  return false;
}

// Whether the consumer of what one of the sinks gives while it still consumes has not caught up.
bool QueryRun::StageRun::consumers_lag() {
  bool lag = false;
  for_each_end([&](const StageRun& end) {
    const SinkStream* stream = query_.sinks_[end.stage_.sink]->stream;
    lag |= stream != nullptr && stream->full();
  });
  return lag;
}

// One claim at a time, none while an epoch closes, or while the consumer of what the sink gives lags.
Result<Claim> QueryRun::StageRun::claim() {
  std::lock_guard lock(epoch_mutex_);
  if (control_.index() != 0) {
    if (in_flight_ == 0) TRY_STATUS(close_epoch());  // its barrier waits for the sink's other inputs
    return Claim(Blocked{});
  }
  if (consumers_lag()) return Claim(Blocked{});
  TRY(claimed, source_->claim());
  if (std::holds_alternative<std::unique_ptr<MorselReader>>(claimed)) {
    ++in_flight_;
    return std::move(claimed);
  }
  if (const auto* watermark = std::get_if<Watermark>(&claimed)) control_ = *watermark;
  if (const auto* barrier = std::get_if<Barrier>(&claimed)) control_ = *barrier;
  if (control_.index() == 0) return std::move(claimed);
  if (in_flight_ == 0) TRY_STATUS(close_epoch());
  return Claim(Blocked{});
}

Status QueryRun::StageRun::morsel_ended() {
  std::lock_guard lock(epoch_mutex_);
  --in_flight_;
  if (in_flight_ == 0 && control_.index() != 0) return close_epoch();
  return kDone;
}

// The epoch has drained: no lane is inside consume(), and none begins before epoch_mutex_ is free. `control_` stays while it
// is a barrier that another input of the sink has not reached.
Status QueryRun::StageRun::close_epoch() {
  for (const std::weak_ptr<Lane>& weak : lanes_) {
    const auto lane = weak.lock();
    if (epoch_merged_ || lane == nullptr || lane->flow == nullptr) continue;
    Status status = kDone;
    lane->flow->for_each_end([&](StageFlow& end) {
      if (!status.ok() || !end.has_local()) return;
      std::unique_ptr<Local> local = end.take_local();
      status = end.share().sink->prepare(*local);
      if (status.ok()) status = end.share().sink->merge(std::move(local));
      end.bind();
    });
    TRY_STATUS(std::move(status));
  }
  epoch_merged_ = true;
  TRY(passed, pass_control());
  if (!passed) return kDone;
  control_ = std::monostate{};
  epoch_merged_ = false;
  return kDone;
}

// False: the barrier has to wait.
Result<bool> QueryRun::StageRun::pass_control() {
  if (const auto* barrier = std::get_if<Barrier>(&control_)) {
    if (readers_.empty()) return query_.pass(stage_, *barrier);
    return Error{ErrorCode::kUnsupported, "a scan that several outputs read keeps no checkpoints", "",
                 "SET fusion.rule.share_scans = off, or write each output by itself"};
  }
  Status status = kDone;
  for_each_end([&](const StageRun& end) {
    if (status.ok()) status = query_.pass(end.stage_, std::get<Watermark>(control_));
  });
  TRY_STATUS(std::move(status));
  return true;
}

Status QueryRun::StageRun::run_morsel(Lane& lane, MorselReader& reader) {
  const int64_t begun_ns = query_.context_.world.monotonic_ns();
  TRY_STATUS(run_batches(*lane.flow, reader));
  return lane.flow->count(static_cast<uint64_t>(query_.context_.world.monotonic_ns() - begun_ns));
}

Result<bool> QueryRun::StageRun::read_batch(StageFlow& flow, MorselReader& reader, Batch& batch) {
  WorkPart& source = flow.work().around(AroundSteps::kSource);
  const AtPart at(source);
  TRY(more, reader.next(query_.context_.settings.vector_rows, batch));
  if (!more) return false;
  source.rows_out += batch.rows;
  for (const Vector& column : batch.columns) note_written(bytes_of(column, batch.rows));
  return true;
}

Status QueryRun::StageRun::run_batches(StageFlow& flow, MorselReader& reader) {
  flow.begin_morsel(reader.morsel());
  Batch batch;
  while (!query_.stopped() && flow.wants_rows()) {
    TRY_STATUS(query_.context_.cancel.check());
    auto read = read_batch(flow, reader, batch);
    // Bytes that are wrong are found where they are, too: rows in front of them may be enough.
    if (!read.ok() && (read.error().code == ErrorCode::kFault || read.error().code == ErrorCode::kBadInput))
      return flow.cut({reader.morsel(), 0, {}, read.error()});
    TRY(more, std::move(read));
    if (!more) return flow.end_morsel();
    TRY_STATUS(flow.consume(batch, reader));
  }
  return kDone;
}

// The lane's own shares are made ready before the lock, so that lanes do it at the same time. No epoch closes meanwhile that
// could miss them: the lane ends because its source is at its end, or because nothing more of the stage is wanted.
void QueryRun::StageRun::end_lane(const std::shared_ptr<Lane>& lane) {
  struct End {
    Sink* sink;
    WorkPart& part;
    std::unique_ptr<Local> local;
  };
  std::vector<End> ends;
  {
    std::lock_guard lock(epoch_mutex_);
    lane->flow->for_each_end([&](StageFlow& end) {
      ends.push_back({end.share().sink, end.work().around(AroundSteps::kSink), end.take_local()});
    });
  }
  for (const auto& [sink, part, local] : ends) {
    if (query_.stopped()) break;
    const AtPart at(part);
    if (const Status prepared = sink->prepare(*local); !prepared.ok()) query_.fail(prepared.error());
  }
  {
    std::lock_guard lock(epoch_mutex_);  // close_epoch() looks at every lane's locals
    for (auto& [sink, part, local] : ends) {
      if (query_.stopped()) break;
      const AtPart at(part);
      if (const Status merged = sink->merge(std::move(local)); !merged.ok()) query_.fail(merged.error());
    }
    ends.clear();
    lane->flow.reset();
  }
  if (lanes_left_.fetch_sub(1, std::memory_order_acq_rel) == 1) end();
}

void QueryRun::StageRun::end() {
  ended_ns_ = query_.context_.world.monotonic_ns();
  source_->stop();
  if (share_.sink == nullptr) query_.fan_out_ended(*this);
  for_each_end([&](StageRun& one) {
    one.ended_ns_ = ended_ns_;
    query_.stage_ended(one, *source_);
  });
}

QueryRun::QueryRun(const Program& program, QueryContext& context, Scheduler& scheduler, LoopProvider* loops,
                   CheckpointOptions checkpoints, const WorkingRound* working)
    : program_(program),
      context_(context),
      scheduler_(scheduler),
      loop_provider_(loops),
      tables_(program.sinks.size()),
      checkpoints_(std::move(checkpoints)),
      working_(working) {}

QueryRun::~QueryRun() = default;

void QueryRun::take(Tables tables, const UnchangingTables& unchanging) {
  if (tables.sinks_.empty()) return;
  taken_ = std::move(tables.sinks_);
  tables_ = std::move(tables.tables_);
  for (uint32_t sink = 0; sink < taken_.size(); ++sink)
    skips_.push_back(unchanging.kept[sink] || unchanging.skipped[sink]);
}

QueryRun::Tables QueryRun::share(const UnchangingTables& unchanging) const {
  Tables tables;
  tables.sinks_.resize(sinks_.size());
  tables.tables_.resize(sinks_.size());
  for (uint32_t sink = 0; sink < sinks_.size(); ++sink) {
    if (!unchanging.kept[sink]) continue;
    tables.sinks_[sink] = sinks_[sink];
    tables.tables_[sink] = tables_[sink];
  }
  return tables;
}

Status QueryRun::make_sinks() {
  for (uint32_t i = 0; i < program_.sinks.size(); ++i) {
    const SinkSpec& spec = program_.sinks[i];
    if (!taken_.empty() && taken_[i] != nullptr) {
      sinks_.push_back(std::move(taken_[i]));
      ++sinks_finished_;
      continue;
    }
    sinks_.push_back(std::make_shared<SinkRun>());
    sinks_.back()->inputs_left = spec.inputs;
    sinks_.back()->inputs.resize(spec.inputs);
    if (std::holds_alternative<FanOutSink>(spec.node)) {
      has_fan_outs_ = true;
      continue;
    }
    TRY(sink, make_sink(spec, context_));
    sinks_.back()->sink = std::move(sink);
    if (skips(i)) {  // nothing flows into it
      sinks_.back()->finished = true;
      ++sinks_finished_;
    }
  }
  return kDone;
}

Status QueryRun::run() {
  TRY_STATUS(make_sinks());
  for (uint32_t i = 0; i < program_.stages.size(); ++i) stages_.push_back(std::make_unique<StageRun>(*this, i));
  for (const auto& stage : stages_) stage->started_ = stage->ended_ = skips(stage->stage_.sink);
  for (const auto& stage : stages_)
    if (std::holds_alternative<FanOutSink>(program_.sinks[stage->stage_.sink].node))
      for (const uint32_t reader : readers_of(program_, stage->stage_.sink))
        stage->readers_.push_back(stages_[reader].get());
  for (const Stage& stage : program_.stages) {
    const auto* source = std::get_if<SinkSource>(&stage.source);
    if (source == nullptr || !streams(source->sink)) continue;
    SinkRun& run = *sinks_[source->sink];
    if (run.stream != nullptr)
      return Error{ErrorCode::kUnsupported, "windows that close while rows come have one reader, found several", "",
                   "write the query with one reference to them"};
    run.unopened = std::make_unique<SinkStream>(*run.sink);
    run.stream = run.unopened.get();
  }
  if (checkpoints_.restore) TRY_STATUS(restore());
  start_ready_stages();
  std::unique_lock lock(mutex_);
  const auto decided = [&] {
    return error_.has_value() || held_fault_.has_value() || sinks_finished_ == sinks_.size();
  };
  ended_.wait(lock, [&] { return tasks_ == 0 && decided(); });
  if (error_.has_value()) return *error_;
  if (held_fault_.has_value()) return held_fault_->second;  // what is below it waits for it, and never ends
  lock.unlock();
  for (const auto& stage : stages_)
    if (stage->source_ != nullptr) TRY_STATUS(stage->source_->commit());
  return kDone;
}

bool QueryRun::streams(uint32_t sink) const {
  const auto* aggregate = std::get_if<AggregateSink>(&program_.sinks[sink].node);
  return aggregate != nullptr && aggregate->window_us > 0;
}

Status QueryRun::restore() {
  TRY(found, read_manifest(context_.world, checkpoints_.directory));
  if (!found.has_value()) return kDone;
  restored_ = *found;
  for (const auto& [index, path] : restored_.state_paths) {
    if (index >= sinks_.size())
      return Error{ErrorCode::kBadInput, "the checkpoint is of another program", checkpoints_.directory, ""};
    Sink& sink = *sinks_[index]->sink;
    TRY(reader, context_.files.open(sink.state_schema(), path));
    TRY_STATUS(sink.load(*reader));
    const auto watermark = restored_.watermarks_us.find(index);  // what it had closed stays closed
    if (watermark == restored_.watermarks_us.end()) continue;
    sinks_[index]->watermark_us = watermark->second;
    TRY_STATUS(sink.on_watermark({watermark->second}, [](const Batch&) -> Status { return kDone; }));
  }
  return kDone;
}

Status QueryRun::pass(const Stage& stage, Watermark watermark) {
  SinkRun& run = *sinks_[stage.sink];
  std::lock_guard lock(run.inputs_mutex);
  std::optional<int64_t>& own = run.inputs[stage.sink_input].watermark_us;
  own = std::max(own.value_or(watermark.time_us), watermark.time_us);
  int64_t least_us = *own;
  for (const SinkRun::Input& input : run.inputs) {
    if (input.ended) continue;
    if (!input.watermark_us.has_value()) return kDone;
    least_us = std::min(least_us, *input.watermark_us);
  }
  if (run.watermark_us.has_value() && least_us <= *run.watermark_us) return kDone;
  run.watermark_us = least_us;
  TRY_STATUS(run.sink->on_watermark({least_us}, [&](const Batch& batch) -> Status {
    if (run.stream != nullptr) run.stream->push(batch);
    return kDone;
  }));
  if (run.stream != nullptr) run.stream->push(Watermark{least_us});
  return kDone;
}

Result<bool> QueryRun::pass(const Stage& stage, Barrier barrier) {
  SinkRun& run = *sinks_[stage.sink];
  std::lock_guard lock(run.inputs_mutex);
  SinkRun::Input& own = run.inputs[stage.sink_input];
  if (std::exchange(own.passed, false)) return true;
  own.barrier = barrier.checkpoint_id;
  for (const SinkRun::Input& input : run.inputs) {
    if (input.ended) continue;
    if (!input.barrier.has_value()) return false;
    if (*input.barrier != barrier.checkpoint_id) {
      return Error{ErrorCode::kUnsupported,
                   fmt::format("one input of an operator is at checkpoint {}, another at {}", barrier.checkpoint_id,
                               *input.barrier),
                   "", "read sources that give the same checkpoints"};
    }
  }
  TRY_STATUS(save(stage.sink, barrier));
  if (run.stream != nullptr) run.stream->push(barrier);
  for (SinkRun::Input& input : run.inputs) {
    input.passed = input.barrier.has_value() && &input != &own;
    input.barrier.reset();
  }
  return true;
}

Status QueryRun::save(uint32_t sink, Barrier barrier) {
  if (checkpoints_.directory.empty()) return kDone;
  std::string path = fmt::format("{}/{}-sink-{}.state", checkpoints_.directory, barrier.checkpoint_id, sink);
  TRY(writer, context_.files.create(sinks_[sink]->sink->state_schema(), path));
  TRY_STATUS(sinks_[sink]->sink->save(KeyGroups{}, *writer));
  TRY_STATUS(writer->close());
  std::map<uint32_t, std::string> positions;
  for (const auto& stage : stages_) {  // all stand at the barrier or have ended
    if (stage->stage_.sink != sink || std::holds_alternative<SinkSource>(stage->stage_.source)) continue;
    TRY(position, stage->source_->save());
    positions[stage->index_] = std::move(position);
  }
  std::lock_guard lock(mutex_);
  Manifest& manifest = checkpoints_under_way_[barrier.checkpoint_id];
  manifest.checkpoint_id = barrier.checkpoint_id;
  manifest.state_paths[sink] = path;
  if (sinks_[sink]->watermark_us.has_value()) manifest.watermarks_us[sink] = *sinks_[sink]->watermark_us;
  manifest.source_positions.merge(positions);
  if (sink != program_.result) return kDone;
  const Manifest complete = std::move(manifest);
  checkpoints_under_way_.erase(barrier.checkpoint_id);
  return replace_manifest(context_.world, checkpoints_.directory, complete);
}

Result<std::unique_ptr<Source>> QueryRun::result() { return sinks_[program_.result]->sink->output(); }

void QueryRun::add_end_of_sink(const Stage& stage, WorkReport& report) const {
  SinkRun& run = *sinks_[stage.sink];
  if (report.empty() || stage.sink_input + 1 != run.inputs.size()) return;
  std::lock_guard lock(run.work_mutex);
  report[part_of(AroundSteps::kSink, stage.steps.size())].add(run.work);
}

std::vector<StageReport> QueryRun::report() const {
  std::vector<StageReport> reports;
  for (const auto& stage : stages_) reports.push_back(stage->report());
  return reports;
}

bool QueryRun::probed(uint32_t sink) const {
  if (!std::holds_alternative<JoinBuildSink>(program_.sinks[sink].node)) return true;
  for (const auto& stage : stages_) {
    if (stage->ended_) continue;
    for (const Step& step : stage->stage_.steps)
      if (const auto* probe = std::get_if<Probe>(&step.node); probe != nullptr && probe->table == sink) return false;
  }
  return true;
}

uint64_t QueryRun::rows_scanned() const {
  uint64_t rows = 0;
  for (const auto& stage : stages_)
    if (std::holds_alternative<TableSource>(stage->stage().source) ||
        std::holds_alternative<RecursionSource>(stage->stage().source) ||
        std::holds_alternative<RangeSource>(stage->stage().source))
      rows += stage->rows_in();
  return rows;
}

void QueryRun::start_ready_stages() {
  for (const auto& stage : stages_ | std::views::reverse) {
    {
      std::lock_guard lock(mutex_);
      if (failed_ || stage->started_ || reads_fan_out(program_, stage->stage_)) continue;
      // Stages that begin together may each be what another one's lowest fault waits for.
      if (held_fault_.has_value() && stage->stage_.sink > held_fault_->first && !has_fan_outs_) continue;
      if (!is_ready(*stage) || waits_for_recursions(*stage)) continue;
      note_started(*stage);
    }
    if (const Status status = stage->start(); !status.ok()) fail(status.error());
  }
}

// With those that begin when it does.
bool QueryRun::is_ready(const StageRun& stage) const {
  const auto finished = [&](uint32_t sink) { return sinks_[sink]->finished; };
  bool ready = is_in_turn(stage);
  if (const auto* source = std::get_if<SinkSource>(&stage.stage().source);
      source != nullptr && !reads_fan_out(program_, stage.stage()))
    ready = ready && ((finished(source->sink) && probed(source->sink)) || streams(source->sink));
  for (const Step& step : stage.stage().steps)
    if (const auto* probe = std::get_if<Probe>(&step.node)) ready = ready && finished(probe->table);
  return ready && std::ranges::all_of(stage.readers_, [&](const StageRun* reader) { return is_ready(*reader); });
}

void QueryRun::note_started(StageRun& stage) {
  stage.started_ = true;
  for (StageRun* reader : stage.readers_) note_started(*reader);
}

// Each recursion in progress has a thread, and lanes that ask it for rows again and again.
bool QueryRun::waits_for_recursions(const StageRun& stage) const {
  constexpr ptrdiff_t kRecursionsMax = 8;
  const auto is_one = [](const StageRun& one) { return std::holds_alternative<RecursionSource>(one.stage().source); };
  return is_one(stage) && std::ranges::count_if(stages_, [&](const auto& other) {
                            return is_one(*other) && other->started_ && !other->ended_;
                          }) >= kRecursionsMax;
}

bool QueryRun::is_in_turn(const StageRun& stage) const {
  const Stage& own = stage.stage();
  if (!takes_inputs_in_turn(program_.sinks[own.sink].node)) return true;
  return std::ranges::all_of(stages_, [&](const auto& other) {
    return other->stage().sink != own.sink || other->stage().sink_input >= own.sink_input || other->ended_;
  });
}

Result<std::unique_ptr<Source>> QueryRun::open_source(uint32_t index) {
  const Stage& stage = program_.stages[index];
  using Opened = Result<std::unique_ptr<Source>>;
  return std::visit(
      Overloaded{[&](const TableSource& s) -> Opened {
                   const auto* table = dynamic_cast<const ScannableTable*>(s.table.get());
                   CHECK(table != nullptr);
                   ScanRequest request{s.columns, s.pruning, s.checked, s.fields};
                   request.late = late_columns(program_, index);
                   if (is_rule_on(context_.settings, "prune_by_join_keys"))
                     std::ranges::move(conditions_of_joins(stage, tables_), std::back_inserter(request.pruning));
                   return table->scan(request, context_);
                 },
                 [&](const RangeSource& s) -> Opened { return make_range_source(s.begin, s.end); },
                 [&](const OneRowSource&) -> Opened { return make_one_row_source(); },
                 [&](const ValuesSource& s) -> Opened { return make_values_source(s); },
                 [&](const SinkSource& s) -> Opened {
                   if (!streams(s.sink)) return sinks_[s.sink]->sink->output();
                   return Opened(std::move(sinks_[s.sink]->unopened));
                 },
                 [&](const RecursionSource& s) -> Opened {
                   return std::make_unique<RecursionRun>(s, context_, scheduler_, loop_provider_, working_);
                 },
                 [&](const WorkingSource& s) { return open_working_rows(s.id); },
                 [&](const StreamSource&) -> Opened {
                   return Error{ErrorCode::kInvalidPlan, "a shipped stage needs its rows from outside", "", ""};
                 }},
      stage.source);
}

const WorkingRound* QueryRun::working_round(uint32_t id) const {
  for (const WorkingRound* round = working_; round != nullptr; round = round->around)
    if (round->id == id) return round;
  return nullptr;
}

std::optional<uint64_t> QueryRun::working_row_count(uint32_t id) const {
  const WorkingRound* round = working_round(id);
  if (round == nullptr) return std::nullopt;
  uint64_t rows = 0;
  for (const Batch& batch : round->rows) rows += batch.rows;
  return rows;
}

Result<std::unique_ptr<Source>> QueryRun::open_working_rows(uint32_t id) const {
  if (const WorkingRound* round = working_round(id)) return make_working_source(*round);
  return Error{ErrorCode::kInvalidPlan, fmt::format("no recursion {} is around the stage that reads its rows", id), "",
               ""};
}

void QueryRun::fan_out_ended(StageRun& stage) {
  {
    std::lock_guard lock(mutex_);
    stage.ended_ = true;
    sinks_[stage.stage_.sink]->finished = true;
    ++sinks_finished_;
  }
  for (StageRun* reader : stage.readers_)
    if (reader->share_.sink == nullptr) fan_out_ended(*reader);
}

void QueryRun::stage_ended(StageRun& stage, const Source& source) {
  const uint32_t sink = stage.stage_.sink;
  SinkRun& run = *sinks_[sink];
  if (const auto* read = std::get_if<SinkSource>(&stage.stage_.source); read != nullptr && streams(read->sink))
    sinks_[read->sink]->stream->consumer_left();
  {
    std::lock_guard lock(run.inputs_mutex);
    run.inputs[stage.stage_.sink_input].ended = true;
  }
  const std::optional<FoundFault> fault = stage.share_.fault();
  bool complete;
  {
    std::lock_guard lock(mutex_);
    if (fault.has_value() && (!run.fault.has_value() || stage.stage_.sink_input < run.fault->input))
      run.fault = {stage.stage_.sink_input, *fault, fault->of_source ? "" : source.locate(fault->morsel, fault->row)};
    complete = --run.inputs_left == 0;
    stage.ended_ = true;
  }
  if (stopped()) return;
  if (!fault.has_value()) {
    if (const Status done = run.sink->input_done(stage.stage_.sink_input); !done.ok()) return fail(done.error());
  }
  if (complete)
    finish_sink(sink);
  else
    start_ready_stages();  // those that read what the stage did not match
}

void QueryRun::finish_sink(uint32_t sink) {
  SinkRun& run = *sinks_[sink];
  if (run.fault.has_value() && !run.sink->full()) {
    if (run.fault->found.of_source) return hold_fault(sink, *run.fault->found.of_source);
    const auto& [text, at] = run.fault->found.description;
    std::string where = run.fault->place;
    if (at.line > 0) where += fmt::format("{}query line {}, column {}", where.empty() ? "" : "; ", at.line, at.column);
    return hold_fault(sink, {ErrorCode::kFault, text, where, "SET on_error = 'null' turns such values into NULL"});
  }
  auto jobs = run.sink->last_jobs();
  if (!jobs.ok()) return fail(jobs.error());
  if (jobs.value().empty()) return complete_sink(sink);
  const auto left = std::make_shared<std::atomic<size_t>>(jobs.value().size());
  {
    std::lock_guard lock(mutex_);
    tasks_ += static_cast<uint32_t>(jobs.value().size());
  }
  for (auto& job : jobs.value())
    scheduler_.submit([this, sink, left, work = std::move(job)] {
      if (!stopped()) {
        if (const Status status = sinks_[sink]->end(context_.samples_per_second, work); !status.ok())
          fail(status.error());
      }
      if (left->fetch_sub(1, std::memory_order_acq_rel) == 1 && !stopped()) complete_sink(sink);
      task_done();
    });
}

void QueryRun::complete_sink(uint32_t sink) {
  SinkRun& run = *sinks_[sink];
  const Status finished = run.end(context_.samples_per_second, [&] { return run.sink->finish(); });
  if (!finished.ok()) return fail(finished.error());
  if (std::holds_alternative<JoinBuildSink>(program_.sinks[sink].node)) tables_[sink] = &join_table_of(*run.sink);
  if (run.stream != nullptr) run.stream->producer_finished();
  {
    std::lock_guard lock(mutex_);
    run.finished = true;
    ++sinks_finished_;
    settle_fault();
  }
  start_ready_stages();
  ended_.notify_all();
}

void QueryRun::hold_fault(uint32_t sink, Error error) {
  std::lock_guard lock(mutex_);
  if (!held_fault_.has_value() || sink < held_fault_->first) held_fault_ = {sink, std::move(error)};
  settle_fault();
  ended_.notify_all();
}

// A stream may never end: nothing waits for it.
void QueryRun::settle_fault() {
  if (!held_fault_.has_value()) return;
  for (uint32_t sink = 0; sink < held_fault_->first; ++sink)
    if (!sinks_[sink]->finished && !streams(sink)) return;
  if (!error_.has_value()) error_ = held_fault_->second;
  failed_.store(true, std::memory_order_release);
}

void QueryRun::fail(Error error) {
  std::lock_guard lock(mutex_);
  if (!error_.has_value()) error_ = std::move(error);
  failed_.store(true, std::memory_order_release);
  ended_.notify_all();
}

void QueryRun::task_done() {
  std::lock_guard lock(mutex_);
  if (--tasks_ == 0) ended_.notify_all();  // what run() waits for needs it
}

}  // namespace headrace
