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
  if (waiting.spill != nullptr || waiting_bytes_.load(std::memory_order_relaxed) > waiting_bytes_max_) {
    if (waiting.filling != nullptr) TRY_STATUS(seal(place, waiting));
    const std::lock_guard lock(mutex_);
    if (place == turn_) {
      TRY_STATUS(append_spilled(waiting));
    } else {
      if (waiting.spill == nullptr) {
        TRY(spill, context_.files.create(schema_, waiting.path));
        waiting.spill = std::move(spill);
      }
      return waiting.spill->write(batch);
    }
  }
  TRY_STATUS(add(waiting.filling, batch));
  if (!waiting.filling->full()) return kDone;
  TRY_STATUS(seal(place, waiting));
  return run_jobs();
}

Status WriteRows::seal(MorselPlace place, Waiting& waiting) {
  const std::lock_guard lock(mutex_);
  waiting.pieces.push_back(std::move(waiting.filling));
  return place == turn_ ? append_pieces(waiting) : kDone;
}

Status WriteRows::append(std::unique_ptr<RowPiece> piece) {
  waiting_bytes_.fetch_sub(piece->bytes(), std::memory_order_relaxed);
  WriteJobs jobs;
  TRY_STATUS(writer_->append(std::move(piece), jobs));
  const std::lock_guard lock(jobs_mutex_);
  for (WriteJob& job : jobs) jobs_.push_back(std::move(job));
  return kDone;
}

Status WriteRows::append_pieces(Waiting& waiting) {
  while (!waiting.pieces.empty()) {
    TRY_STATUS(append(std::move(waiting.pieces.front())));
    waiting.pieces.pop_front();
  }
  return kDone;
}

// What lies in the file; everything before it has been appended.
Status WriteRows::append_spilled(Waiting& waiting) {
  if (waiting.spill == nullptr) return kDone;
  TRY_STATUS(waiting.spill->close());
  waiting.spill.reset();
  TRY(reader, context_.files.open(schema_, waiting.path));
  std::unique_ptr<RowPiece> piece;
  Batch batch;
  for (;;) {
    TRY_STATUS(context_.cancel.check());
    TRY(more, reader->read(batch));
    if (!more) break;
    TRY_STATUS(add(piece, batch));
    if (piece->full()) TRY_STATUS(append(std::move(piece)));
  }
  if (piece != nullptr) TRY_STATUS(append(std::move(piece)));
  reader.reset();
  TRY_STATUS(context_.files.remove(waiting.path));
  waiting.path.clear();
  return kDone;
}

// Appends everything whose turn has come. The morsel whose turn it is appends its pieces itself from then on.
Status WriteRows::advance() {
  for (;;) {
    const auto first = waiting_.begin();
    const bool here = first != waiting_.end() && first->first == turn_;
    if (here) {
      Waiting& waiting = first->second;
      TRY_STATUS(append_pieces(waiting));
      if (!waiting.done) return kDone;
      TRY_STATUS(append_spilled(waiting));
      if (waiting.filling != nullptr) TRY_STATUS(append(std::move(waiting.filling)));
      waiting_.erase(first);
      ++turn_.second;
    } else if (!pass_ended_input(waiting_, inputs_done_, turn_)) {
      return kDone;
    }
  }
}

Status WriteRows::morsel_done(uint32_t input, uint64_t morsel) {
  if (!ordered_) return kDone;
  {
    const std::lock_guard lock(mutex_);
    waiting_[{input, morsel}].done = true;
    TRY_STATUS(advance());
  }
  return run_jobs();
}

Status WriteRows::input_done(uint32_t input) {
  if (!ordered_) return kDone;
  {
    const std::lock_guard lock(mutex_);
    inputs_done_.insert(input);
    TRY_STATUS(advance());
  }
  return run_jobs();
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

Status WriteRows::finish() {
  {
    const std::lock_guard lock(mutex_);
    for (auto& [turn, waiting] : waiting_) {
      TRY_STATUS(append_pieces(waiting));
      TRY_STATUS(append_spilled(waiting));
      if (waiting.filling != nullptr) TRY_STATUS(append(std::move(waiting.filling)));
    }
    waiting_.clear();
  }
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
