#include "runtime/query_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "execute/loop_shapes.h"
#include "runtime/join_keys.h"
#include "runtime/operators/join_build.h"
#include "runtime/operators/list.h"
#include "runtime/range_source.h"
#include "runtime/recursion_source.h"
#include "runtime/scannable.h"
#include "runtime/unchanging_tables.h"
#include "runtime/values_source.h"

namespace headrace {

// A row fault with its place in the order of the sink's inputs.
struct FoundFault {
  uint64_t morsel, row;
  FaultDescription description;
  std::optional<Error> of_source = {};  // of what the source computes itself: complete
};

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
};

// One stage in progress. A lane is a chain of tasks: each claims a morsel, runs it and submits the next, so that a stage
// uses at most as many workers as it has lanes, and idle workers steal lanes.
class QueryRun::StageRun {
 public:
  StageRun(QueryRun& query, uint32_t index) : query_(query), index_(index), stage_(query.program_.stages[index]) {}

  Status start();
  const Stage& stage() const { return stage_; }
  bool started() const { return started_; }
  uint64_t rows_in() const { return counters_.rows_in.load(std::memory_order_relaxed); }
  StageReport report() const {
    StageReport report{counters_.rows_in,
                       counters_.rows_out,
                       counters_.morsels_interpreted + counters_.morsels_compiled,
                       counters_.morsels_compiled,
                       counters_.loops_rerun,
                       counters_.busy_ns,
                       static_cast<uint64_t>(ended_ns_ - started_ns_),
                       counters_.filter_changes};
    if (source_ != nullptr) {
      report.recursion = source_->report();
      report.bad_rows = source_->bad_rows();
      report.reads = source_->reads();
    }
    return report;
  }

 private:
  friend class QueryRun;
  struct Lane {
    std::unique_ptr<StageRunner> runner;
    std::unique_ptr<Local> local;
    WorkerStates states;  // of `local`
  };

  bool is_one_morsel(std::optional<uint64_t> rows) const;
  std::shared_ptr<Lane> make_lane();
  void bind(Lane& lane);
  void submit(std::shared_ptr<Lane> lane, uint64_t delay_us = 0);
  void run_lane(const std::shared_ptr<Lane>& lane);
  bool run_next(const std::shared_ptr<Lane>& lane);
  Result<Claim> claim();
  Status morsel_ended();
  Status close_epoch();
  Status run_morsel(Lane& lane, MorselReader& reader);
  Status run_batches(Lane& lane, MorselReader& reader);
  void note_fault(const FoundFault& fault);
  bool cut_off(uint64_t morsel) const { return morsel > faulted_morsel_.load(std::memory_order_acquire); }
  void end_lane(const std::shared_ptr<Lane>& lane);

  QueryRun& query_;
  const uint32_t index_;
  const Stage& stage_;
  Sink* sink_ = nullptr;
  std::unique_ptr<Source> source_;
  std::vector<StageLoop> loops_;
  StageCounters counters_;
  bool started_ = false;
  bool ended_ = false;  // guarded by the query's mutex_
  std::vector<std::weak_ptr<Lane>> lanes_;
  std::atomic<uint32_t> lanes_left_{0};
  // A watermark or barrier waits in `control_` until the epoch's morsels have drained; nothing is claimed meanwhile.
  std::mutex epoch_mutex_;  // guards in_flight_ and control_, and makes claims one at a time
  uint32_t in_flight_ = 0;
  std::variant<std::monostate, Watermark, Barrier> control_;
  bool epoch_merged_ = false;  // every Local of the epoch that `control_` ends
  std::atomic<uint64_t> faulted_morsel_{~uint64_t{0}};
  std::mutex fault_mutex_;  // guards fault_
  std::optional<FoundFault> fault_;
  int64_t started_ns_ = 0, ended_ns_ = 0;
};

// Whether the source gives so few rows that one lane takes them all.
bool QueryRun::StageRun::is_one_morsel(std::optional<uint64_t> rows) const {
  const bool in_memory =
      std::holds_alternative<OneRowSource>(stage_.source) || std::holds_alternative<ValuesSource>(stage_.source) ||
      std::holds_alternative<WorkingSource>(stage_.source) || std::holds_alternative<RangeSource>(stage_.source);
  return in_memory && rows.has_value() && *rows <= limits::kVectorRowsMax;
}

Status QueryRun::StageRun::start() {
  started_ns_ = query_.context_.world.monotonic_ns();
  sink_ = query_.sinks_[stage_.sink]->sink.get();
  TRY(source, query_.open_source(stage_));
  source_ = std::move(source);
  for (LoopShape& shape : loop_shapes(stage_, query_.context_.settings.on_error == ErrorPolicy::kNull))
    loops_.push_back({std::move(shape), nullptr});
  std::optional<uint64_t> rows;
  if (const auto* table = std::get_if<TableSource>(&stage_.source)) rows = table->table->row_count();
  if (const auto* range = std::get_if<RangeSource>(&stage_.source))
    rows = range->end > range->begin ? static_cast<uint64_t>(range->end) - static_cast<uint64_t>(range->begin) : 0;
  if (std::holds_alternative<OneRowSource>(stage_.source)) rows = 1;
  if (const auto* values = std::get_if<ValuesSource>(&stage_.source)) rows = values->rows.size();
  if (const auto* working = std::get_if<WorkingSource>(&stage_.source)) rows = query_.working_row_count(working->id);
  if (query_.loop_provider_ != nullptr) TRY_STATUS(query_.loop_provider_->prepare(loops_, rows));
  if (const auto at = query_.restored_.source_positions.find(index_); at != query_.restored_.source_positions.end())
    TRY_STATUS(source_->load(at->second));
  uint32_t lanes = std::max(1u, query_.context_.settings.threads);
  if (is_one_morsel(rows)) lanes = 1;
  lanes_left_ = lanes;
  std::vector<std::shared_ptr<Lane>> all;
  for (uint32_t i = 0; i < lanes; ++i) all.push_back(make_lane());
  lanes_.assign(all.begin(), all.end());
  for (auto& lane : all) submit(std::move(lane));
  return kDone;
}

std::shared_ptr<QueryRun::StageRun::Lane> QueryRun::StageRun::make_lane() {
  auto lane = std::make_shared<Lane>();
  const SinkNode& sink = query_.program_.sinks[stage_.sink].node;
  const bool rows_leave = std::holds_alternative<CollectSink>(sink) || std::holds_alternative<WriteSink>(sink);
  lane->runner = std::make_unique<StageRunner>(stage_, loops_, query_.tables_, rows_leave, query_.context_, counters_);
  bind(*lane);
  return lane;
}

// Gives the lane a fresh share of the sink's state.
void QueryRun::StageRun::bind(Lane& lane) {
  lane.local = sink_->local();
  lane.states = lane.local->states();
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
  // While no other task waits for a worker, the lane goes on without a way through the queue.
  while (run_next(lane)) {
    if (query_.scheduler_.others_wait()) return submit(lane);
  }
}

// Claims and runs a morsel; false: the lane has ended or was submitted again.
bool QueryRun::StageRun::run_next(const std::shared_ptr<Lane>& lane) {
  if (const Status cancelled = query_.context_.cancel.check(); !cancelled.ok()) query_.fail(cancelled.error());
  // Behind a fault nothing is run any more, but what lies before it may still have to be claimed.
  const bool faulted = faulted_morsel_.load(std::memory_order_acquire) != ~uint64_t{0};
  if (query_.stopped() || sink_->full() || (faulted && source_->claims_in_order())) {
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

// One claim at a time, none while an epoch closes, or while the consumer of what the sink gives lags.
Result<Claim> QueryRun::StageRun::claim() {
  std::lock_guard lock(epoch_mutex_);
  if (control_.index() != 0) {
    if (in_flight_ == 0) TRY_STATUS(close_epoch());  // its barrier waits for the sink's other inputs
    return Claim(Blocked{});
  }
  const SinkStream* stream = query_.sinks_[stage_.sink]->stream;
  if (stream != nullptr && stream->full()) return Claim(Blocked{});
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
    if (epoch_merged_ || lane == nullptr || lane->local == nullptr) continue;
    TRY_STATUS(sink_->prepare(*lane->local));
    TRY_STATUS(sink_->merge(std::move(lane->local)));
    bind(*lane);
  }
  epoch_merged_ = true;
  if (const auto* watermark = std::get_if<Watermark>(&control_)) {
    TRY_STATUS(query_.pass(stage_, *watermark));
  } else {
    TRY(passed, query_.pass(stage_, std::get<Barrier>(control_)));
    if (!passed) return kDone;
  }
  control_ = std::monostate{};
  epoch_merged_ = false;
  return kDone;
}

Status QueryRun::StageRun::run_morsel(Lane& lane, MorselReader& reader) {
  const int64_t begun_ns = query_.context_.world.monotonic_ns();
  TRY_STATUS(run_batches(lane, reader));
  const bool compiled = lane.runner->compiled_last_run();
  (compiled ? counters_.morsels_compiled : counters_.morsels_interpreted).fetch_add(1, std::memory_order_relaxed);
  counters_.busy_ns.fetch_add(static_cast<uint64_t>(query_.context_.world.monotonic_ns() - begun_ns),
                              std::memory_order_relaxed);
  return kDone;
}

Status QueryRun::StageRun::run_batches(Lane& lane, MorselReader& reader) {
  const uint64_t morsel = reader.morsel();
  const Emit emit = [&](const Batch& batch) { return sink_->consume(stage_.sink_input, batch, *lane.local); };
  Batch batch;
  while (!query_.stopped() && !cut_off(morsel) && !sink_->full()) {
    TRY_STATUS(query_.context_.cancel.check());
    auto read = reader.next(query_.context_.settings.vector_rows, batch);
    // Bytes that are wrong are found where they are, too: rows in front of them may be enough.
    if (!read.ok() && (read.error().code == ErrorCode::kFault || read.error().code == ErrorCode::kBadInput)) {
      note_fault({morsel, 0, {}, read.error()});
      return sink_->morsel_cut(stage_.sink_input, morsel);
    }
    TRY(more, std::move(read));
    if (!more) return sink_->morsel_done(stage_.sink_input, morsel);
    TRY(fault, lane.runner->run(batch, &reader, emit, lane.states));
    if (fault.has_value()) {
      note_fault({morsel, batch.sequence + fault->fault.row, std::move(fault->description)});
      return sink_->morsel_cut(stage_.sink_input, morsel);  // a LIMIT may be satisfied by the rows before the fault
    }
  }
  return kDone;
}

void QueryRun::StageRun::note_fault(const FoundFault& found) {
  std::lock_guard lock(fault_mutex_);
  if (fault_.has_value() && std::tie(fault_->morsel, fault_->row) <= std::tie(found.morsel, found.row)) return;
  fault_ = found;
  faulted_morsel_.store(found.morsel, std::memory_order_release);
}

// The lane's own share is made ready before the lock, so that lanes do it at the same time. No epoch closes meanwhile that
// could miss it: the lane ends because its source is at its end, or because nothing more of the stage is wanted.
void QueryRun::StageRun::end_lane(const std::shared_ptr<Lane>& lane) {
  std::unique_ptr<Local> local;
  {
    std::lock_guard lock(epoch_mutex_);
    local = std::move(lane->local);
  }
  if (!query_.stopped()) {
    if (const Status prepared = sink_->prepare(*local); !prepared.ok()) query_.fail(prepared.error());
  }
  {
    std::lock_guard lock(epoch_mutex_);  // close_epoch() looks at every lane's local
    if (!query_.stopped()) {
      if (const Status merged = sink_->merge(std::move(local)); !merged.ok()) query_.fail(merged.error());
    }
    local.reset();
  }
  lane->runner.reset();
  if (lanes_left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    ended_ns_ = query_.context_.world.monotonic_ns();
    query_.stage_ended(*this);
  }
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
    TRY(sink, make_sink(spec, context_));
    sinks_.push_back(std::make_shared<SinkRun>());
    sinks_.back()->sink = std::move(sink);
    sinks_.back()->inputs_left = spec.inputs;
    sinks_.back()->inputs.resize(spec.inputs);
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
      if (failed_ || stage->started_) continue;
      if (held_fault_.has_value() && stage->stage_.sink > held_fault_->first) continue;
      const auto finished = [&](uint32_t sink) { return sinks_[sink]->finished; };
      bool ready = true;
      if (const auto* source = std::get_if<SinkSource>(&stage->stage_.source))
        ready = (finished(source->sink) && probed(source->sink)) || streams(source->sink);
      for (const Step& step : stage->stage_.steps)
        if (const auto* probe = std::get_if<Probe>(&step.node)) ready = ready && finished(probe->table);
      if (!ready || !is_in_turn(*stage) || waits_for_recursions(*stage)) continue;
      stage->started_ = true;
    }
    if (const Status status = stage->start(); !status.ok()) fail(status.error());
  }
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

Result<std::unique_ptr<Source>> QueryRun::open_source(const Stage& stage) {
  using Opened = Result<std::unique_ptr<Source>>;
  return std::visit(
      Overloaded{[&](const TableSource& s) -> Opened {
                   const auto* table = dynamic_cast<const ScannableTable*>(s.table.get());
                   CHECK(table != nullptr);
                   ScanRequest request{s.columns, s.pruning, s.checked};
                   for (const Step& step : stage.steps) {
                     if (const auto* decode = std::get_if<Decode>(&step.node)) request.late.push_back(decode->value);
                     if (const auto* probe = std::get_if<Probe>(&step.node))
                       request.late.insert(request.late.end(), probe->decoded.begin(), probe->decoded.end());
                   }
                   if (is_rule_on(context_.settings, "prune_by_join_keys"))
                     std::ranges::move(conditions_of_joins(stage, tables_), std::back_inserter(request.pruning));
                   std::ranges::sort(request.late);
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

void QueryRun::stage_ended(StageRun& stage) {
  const uint32_t sink = stage.stage_.sink;
  SinkRun& run = *sinks_[sink];
  stage.source_->stop();
  if (const auto* source = std::get_if<SinkSource>(&stage.stage_.source); source != nullptr && streams(source->sink))
    sinks_[source->sink]->stream->consumer_left();
  {
    std::lock_guard lock(run.inputs_mutex);
    run.inputs[stage.stage_.sink_input].ended = true;
  }
  bool complete;
  {
    std::lock_guard lock(mutex_);
    if (stage.fault_.has_value() && (!run.fault.has_value() || stage.stage_.sink_input < run.fault->input)) {
      run.fault = {stage.stage_.sink_input, *stage.fault_,
                   stage.fault_->of_source ? "" : stage.source_->locate(stage.fault_->morsel, stage.fault_->row)};
    }
    complete = --run.inputs_left == 0;
    stage.ended_ = true;
  }
  if (stopped()) return;
  if (!stage.fault_.has_value()) {
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
        if (const Status status = work(); !status.ok()) fail(status.error());
      }
      if (left->fetch_sub(1, std::memory_order_acq_rel) == 1 && !stopped()) complete_sink(sink);
      task_done();
    });
}

void QueryRun::complete_sink(uint32_t sink) {
  SinkRun& run = *sinks_[sink];
  if (const Status status = run.sink->finish(); !status.ok()) return fail(status.error());
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
