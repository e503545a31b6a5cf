#include "runtime/stage_flow.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace headrace {

namespace {

constexpr uint64_t kLatenciesAtOnce = 128;  // batches of a lane of which the planner is told together

// Decodes for a stage behind a fan_out what the one in front of it left out.
class PassedOn final : public MorselReader {
 public:
  PassedOn(MorselReader& reader, const std::vector<Operand>& outputs) : reader_(reader), outputs_(outputs) {}
  uint64_t morsel() const override { return reader_.morsel(); }
  Result<bool> next(uint32_t, Batch&) override {
    CHECK(!"rows are handed on, not asked for");
    return false;
  }
  Result<Vector> decode_column(uint32_t column, const uint16_t* selection, uint32_t selected) override {
    return reader_.decode_column(outputs_[column].index, selection, selected);
  }

 private:
  MorselReader& reader_;
  const std::vector<Operand>& outputs_;  // of the stage in front: columns of its source, where they were left out
};

RowsGo where_rows_go(const StageShare& share) {
  if (share.sink == nullptr) return RowsGo::kOn;
  return share.rows_leave ? RowsGo::kOut : RowsGo::kIn;
}

}  // namespace

void StageShare::note_fault(const FoundFault& found) {
  std::lock_guard lock(fault_mutex_);
  if (fault_.has_value() && std::tie(fault_->morsel, fault_->row) <= std::tie(found.morsel, found.row)) return;
  fault_ = found;
  faulted_morsel_.store(found.morsel, std::memory_order_release);
}

std::optional<FoundFault> StageShare::fault() const {
  std::lock_guard lock(fault_mutex_);
  return fault_;
}

std::optional<uint64_t> StageShare::last_wanted() const {
  if (sink != nullptr)
    return sink->full() ? std::nullopt : std::optional(faulted_morsel_.load(std::memory_order_acquire));
  std::optional<uint64_t> last;
  for (const StageShare* reader : readers) last = std::max(last, reader->last_wanted());
  return last;
}

void StageShare::add(const StageWork& of_a_lane) {
  std::lock_guard lock(work_mutex_);
  of_a_lane.add_to(work_);
}

WorkReport StageShare::work() const {
  std::lock_guard lock(work_mutex_);
  WorkReport report = work_;
  if (!report.empty()) report[part_of(AroundSteps::kBetween, stage.steps.size())].add(outside);
  return report;
}

StageFlow::StageFlow(StageShare& share, const std::vector<const JoinTable*>& tables, QueryContext& context,
                     const StageFlow* from)
    : share_(share), from_(from), context_(context), tables_(tables), work_(share.stage.steps.size()) {
  take_plan();
  for (StageShare* reader : share.readers)
    readers_.push_back(std::make_unique<StageFlow>(*reader, tables, context, this));
  if (share.sink != nullptr) bind();
}

StageFlow::~StageFlow() {
  share_.add(work_);
  share_.planner->note_last_latencies(latencies_);
}

void StageFlow::take_plan() {
  generation_ = share_.planner->generation();
  std::shared_ptr<const StagePlan> plan = share_.planner->plan();
  auto runner = std::make_unique<StageRunner>(plan->stage, plan->loops, tables_, where_rows_go(share_), context_,
                                              share_.counters, &work_);
  if (runner_ != nullptr) runner->continue_morsel(*runner_);
  planned_ = std::move(runner);
  plan_ = std::move(plan);
  runner_ = planned_.get();
}

StageRunner& StageFlow::plain_runner() {
  if (plain_ == nullptr) {
    const StagePlan& plain = *share_.planner->plain();
    plain_ = std::make_unique<StageRunner>(plain.stage, plain.loops, tables_, where_rows_go(share_), context_,
                                           share_.counters, &work_);
    measures_.emplace(context_.world, plain.loops.size());
  }
  return *plain_;
}

StageRunner& StageFlow::choose_runner(uint32_t rows) {
  if (generation_ != share_.planner->generation()) take_plan();
  const bool measures = share_.planner->wants_measures(rows) || wants_warm_;
  StageRunner& runner = measures || !fuses_ ? plain_runner() : *planned_;
  times_.reset();
  if (&runner == planned_.get()) {
    runner.shadow(share_.planner->wants_shadow());
    if (share_.planner->wants_times()) times_.emplace(context_.world, plan_->loops.size());
    runner.measure(times_.has_value() ? &*times_ : nullptr);
  } else {
    runner.measure(measures ? &*measures_ : nullptr);
  }
  measured_ = measures;
  if (&runner != runner_) runner.continue_morsel(*runner_);
  runner_ = &runner;
  return runner;
}

void StageFlow::for_each_end(const std::function<void(StageFlow&)>& visit) {
  if (share_.sink != nullptr) return visit(*this);
  for (const auto& reader : readers_) reader->for_each_end(visit);
}

void StageFlow::bind() {
  local_ = share_.sink->local();
  states_ = local_->states();
}

void StageFlow::begin_morsel(uint64_t morsel) {
  morsel_ = morsel;
  ended_ = ran_ = compiled_ = false;
  fuses_ = share_.planner->wants_fused();
  for (const auto& reader : readers_) reader->begin_morsel(morsel);
}

bool StageFlow::wants_rows() {
  if (share_.sink == nullptr)
    return std::ranges::any_of(readers_, [](const auto& reader) { return reader->wants_rows(); });
  ended_ = ended_ || share_.cut_off(morsel_) || share_.sink->full();
  return !ended_;
}

uint64_t StageFlow::row_in_morsel(uint32_t row) const {
  return from_ == nullptr ? first_row_ + row : from_->row_in_morsel(from_->runner_->delivered_row(row));
}

Status StageFlow::consume(const Batch& batch, MorselReader& reader) {
  if (!wants_rows()) return kDone;
  if (from_ == nullptr) first_row_ = batch.sequence;
  ran_ = true;
  rows_in_ += batch.rows;
  const AtPart between(work_.around(AroundSteps::kBetween));
  const Emit emit = [&](const Batch& out) {
    if (share_.sink == nullptr) return hand_on(out, reader);
    return share_.sink->consume(share_.stage.sink_input, out, *local_);
  };
  StageRunner& runner = choose_runner(batch.rows);
  const int64_t begun_ns = context_.world.monotonic_ns();
  const uint64_t readers_ns = readers_ns_;
  TRY(fault, runner.run(batch, &reader, emit, states_));
  const int64_t now_ns = context_.world.monotonic_ns();
  TRY_STATUS(note_batch(runner, static_cast<uint64_t>(now_ns - begun_ns) - (readers_ns_ - readers_ns), now_ns));
  if (!fault.has_value()) return kDone;
  return cut({morsel_, row_in_morsel(fault->fault.row), std::move(fault->description)});
}

// A batch that took so long, the stages behind left out.
Status StageFlow::note_batch(const StageRunner& runner, uint64_t ns, int64_t now_ns) {
  StagePlanner& planner = *share_.planner;
  const bool compiled = runner.compiled_last_run();
  compiled_ |= compiled;
  rows_out_ += runner.rows_delivered();
  if (measured_) TRY_STATUS(planner.note(*measures_));
  wants_warm_ = measured_ && !measures_->warm();
  if (runner.shadowed_last_run()) {
    planner.note_shadow();
  } else {
    (compiled ? latencies_.fused : latencies_.apart).note(ns);
    if (times_.has_value() && compiled) TRY_STATUS(planner.note_times(*plan_, *times_));
  }
  return planner.note_load(ns, now_ns);
}

Status StageFlow::hand_on(const Batch& batch, MorselReader& reader) {
  PassedOn passed(reader, share_.stage.outputs);
  const int64_t begun_ns = context_.world.monotonic_ns();
  int64_t from_ns = begun_ns;
  for (const auto& to : readers_) {
    TRY_STATUS(to->consume(batch, passed));
    const int64_t until_ns = context_.world.monotonic_ns();
    const auto ns = static_cast<uint64_t>(until_ns - std::exchange(from_ns, until_ns));
    to->note_busy(ns - std::exchange(to->readers_ns_, 0));
  }
  readers_ns_ += static_cast<uint64_t>(from_ns - begun_ns);
  return kDone;
}

Status StageFlow::cut(const FoundFault& found) {
  for (const auto& reader : readers_) TRY_STATUS(reader->cut(found));
  if (share_.sink == nullptr || std::exchange(ended_, true)) return kDone;
  share_.note_fault(found);
  return share_.sink->morsel_cut(share_.stage.sink_input, found.morsel);  // a LIMIT may be satisfied by the rows before
}

Status StageFlow::end_morsel() {
  const AtPart sink(work_.around(AroundSteps::kSink));
  for (const auto& reader : readers_) TRY_STATUS(reader->end_morsel());
  if (share_.sink == nullptr || std::exchange(ended_, true)) return kDone;
  return share_.sink->morsel_done(share_.stage.sink_input, morsel_);
}

void StageFlow::note_busy(uint64_t ns) {
  share_.counters.busy_ns.fetch_add(ns, std::memory_order_relaxed);
  busy_ns_ += ns;
  raise_to(share_.counters.busiest_lane_ns, busy_ns_);
}

Status StageFlow::count(uint64_t busy_ns) {
  StageCounters& counters = share_.counters;
  share_.planner->note_morsel(std::exchange(rows_in_, 0), std::exchange(rows_out_, 0));
  if (latencies_.fused.count() + latencies_.apart.count() >= kLatenciesAtOnce) {
    TRY_STATUS(share_.planner->note_latencies(latencies_));
    latencies_.fused.clear();
    latencies_.apart.clear();
  }
  (compiled_ ? counters.morsels_compiled : counters.morsels_interpreted).fetch_add(1, std::memory_order_relaxed);
  note_busy(busy_ns - std::exchange(readers_ns_, 0));
  for (const auto& reader : readers_)
    if (reader->ran_) TRY_STATUS(reader->count(0));
  return kDone;
}

}  // namespace headrace
