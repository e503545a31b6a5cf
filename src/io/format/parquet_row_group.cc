#include "io/format/parquet_row_group.h"

#include <algorithm>
#include <numeric>

#include <arrow/c/bridge.h>
#include <fmt/format.h>

#include "base/check.h"
#include "io/arrow_file.h"

namespace headrace {

std::string parquet_row_text(const ParquetFile& file, uint64_t row_of_file) {
  return fmt::format("{}, row {}", file.path, row_of_file + 1);
}

ParquetRowGroup::ParquetRowGroup(std::shared_ptr<const ParquetScan> scan, int group)
    : scan_(std::move(scan)),
      group_(group),
      rows_(static_cast<uint64_t>(scan_->file->metadata->RowGroup(group)->num_rows())),
      leaves_(scan_->leaves.size()) {
  for (size_t leaf = 0; leaf < leaves_.size(); ++leaf)
    if (const auto& flat = scan_->flat[leaf])
      leaves_[leaf].pages =
          std::make_shared<parquet_in::ColumnPages>(parquet_in::ChunkPlace{scan_->file, group_, scan_->leaves[leaf]},
                                                    flat->leaf, flat->conversion, *scan_->budget);
}

std::string ParquetRowGroup::place() const { return fmt::format("{}, row group {}", scan_->file->path, group_); }

uint64_t ParquetRowGroup::piece_rows(uint64_t piece) const {
  return std::min<uint64_t>(limits::kMorselRowsTarget, rows_ - piece * limits::kMorselRowsTarget);
}

Result<DecodedRun> ParquetRowGroup::take(uint32_t leaf, uint64_t piece) {
  LeafState& state = leaves_[leaf];
  std::lock_guard lock(state.mutex);
  while (state.waiting[piece].empty()) {
    TRY_STATUS(scan_->cancel->check());
    TRY_STATUS(decode(leaf, state));
  }
  const auto mine = state.waiting.find(piece);
  DecodedRun run = std::move(mine->second.front());
  mine->second.pop_front();
  if (mine->second.empty()) state.waiting.erase(mine);
  return run;
}

bool ParquetRowGroup::is_dropped(uint64_t piece) {
  std::lock_guard lock(dropped_mutex_);
  return dropped_.contains(piece);
}

void ParquetRowGroup::drop(uint64_t piece) {
  {
    std::lock_guard lock(dropped_mutex_);
    dropped_.insert(piece);
  }
  for (LeafState& state : leaves_) {
    if (state.pages != nullptr) state.pages->drop(piece * limits::kMorselRowsTarget, piece_rows(piece));
    std::lock_guard lock(state.mutex);
    state.waiting.erase(piece);
  }
}

// Decodes the next batch of the column and hands its rows to the pieces that they belong to.
Status ParquetRowGroup::decode(uint32_t leaf, LeafState& state) {
  uint64_t rows = 0;
  TRY(vector, decode_batch(leaf, state, rows));
  for (uint64_t first = 0; first < rows;) {
    const uint64_t row = state.decoded + first;
    const uint64_t piece = row / limits::kMorselRowsTarget;
    const uint64_t end = (piece + 1) * limits::kMorselRowsTarget;
    const uint64_t count = std::min(rows - first, end - row);
    if (!is_dropped(piece)) state.waiting[piece].push_back({slice(vector, first), count});
    first += count;
  }
  state.decoded += rows;
  return kDone;
}

Result<Vector> ParquetRowGroup::decode_batch(uint32_t leaf, LeafState& state, uint64_t& rows) {
  ArrowArray array{};
  ArrowSchema schema{};
  TRY_STATUS(guard_arrow("cannot read the Parquet file", place(), [&] { return read(leaf, state, array, schema); }));
  const ArrowImport import{scan_->allocate, true, scan_->file->pool, [&](uint64_t row) {
                             return parquet_row_text(*scan_->file,
                                                     scan_->file->first_rows[group_] + state.decoded + row);
                           }};
  Result<Chunk> imported = import_chunk(&array, schema, import);
  schema.release(&schema);
  if (!imported.ok()) return imported.error();
  rows = imported.value().rows;
  Vector vector = std::move(imported.value().columns[0]);
  const auto at = std::find_if(scan_->file->columns.begin(), scan_->file->columns.end(),
                               [&](const ParquetColumn& column) { return column.first_leaf == scan_->leaves[leaf]; });
  const Column& column = scan_->file->schema[static_cast<size_t>(at - scan_->file->columns.begin())];
  if (!column.nullable && vector.validity != nullptr)
    return Error{ErrorCode::kBadInput,
                 fmt::format("column '{}' holds nulls, but the file's metadata says that it has none", column.name),
                 place(), "the file is damaged or was written by a faulty program; write it again"};
  CHECK(vector.type == column.type);
  return vector;
}

std::vector<int> ParquetRowGroup::leaves_of(int first_leaf) const {
  for (const ParquetColumn& column : scan_->file->columns) {
    if (column.first_leaf != first_leaf) continue;
    std::vector<int> leaves(static_cast<size_t>(column.leaf_count));
    std::iota(leaves.begin(), leaves.end(), first_leaf);
    return leaves;
  }
  return {first_leaf};
}

arrow::Status ParquetRowGroup::read(uint32_t leaf, LeafState& state, ArrowArray& array, ArrowSchema& schema) {
  if (state.reader == nullptr) {
    std::lock_guard lock(open_mutex_);
    if (file_reader_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(file_reader_, make_parquet_reader(*scan_->file));
    }
    ARROW_ASSIGN_OR_RAISE(state.reader, file_reader_->GetRecordBatchReader({group_}, leaves_of(scan_->leaves[leaf])));
  }
  std::shared_ptr<arrow::RecordBatch> batch;
  do ARROW_RETURN_NOT_OK(state.reader->ReadNext(&batch));
  while (batch != nullptr && batch->num_rows() == 0);
  if (batch == nullptr || static_cast<uint64_t>(batch->num_rows()) > rows_ - state.decoded)
    return arrow::Status::Invalid("row group ", group_, " does not hold the ", rows_, " rows that the footer says");
  return arrow::ExportRecordBatch(*batch, &array, &schema);
}

}  // namespace headrace
