#include "runtime/recursion_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace headrace {

namespace {

// What may wait to be claimed before the next round begins.
constexpr size_t kBatchesAheadMax = 64;

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

}  // namespace

RecursionRun::RecursionRun(const RecursionSource& spec, QueryContext& context, Scheduler& scheduler,
                           LoopProvider* loops, const WorkingRound* around)
    : spec_(spec),
      cancel_(&context.cancel),
      context_(context.under(cancel_)),
      scheduler_(scheduler),
      loops_(loops),
      around_(around),
      unchanging_(unchanging_tables(*spec.step)),
      distinct_(spec.columns, context.budget),
      thread_([this] { run(); }) {}

RecursionRun::~RecursionRun() {
  stop();
  if (thread_.joinable()) thread_.join();
}

Status RecursionRun::commit() {
  stop();
  thread_.join();
  if (error_.has_value() && error_->code == ErrorCode::kMiscompiled) return *error_;
  return kDone;
}

void RecursionRun::stop() {
  cancel_.cancel();
  std::lock_guard lock(mutex_);
  stopped_ = true;
  waiting_.clear();
  changed_.notify_all();
}

std::shared_ptr<const RecursionReport> RecursionRun::report() const {
  std::lock_guard lock(mutex_);
  return std::make_shared<const RecursionReport>(report_);
}

void RecursionRun::run() {
  Status status = run_rounds();
  std::lock_guard lock(mutex_);
  if (!status.ok()) error_ = status.error();
  finished_ = true;
}

// No run outlives what it reads: the rows of its round, and the threads of recursions inside it read them too.
Status RecursionRun::run_rounds() {
  QueryRun::Tables tables;
  TRY(rows, run_part(*spec_.base, around_, nullptr));
  for (uint64_t round = 1; round == 1 || !rows.empty(); ++round) {
    give(rows);
    if (!wait_for_room()) return kDone;
    const WorkingRound working{spec_.id, round, rows, around_};
    TRY(next, run_part(*spec_.step, &working, &tables));
    rows = std::move(next);
    std::lock_guard lock(mutex_);
    report_.rounds = round;
  }
  return kDone;
}

Result<std::vector<Batch>> RecursionRun::run_part(const Program& part, const WorkingRound* working,
                                                  QueryRun::Tables* tables) {
  QueryRun query(part, context_, scheduler_, loops_, {}, working);
  if (tables != nullptr) query.take(std::move(*tables), unchanging_);
  TRY_STATUS(query.run());
  if (tables != nullptr) *tables = query.share(unchanging_);
  TRY(source, query.result());
  TRY(rows, all_batches(*source));
  {
    const std::vector<StageReport> stages = query.report();
    std::lock_guard lock(mutex_);
    add_reports(stages, tables == nullptr ? report_.base : report_.step);
  }
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
  if (error_.has_value() && error_->code == ErrorCode::kMiscompiled) waiting_.clear();
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

uint64_t RecursionRun::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::string RecursionRun::locate(uint64_t morsel, uint64_t row) const {
  std::lock_guard lock(mutex_);
  return fmt::format("row {} of a recursive query", morsel_begins_[morsel] + row + 1);
}

}  // namespace headrace
