#include "runtime/operators/write_rows.h"

#include "base/check.h"
#include "runtime/operators/stored_source.h"
#include "types/string_ref.h"

namespace headrace {

namespace {

uint64_t bytes_of(const Batch& batch) {
  uint64_t bytes = 0;
  for (const Vector& column : batch.columns) {
    bytes += uint64_t{batch.rows} * width_bytes(column.type.id);
    if (column.type.id != TypeId::kUtf8) continue;
    for (uint32_t row = 0; row < batch.rows; ++row) bytes += column.as<StringRef>()[column.index_of(row)].size;
  }
  return bytes;
}

}  // namespace

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
  if (writer_ != nullptr && !finished_) writer_->abandon();
  for (auto& [turn, waiting] : waiting_) {
    waiting.spill.reset();
    if (!waiting.path.empty()) (void)context_.files.remove(waiting.path).ok();
  }
}

Status WriteRows::write(const Batch& batch) {
  TRY_STATUS(context_.cancel.check());
  rows_ += batch.rows;
  return writer_->write(batch);
}

Status WriteRows::consume(uint32_t input, const Batch& batch, Local&) {
  if (batch.rows == 0) return kDone;
  std::lock_guard lock(mutex_);
  const MorselPlace turn{input, batch.morsel};
  if (!ordered_ || turn == turn_) return write(batch);
  return hold_back(waiting_[turn], batch);
}

Status WriteRows::hold_back(Waiting& waiting, const Batch& batch) {
  const uint64_t bytes = bytes_of(batch);
  if (waiting.spill == nullptr && waiting_bytes_ + bytes <= waiting_bytes_max_) {
    waiting.batches.push_back(batch);
    waiting_bytes_ += bytes;
    return kDone;
  }
  if (waiting.spill == nullptr) {
    TRY(spill, context_.files.create(schema_, waiting.path));
    waiting.spill = std::move(spill);
  }
  return waiting.spill->write(batch);
}

Status WriteRows::write_waiting(Waiting& waiting) {
  for (const Batch& batch : waiting.batches) {
    waiting_bytes_ -= bytes_of(batch);
    TRY_STATUS(write(batch));
  }
  waiting.batches.clear();
  if (waiting.spill == nullptr) return kDone;
  TRY_STATUS(waiting.spill->close());
  waiting.spill.reset();
  TRY(reader, context_.files.open(schema_, waiting.path));
  Batch batch;
  for (;;) {
    TRY(more, reader->read(batch));
    if (!more) break;
    TRY_STATUS(write(batch));
  }
  reader.reset();
  TRY_STATUS(context_.files.remove(waiting.path));
  waiting.path.clear();
  return kDone;
}

// Writes everything whose turn has come. The morsel whose turn it is writes directly from then on.
Status WriteRows::advance() {
  for (;;) {
    const auto first = waiting_.begin();
    const bool here = first != waiting_.end() && first->first == turn_;
    if (here) {
      TRY_STATUS(write_waiting(first->second));
      if (!first->second.done) return kDone;
      waiting_.erase(first);
      ++turn_.second;
    } else if (!pass_ended_input(waiting_, inputs_done_, turn_)) {
      return kDone;
    }
  }
}

Status WriteRows::morsel_done(uint32_t input, uint64_t morsel) {
  if (!ordered_) return kDone;
  std::lock_guard lock(mutex_);
  waiting_[{input, morsel}].done = true;
  return advance();
}

Status WriteRows::input_done(uint32_t input) {
  if (!ordered_) return kDone;
  std::lock_guard lock(mutex_);
  inputs_done_.insert(input);
  return advance();
}

Status WriteRows::finish() {
  for (auto& [turn, waiting] : waiting_) TRY_STATUS(write_waiting(waiting));
  waiting_.clear();
  TRY_STATUS(context_.cancel.check());
  TRY_STATUS(writer_->finish());
  finished_ = true;
  return kDone;
}

Result<std::unique_ptr<Source>> WriteRows::output() {
  CHECK(finished_);
  auto rows = std::make_shared<int64_t>(static_cast<int64_t>(rows_));
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
