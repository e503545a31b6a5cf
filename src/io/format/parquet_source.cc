#include "io/format/parquet_source.h"

#include <algorithm>
#include <atomic>

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/check.h"
#include "io/arrow_file.h"
#include "io/format/parquet_file.h"
#include "io/format/parquet_pruning.h"

namespace headrace {
namespace {

// What all readers of one scan share; immutable.
struct ParquetScan {
  std::shared_ptr<const ParquetFile> file;
  std::vector<uint32_t> columns;     // of the file's schema, in output order
  std::vector<int> leaves;           // sorted, each once: what Arrow is asked for
  std::vector<uint32_t> positions;   // per output column: its place in `leaves`
  AllocateBytes allocate;
  const CancelToken* cancel;
};

std::string row_text(const ParquetFile& file, uint64_t row_of_file) {
  return fmt::format("{}, row {}", file.path, row_of_file + 1);
}

class RowGroupReader final : public MorselReader {
 public:
  RowGroupReader(std::shared_ptr<const ParquetScan> scan, uint64_t morsel, int group)
      : scan_(std::move(scan)),
        morsel_(morsel),
        group_(group),
        rows_(static_cast<uint64_t>(scan_->file->metadata->RowGroup(group)->num_rows())) {}

  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    CHECK(rows_max > 0);
    if (row_ == rows_) return false;
    if (row_in_chunk_ == chunk_.rows) {
      TRY_STATUS(scan_->cancel->check());
      TRY_STATUS(decode());
    }
    const auto rows = static_cast<uint32_t>(std::min<uint64_t>(rows_max, chunk_.rows - row_in_chunk_));
    cut(chunk_, row_in_chunk_, rows, out);
    out.morsel = morsel_;
    out.sequence = row_;
    row_in_chunk_ += rows;
    row_ += rows;
    return true;
  }

 private:
  // Fills chunk_ with the next rows, at least one.
  Status decode() {
    row_in_chunk_ = 0;
    if (scan_->leaves.empty()) {
      chunk_.rows = rows_ - row_;
      return kDone;
    }
    std::shared_ptr<arrow::RecordBatch> batch;
    ArrowArray array{};
    ArrowSchema schema{};
    TRY_STATUS(guard_arrow("cannot read the Parquet file", place(), [&] { return read(batch, array, schema); }));
    const ArrowImport import{scan_->allocate, true, scan_->file->pool, [this](uint64_t row) {
                               return row_text(*scan_->file, scan_->file->first_rows[group_] + row_ + row);
                             }};
    Result<Chunk> imported = import_chunk(&array, schema, import);
    schema.release(&schema);
    if (!imported.ok()) return imported.error();
    return accept(std::move(imported.value()));
  }

  arrow::Status read(std::shared_ptr<arrow::RecordBatch>& batch, ArrowArray& array, ArrowSchema& schema) {
    if (reader_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(file_reader_, make_parquet_reader(*scan_->file));
      ARROW_ASSIGN_OR_RAISE(reader_, file_reader_->GetRecordBatchReader({group_}, scan_->leaves));
    }
    do ARROW_RETURN_NOT_OK(reader_->ReadNext(&batch));
    while (batch != nullptr && batch->num_rows() == 0);
    if (batch == nullptr || static_cast<uint64_t>(batch->num_rows()) > rows_ - row_)
      return arrow::Status::Invalid("row group ", group_, " does not hold the ", rows_, " rows that the footer says");
    return arrow::ExportRecordBatch(*batch, &array, &schema);
  }

  Status accept(Chunk decoded) {
    const Schema& schema = scan_->file->schema;
    chunk_.rows = decoded.rows;
    chunk_.columns.clear();
    for (size_t index = 0; index < scan_->columns.size(); ++index) {
      const Column& column = schema[scan_->columns[index]];
      const Vector& vector = decoded.columns[scan_->positions[index]];
      if (!column.nullable && vector.validity != nullptr)
        return Error{ErrorCode::kBadInput,
                     fmt::format("column '{}' holds nulls, but the file's metadata says that it has none", column.name),
                     place(), "the file is damaged or was written by a faulty program; write it again"};
      CHECK(vector.type == column.type);
      chunk_.columns.push_back(vector);
    }
    return kDone;
  }

  std::string place() const { return fmt::format("{}, row group {}", scan_->file->path, group_); }

  const std::shared_ptr<const ParquetScan> scan_;
  const uint64_t morsel_;
  const int group_;
  const uint64_t rows_;
  uint64_t row_ = 0;           // rows given out
  Chunk chunk_;                // decoded, not all given out
  uint64_t row_in_chunk_ = 0;
  std::unique_ptr<parquet::arrow::FileReader> file_reader_;
  std::unique_ptr<arrow::RecordBatchReader> reader_;
};

// Morsels are numbered without gaps, over the row groups that are read.
class ParquetSource final : public Source {
 public:
  ParquetSource(std::shared_ptr<const ParquetScan> scan, std::vector<int> groups)
      : scan_(std::move(scan)), groups_(std::move(groups)) {}

  Result<Claim> claim() override {
    const size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= groups_.size()) return Claim(End{});
    return Claim(std::make_unique<RowGroupReader>(scan_, index, groups_[index]));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t morsel, uint64_t row) const override {
    return row_text(*scan_->file, scan_->file->first_rows[static_cast<size_t>(groups_[morsel])] + row);
  }

 private:
  const std::shared_ptr<const ParquetScan> scan_;
  const std::vector<int> groups_;
  std::atomic<size_t> next_{0};
};

class ParquetTable final : public ScannableTable {
 public:
  explicit ParquetTable(std::shared_ptr<const ParquetFile> file) : file_(std::move(file)) {}

  const Schema& schema() const override { return file_->schema; }
  std::optional<uint64_t> row_count() const override { return file_->rows; }
  bool ordered() const override { return true; }
  std::string describe() const override { return file_->path; }
  ScanReport report(const ScanRequest& request) const override { return prune_row_groups(*file_, request).report; }

  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    auto scan = std::make_shared<ParquetScan>();
    scan->file = file_;
    scan->columns = request.columns;
    scan->allocate = budget_allocator(context.budget, "parquet reader");
    scan->cancel = &context.cancel;
    for (const uint32_t column : request.columns) {
      const ParquetColumn& place = file_->columns[column];
      if (!place.refused.empty())
        return Error{ErrorCode::kUnsupported,
                     fmt::format("column '{}' cannot be read: {}", file_->schema[column].name, place.refused),
                     file_->path, "leave the column out, or convert it when the file is written"};
      scan->leaves.push_back(place.leaf);
    }
    std::sort(scan->leaves.begin(), scan->leaves.end());
    scan->leaves.erase(std::unique(scan->leaves.begin(), scan->leaves.end()), scan->leaves.end());
    for (const uint32_t column : request.columns) {
      const auto at = std::lower_bound(scan->leaves.begin(), scan->leaves.end(), file_->columns[column].leaf);
      scan->positions.push_back(static_cast<uint32_t>(at - scan->leaves.begin()));
    }
    return std::make_unique<ParquetSource>(std::move(scan), prune_row_groups(*file_, request).kept);
  }

 private:
  const std::shared_ptr<const ParquetFile> file_;
};

}  // namespace

Result<std::shared_ptr<const ScannableTable>> open_parquet(World& world, MemoryBudget& budget,
                                                           const std::string& path) {
  TRY(file, open_parquet_file(world, budget, path));
  return std::make_shared<const ParquetTable>(file);
}

}  // namespace headrace
