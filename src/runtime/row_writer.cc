#include "runtime/row_writer.h"

#include <utility>

#include "types/string_ref.h"

namespace headrace {
namespace {

constexpr uint64_t kPieceRowsMax = 16'384;

uint64_t bytes_of(const Batch& batch) {
  uint64_t bytes = 0;
  for (const Vector& column : batch.columns) {
    bytes += uint64_t{batch.rows} * width_bytes(column.type.id);
    if (!is_text_layout(column.type)) continue;
    for (uint32_t row = 0; row < batch.rows; ++row)
      if (column.is_valid(row)) bytes += column.as<StringRef>()[column.index_of(row)].size;
  }
  return bytes;
}

}  // namespace

Status BatchPiece::add(const Batch& batch) {
  batches_.push_back(batch);
  rows_ += batch.rows;
  bytes_ += bytes_of(batch);
  return kDone;
}

bool BatchPiece::full() const { return rows_ >= kPieceRowsMax; }

std::unique_ptr<RowPiece> RowWriter::piece() { return std::make_unique<BatchPiece>(); }

Status RowWriter::append(std::unique_ptr<RowPiece> piece, WriteJobs&) {
  for (const Batch& batch : static_cast<const BatchPiece&>(*piece).batches()) TRY_STATUS(write(batch));
  return kDone;
}

Status PieceWriter::append_written() {
  if (written_ == nullptr) return kDone;
  WriteJobs jobs;
  TRY_STATUS(append(std::move(written_), jobs));
  for (const WriteJob& job : jobs) TRY_STATUS(job());
  return kDone;
}

Status PieceWriter::write(const Batch& batch) {
  if (batch.rows == 0) return kDone;
  if (written_ == nullptr) written_ = piece();
  TRY_STATUS(written_->add(batch));
  return written_->full() ? append_written() : kDone;
}

Status PieceWriter::finish() {
  TRY_STATUS(append_written());
  return finish_pieces();
}

}  // namespace headrace
