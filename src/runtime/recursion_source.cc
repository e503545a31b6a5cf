#include "runtime/recursion_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace headrace {

namespace {

// What may wait to be claimed before the next round begins.
constexpr size_t kBatchesAheadMax = 64;
constexpr size_t kBatchesPerMorsel = limits::kMorselRowsTarget / limits::kVectorRowsMax;

// Says when it is gone.
class CountedReader final : public MorselReader {
 public:
  CountedReader(std::unique_ptr<MorselReader> reader, std::shared_ptr<std::atomic<uint32_t>> readers)
      : reader_(std::move(reader)), readers_(std::move(readers)) {
    readers_->fetch_add(1);
  }
  ~CountedReader() override { readers_->fetch_sub(1); }
  uint64_t morsel() const override { return reader_->morsel(); }
  Result<bool> next(uint32_t rows_max, Batch& out) override { return reader_->next(rows_max, out); }

 private:
  const std::unique_ptr<MorselReader> reader_;
  const std::shared_ptr<std::atomic<uint32_t>> readers_;
};

class FailedReader final : public MorselReader {
 public:
  FailedReader(Error error, uint64_t morsel) : error_(std::move(error)), morsel_(morsel) {}
  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t, Batch&) override { return error_; }

 private:
  const Error error_;
  const uint64_t morsel_;
};

Result<std::vector<Batch>> all_batches(Source& source) {
  std::vector<Batch> batches;
  for (;;) {
    TRY(claimed, source.claim());
    auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claimed);
    if (reader == nullptr) return batches;
    for (;;) {
      Batch batch;
      TRY(more, (*reader)->next(limits::kVectorRowsMax, batch));
      if (!more) break;
      if (batch.rows > 0) batches.push_back(std::move(batch));
    }
  }
}

void add_reports(const std::vector<StageReport>& more, std::vector<StageReport>& sums) {
  sums.resize(more.size());
  for (size_t i = 0; i < more.size(); ++i) {
    StageReport& sum = sums[i];
    const StageReport& one = more[i];
    sum.rows_in += one.rows_in;
    sum.rows_out += one.rows_out;
    sum.morsels += one.morsels;
    sum.morsels_compiled += one.morsels_compiled;
    sum.loops_rerun += one.loops_rerun;
    sum.busy_ns += one.busy_ns;
    sum.wall_ns += one.wall_ns;
    if (one.recursion == nullptr) continue;
    auto inner = sum.recursion == nullptr ? RecursionReport{} : *sum.recursion;
    inner.rounds += one.recursion->rounds;
    add_reports(one.recursion->base, inner.base);
    add_reports(one.recursion->step, inner.step);
    sum.recursion = std::make_shared<const RecursionReport>(std::move(inner));
  }
}

}  // namespace

RecursionRun::RecursionRun(const RecursionSource& spec, QueryContext& context, Scheduler& scheduler,
                           LoopProvider* loops, const WorkingRound* around)
    : spec_(spec),
      cancel_(&context.cancel),
      context_{context.world, context.budget, cancel_, context.settings, context.files, context.make_writer},
      scheduler_(scheduler),
      loops_(loops),
      around_(around),
      distinct_(spec.columns, context.budget),
      thread_([this] { run(); }) {}

RecursionRun::~RecursionRun() {
  stop();
  thread_.join();
}

void RecursionRun::stop() {
  cancel_.cancel();
  std::lock_guard lock(mutex_);
  stopped_ = true;
  waiting_.clear();
  changed_.notify_all();
}

RecursionReport RecursionRun::report() const {
  std::lock_guard lock(mutex_);
  return report_;
}

void RecursionRun::run() {
  Status status = run_rounds();
  std::lock_guard lock(mutex_);
  if (!status.ok()) error_ = status.error();
  finished_ = true;
}

Status RecursionRun::run_rounds() {
  std::vector<StageReport> of_base;
  QueryRun base(*spec_.base, context_, scheduler_, loops_, {}, around_);
  TRY(rows, run_part(base, of_base));
  {
    std::lock_guard lock(mutex_);
    add_reports(of_base, report_.base);
  }
  std::unique_ptr<QueryRun> before;
  for (uint64_t round = 1; !rows.empty(); ++round) {
    give(rows);
    if (!wait_for_room()) return kDone;
    const WorkingRound working{spec_.id, round, rows, around_};
    auto step = std::make_unique<QueryRun>(*spec_.step, context_, scheduler_, loops_, CheckpointOptions{}, &working);
    if (before != nullptr) step->take_tables(*before);
    std::vector<StageReport> of_step;
    TRY(next, run_part(*step, of_step));
    rows = std::move(next);
    before = std::move(step);
    std::lock_guard lock(mutex_);
    report_.rounds = round;
    add_reports(of_step, report_.step);
  }
  return kDone;
}

Result<std::vector<Batch>> RecursionRun::run_part(QueryRun& query, std::vector<StageReport>& reports) {
  TRY_STATUS(query.run());
  TRY(source, query.result());
  TRY(rows, all_batches(*source));
  reports = query.report();
  return spec_.distinct ? distinct_.added(rows) : Result<std::vector<Batch>>(std::move(rows));
}

void RecursionRun::give(const std::vector<Batch>& rows) {
  std::lock_guard lock(mutex_);
  if (!stopped_) waiting_.insert(waiting_.end(), rows.begin(), rows.end());
}

bool RecursionRun::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || waiting_.size() < kBatchesAheadMax; });
  return !stopped_;
}

Result<Claim> RecursionRun::claim() {
  std::lock_guard lock(mutex_);
  const uint64_t morsel = morsel_begins_.size();
  if (waiting_.empty()) {
    if (!finished_) return Claim(Blocked{});
    if (!error_.has_value()) return Claim(End{});
    if (readers_->load() > 0) return Claim(Blocked{});
    morsel_begins_.push_back(rows_given_);
    return Claim(std::make_unique<FailedReader>(*std::exchange(error_, std::nullopt), morsel));
  }
  std::vector<Batch> batches;
  morsel_begins_.push_back(rows_given_);
  while (!waiting_.empty() && batches.size() < kBatchesPerMorsel) {
    rows_given_ += waiting_.front().rows;
    batches.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  changed_.notify_all();
  return Claim(std::make_unique<CountedReader>(make_batches_reader(std::move(batches), morsel), readers_));
}

std::string RecursionRun::locate(uint64_t morsel, uint64_t row) const {
  std::lock_guard lock(mutex_);
  return fmt::format("row {} of a recursive query", morsel_begins_[morsel] + row + 1);
}

}  // namespace headrace
