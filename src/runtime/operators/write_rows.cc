#include "runtime/operators/write_rows.h"

#include "base/check.h"
#include "runtime/operators/stored_source.h"

namespace headrace {

struct WriteRows::Mine final : Local {
  std::unique_ptr<RowPiece> filling;  // where order is free
  Waiting* waiting = nullptr;         // of `place`; it stays where it is until the morsel is done
  MorselPlace place;
};

Result<std::unique_ptr<Sink>> WriteRows::make(const struct WriteSink& spec, const Schema& input,
                                              QueryContext& context) {
  if (!context.make_writer) {
    return Error{ErrorCode::kUnsupported, "this process cannot write files", spec.path,
                 "run the COPY where the engine runs"};
  }
  TRY(writer, context.make_writer({spec.path, spec.format, input, spec.options}, context.world, context.budget));
  return std::unique_ptr<Sink>(new WriteRows(spec, input, context, std::move(writer)));
}

WriteRows::WriteRows(const struct WriteSink& spec, Schema input, QueryContext& context,
                     std::unique_ptr<RowWriter> writer)
    : ordered_(spec.ordered),
      schema_(std::move(input)),
      context_(context),
      waiting_bytes_max_(context.budget.bytes_max() / 8),
      writer_(std::move(writer)) {}

WriteRows::~WriteRows() {
  jobs_.clear();
  for (auto& [turn, waiting] : waiting_) {
    waiting.spill.reset();
    waiting.spilled.reset();
    if (!waiting.path.empty()) (void)context_.files.remove(waiting.path).ok();
  }
  waiting_.clear();
  if (writer_ != nullptr && !finished_) writer_->abandon();
}

std::unique_ptr<Local> WriteRows::local() { return std::make_unique<Mine>(); }

Status WriteRows::consume(uint32_t input, const Batch& batch, Local& local) {
  if (batch.rows == 0) return kDone;
  auto& mine = static_cast<Mine&>(local);
  rows_.fetch_add(batch.rows, std::memory_order_relaxed);
  if (!ordered_) return consume_unordered(batch, mine);
  const MorselPlace place{input, batch.morsel};
  if (mine.waiting == nullptr || mine.place != place) {
    const std::lock_guard lock(mutex_);
    mine.waiting = &waiting_[place];
    mine.place = place;
  }
  return spill_or_add(place, *mine.waiting, batch);
}

Status WriteRows::add(std::unique_ptr<RowPiece>& piece, const Batch& batch) {
  if (piece == nullptr) piece = writer_->piece();
  const uint64_t before = piece->bytes();
  TRY_STATUS(piece->add(batch));
  waiting_bytes_.fetch_add(piece->bytes() - before, std::memory_order_relaxed);
  return kDone;
}

Status WriteRows::consume_unordered(const Batch& batch, Mine& mine) {
  TRY_STATUS(add(mine.filling, batch));
  return mine.filling->full() ? prepare(mine) : kDone;
}

// A lane ends, or its piece is full.
Status WriteRows::prepare(Local& local) {
  auto& mine = static_cast<Mine&>(local);
  if (mine.filling != nullptr) {
    const std::lock_guard lock(mutex_);
    TRY_STATUS(append(std::move(mine.filling)));
  }
  return run_jobs();
}

Status WriteRows::spill_or_add(MorselPlace place, Waiting& waiting, const Batch& batch) {
  bool waits = waiting.spill != nullptr || waiting_bytes_.load(std::memory_order_relaxed) > waiting_bytes_max_;
  if (waits && waiting.filling != nullptr) TRY_STATUS(seal(place, waiting));
  while (waits) {
    {
      const std::lock_guard lock(mutex_);
      if (place != turn_) {
        if (waiting.spill == nullptr) {
          TRY(spill, context_.files.create(schema_, waiting.path));
          waiting.spill = std::move(spill);
        }
        return waiting.spill->write(batch);
      }
      TRY(more, append_some(waiting));
      waits = more;
    }
    TRY_STATUS(run_jobs());
  }
  TRY_STATUS(add(waiting.filling, batch));
  if (!waiting.filling->full()) return kDone;
  TRY_STATUS(seal(place, waiting));
  return run_jobs();
}

Status WriteRows::seal(MorselPlace place, Waiting& waiting) {
  const std::lock_guard lock(mutex_);
  waiting.pieces.push_back(std::move(waiting.filling));
  for (bool more = place == turn_ && waiting.spill == nullptr; more;) {
    TRY(appended, append_some(waiting));
    more = appended;
  }
  return kDone;
}

Status WriteRows::append(std::unique_ptr<RowPiece> piece) {
  waiting_bytes_.fetch_sub(piece->bytes(), std::memory_order_relaxed);
  WriteJobs jobs;
  TRY_STATUS(writer_->append(std::move(piece), jobs));
  const std::lock_guard lock(jobs_mutex_);
  for (WriteJob& job : jobs) jobs_.push_back(std::move(job));
  return kDone;
}

// One piece of a morsel whose turn has come; false: what its worker is filling aside, there is none.
Result<bool> WriteRows::append_some(Waiting& waiting) {
  if (!waiting.pieces.empty()) {
    std::unique_ptr<RowPiece> piece = std::move(waiting.pieces.front());
    waiting.pieces.pop_front();  // before it can fail: other workers go on until they hear of it
    TRY_STATUS(append(std::move(piece)));
    return true;
  }
  if (waiting.path.empty()) return false;
  TRY_STATUS(append_spilled(waiting));
  return true;
}

// What lies in the file, until a piece is full.
Status WriteRows::append_spilled(Waiting& waiting) {
  if (waiting.spill != nullptr) {
    TRY_STATUS(waiting.spill->close());
    waiting.spill.reset();
    TRY(spilled, context_.files.open(schema_, waiting.path));
    waiting.spilled = std::move(spilled);
  }
  std::unique_ptr<RowPiece> piece;
  Batch batch;
  bool more = true;
  while (piece == nullptr || !piece->full()) {
    TRY(read, waiting.spilled->read(batch));
    more = read;
    if (!more) break;
    TRY_STATUS(add(piece, batch));
  }
  if (piece != nullptr) TRY_STATUS(append(std::move(piece)));
  if (more) return kDone;
  waiting.spilled.reset();
  TRY_STATUS(context_.files.remove(waiting.path));
  waiting.path.clear();
  return kDone;
}

// Appends one piece whose turn has come, or moves the turn on; false: there is nothing to do. The morsel whose turn it is
// appends its pieces itself from then on.
Result<bool> WriteRows::step() {
  const auto first = waiting_.begin();
  if (first == waiting_.end() || first->first != turn_) return pass_ended_input(waiting_, inputs_done_, turn_);
  Waiting& waiting = first->second;
  if (!waiting.done && waiting.pieces.empty()) return false;
  TRY(appended, append_some(waiting));
  if (appended) return true;
  if (waiting.filling != nullptr) TRY_STATUS(append(std::move(waiting.filling)));
  waiting_.erase(first);
  ++turn_.second;
  return true;
}

// Jobs are done in between, so that no more is held than what one piece brings.
Status WriteRows::advance() {
  for (bool more = true; more;) {
    {
      const std::lock_guard lock(mutex_);
      TRY(stepped, step());
      more = stepped;
    }
    TRY_STATUS(run_jobs());
  }
  return kDone;
}

Status WriteRows::morsel_done(uint32_t input, uint64_t morsel) {
  if (!ordered_) return kDone;
  {
    const std::lock_guard lock(mutex_);
    waiting_[{input, morsel}].done = true;
  }
  return advance();
}

Status WriteRows::input_done(uint32_t input) {
  if (!ordered_) return kDone;
  {
    const std::lock_guard lock(mutex_);
    inputs_done_.insert(input);
  }
  return advance();
}

Status WriteRows::run_jobs() {
  for (;;) {
    TRY_STATUS(context_.cancel.check());
    WriteJob job;
    {
      const std::lock_guard lock(jobs_mutex_);
      if (jobs_.empty()) return kDone;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    TRY_STATUS(job());
  }
}

// Sources need not say when a morsel is done.
Status WriteRows::append_rest() {
  for (auto& [place, waiting] : waiting_) {
    waiting.done = true;
    turn_ = place;
    for (bool more = true; more;) {
      TRY(appended, append_some(waiting));
      more = appended;
      TRY_STATUS(run_jobs());
    }
    if (waiting.filling != nullptr) TRY_STATUS(append(std::move(waiting.filling)));
  }
  waiting_.clear();
  return kDone;
}

// The last row groups: of each partition one.
Result<std::vector<std::function<Status()>>> WriteRows::last_jobs() {
  TRY_STATUS(append_rest());
  WriteJobs jobs(std::make_move_iterator(jobs_.begin()), std::make_move_iterator(jobs_.end()));
  jobs_.clear();
  TRY_STATUS(writer_->flush(false, jobs));
  for (WriteJob& job : jobs)
    job = [this, work = std::move(job)]() -> Status {
      TRY_STATUS(context_.cancel.check());
      return work();
    };
  return jobs;
}

Status WriteRows::finish() {
  TRY_STATUS(append_rest());
  TRY_STATUS(run_jobs());
  TRY_STATUS(writer_->finish());
  finished_ = true;
  return kDone;
}

Result<std::unique_ptr<Source>> WriteRows::output() {
  CHECK(finished_);
  auto rows = std::make_shared<int64_t>(static_cast<int64_t>(rows_.load()));
  Vector column;
  column.type = kInt64;
  column.data = rows.get();
  column.owner = std::move(rows);
  Batch batch;
  batch.rows = 1;
  batch.columns.push_back(std::move(column));
  return batch_source(std::move(batch), "the count of written rows");
}

}  // namespace headrace
