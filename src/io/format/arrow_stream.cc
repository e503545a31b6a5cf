#include "io/format/arrow_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include <arrow/c/bridge.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/check.h"
#include "io/arrow_file.h"
#include "io/arrow_memory.h"
#include "io/format/file_table.h"
#include "io/front_to_back.h"
#include "types/chunk.h"

namespace headrace {
namespace {

constexpr std::string_view kFileMagic = "ARROW1";

struct ArrowFile {
  std::string path;
  std::shared_ptr<BudgetMemoryPool> pool;
  std::shared_ptr<ReadableFile> bytes;
  bool is_stream = false;
  Schema schema;                     // a column that cannot be read is shown as utf8
  std::vector<std::string> refused;  // beside `schema`: why, or empty
};

// Record batches front to back, of either layout.
class BatchReader {
 public:
  arrow::Status open(const ArrowFile& file, const std::vector<int>& fields) {
    auto source = std::make_shared<WorldInputFile>(file.bytes, file.pool.get());
    arrow::ipc::IpcReadOptions options;
    options.memory_pool = file.pool.get();
    options.use_threads = false;
    options.included_fields = fields;
    if (file.is_stream) {
      ARROW_ASSIGN_OR_RAISE(stream_, arrow::ipc::RecordBatchStreamReader::Open(source, options));
    } else {
      ARROW_ASSIGN_OR_RAISE(file_, arrow::ipc::RecordBatchFileReader::Open(source, options));
    }
    return arrow::Status::OK();
  }
  std::shared_ptr<arrow::Schema> schema() const { return stream_ != nullptr ? stream_->schema() : file_->schema(); }
  // nullptr at the end. Of what it gives only lengths are checked: what can be sliced, not yet what can be read.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> next() {
    std::shared_ptr<arrow::RecordBatch> batch;
    if (stream_ != nullptr) {
      ARROW_RETURN_NOT_OK(stream_->ReadNext(&batch));
    } else if (next_ < file_->num_record_batches()) {
      ARROW_ASSIGN_OR_RAISE(batch, file_->ReadRecordBatch(next_++));
    }
    if (batch != nullptr) ARROW_RETURN_NOT_OK(batch->Validate());
    return batch;
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> stream_;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
  int next_ = 0;
};

// What all readers of one scan share; immutable.
struct ArrowScan {
  std::shared_ptr<const ArrowFile> file;
  std::vector<uint32_t> columns;  // of the file's schema, in output order
  std::vector<int> fields;        // sorted, each once: what Arrow is asked for
  AllocateBytes allocate;
  std::shared_ptr<ReadCounters> reads = std::make_shared<ReadCounters>();
};

std::string row_text(const ArrowFile& file, uint64_t row) { return fmt::format("{}, row {}", file.path, row + 1); }

// Rows of one record batch, checked and converted by the worker that took them.
class RecordBatchReader final : public MorselReader {
 public:
  RecordBatchReader(std::shared_ptr<const ArrowScan> scan, std::shared_ptr<arrow::RecordBatch> rows, uint64_t first_row,
                    uint64_t morsel)
      : scan_(std::move(scan)), batch_(std::move(rows)), first_row_(first_row), morsel_(morsel) {
    chunk_.rows = static_cast<uint64_t>(batch_->num_rows());
  }
  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    CHECK(rows_max > 0);
    if (row_ == chunk_.rows) return false;
    if (batch_ != nullptr) TRY_STATUS(convert());
    cut(chunk_, row_, static_cast<uint32_t>(std::min<uint64_t>(rows_max, chunk_.rows - row_)), out);
    out.morsel = morsel_;
    out.sequence = row_;
    row_ += out.rows;
    return true;
  }

 private:
  Status convert() {
    const std::shared_ptr<arrow::RecordBatch> batch = std::exchange(batch_, nullptr);
    if (scan_->columns.empty()) return kDone;
    const ArrowFile& file = *scan_->file;
    ArrowArray array{};
    ArrowSchema schema{};
    TRY_STATUS(guard_arrow("cannot read the Arrow file", file.path, [&]() -> arrow::Status {
      ARROW_RETURN_NOT_OK(batch->ValidateFull());  // it may come from anywhere
      return arrow::ExportRecordBatch(*batch, &array, &schema);
    }));
    const ArrowImport import{scan_->allocate, true, file.pool,
                             [&](uint64_t row) { return row_text(file, first_row_ + row); }};
    Result<Chunk> imported = import_chunk(&array, schema, import);
    schema.release(&schema);
    if (!imported.ok()) return imported.error();
    for (const uint32_t column : scan_->columns) {
      const auto at = std::lower_bound(scan_->fields.begin(), scan_->fields.end(), static_cast<int>(column));
      const Vector& vector = imported.value().columns[static_cast<size_t>(at - scan_->fields.begin())];
      if (!file.schema[column].nullable && vector.validity != nullptr)
        return Error{
            ErrorCode::kBadInput,
            fmt::format("column '{}' holds nulls, but its schema says that it has none", file.schema[column].name),
            file.path, ""};
      chunk_.columns.push_back(vector);
    }
    return kDone;
  }

  const std::shared_ptr<const ArrowScan> scan_;
  std::shared_ptr<arrow::RecordBatch> batch_;  // nullptr: converted
  const uint64_t first_row_;                   // of the file
  const uint64_t morsel_;
  Chunk chunk_;
  uint64_t row_ = 0;
};

// A claim that finds no rows left reads the next record batch; large ones are cut into several morsels.
class ArrowSource final : public Source {
 public:
  ArrowSource(std::shared_ptr<const ArrowScan> scan, const CancelToken& cancel)
      : scan_(std::move(scan)), cancel_(cancel) {}

  Status open() {
    return guard_arrow("cannot read the Arrow file", scan_->file->path,
                       [&] { return reader_.open(*scan_->file, scan_->fields); });
  }
  Result<Claim> claim() override {
    const std::lock_guard lock(mutex_);
    TRY_STATUS(cancel_.check());
    while (batch_ == nullptr || row_in_batch_ == batch_->num_rows()) {
      if (batch_ != nullptr) rows_before_batch_ += static_cast<uint64_t>(batch_->num_rows());
      row_in_batch_ = 0;
      TRY_STATUS(guard_arrow("cannot read the Arrow file", scan_->file->path, [&]() -> arrow::Status {
        batch_ = nullptr;
        ARROW_ASSIGN_OR_RAISE(batch_, reader_.next());
        return arrow::Status::OK();
      }));
      if (batch_ == nullptr) return Claim(End{});
    }
    const int64_t rows = std::min<int64_t>(limits::kMorselRowsTarget, batch_->num_rows() - row_in_batch_);
    const uint64_t morsel = first_rows_.size();
    first_rows_.push_back(rows_before_batch_ + static_cast<uint64_t>(row_in_batch_));
    auto reader =
        std::make_unique<RecordBatchReader>(scan_, batch_->Slice(row_in_batch_, rows), first_rows_.back(), morsel);
    row_in_batch_ += rows;
    return Claim(std::move(reader));
  }
  bool ordered() const override { return true; }
  ReadCounts reads() const override { return scan_->reads->counts(); }
  std::string locate(uint64_t morsel, uint64_t row) const override {
    const std::lock_guard lock(mutex_);
    return row_text(*scan_->file, first_rows_[morsel] + row);
  }

 private:
  const std::shared_ptr<const ArrowScan> scan_;
  const CancelToken& cancel_;
  mutable std::mutex mutex_;           // guards what follows
  BatchReader reader_;
  std::shared_ptr<arrow::RecordBatch> batch_;  // not all handed out
  int64_t row_in_batch_ = 0;
  uint64_t rows_before_batch_ = 0;
  std::vector<uint64_t> first_rows_;   // by morsel
};

class ArrowTable final : public FileTable<ArrowFile> {
 public:
  using FileTable::FileTable;
  std::optional<uint64_t> row_count() const override { return std::nullopt; }
  ScanReport report(const ScanRequest& request) const override {
    return report_unused(request, "record batches", 0, "Arrow files have no statistics");
  }
  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    auto scan = std::make_shared<ArrowScan>();
    auto file = std::make_shared<ArrowFile>(*file_);
    file->bytes = front_to_back(file_->bytes, scan->reads, context);
    scan->file = std::move(file);
    scan->columns = request.columns;
    scan->allocate = budget_allocator(context.budget, "arrow reader");
    for (const uint32_t column : request.columns) {
      if (!file_->refused[column].empty())
        return unreadable_column(file_->schema[column].name, file_->refused[column], file_->path);
      scan->fields.push_back(static_cast<int>(column));
    }
    sort_once(scan->fields);
    auto source = std::make_unique<ArrowSource>(std::move(scan), context.cancel);
    TRY_STATUS(source->open());
    return source;
  }
};

arrow::Status describe_columns(ArrowFile& file) {
  BatchReader reader;
  ARROW_RETURN_NOT_OK(reader.open(file, {}));
  for (const auto& field : reader.schema()->fields()) {
    ArrowSchema exported;
    ARROW_RETURN_NOT_OK(arrow::ExportField(*field, &exported));
    const Result<Type> type = import_type(exported);
    exported.release(&exported);
    file.schema.push_back({field->name(), type.ok() ? type.value() : kUtf8, field->nullable()});
    file.refused.push_back(type.ok() ? "" : type.error().message);
  }
  return arrow::Status::OK();
}

struct ExportedStream {
  Schema schema;
  std::vector<Batch> batches;
  AllocateBytes allocate;
  size_t next = 0;
  std::string error;
};

int export_next(ArrowArrayStream* stream, ArrowArray* out) {
  auto& exported = *static_cast<ExportedStream*>(stream->private_data);
  *out = {};
  size_t end = exported.next;
  for (uint64_t rows = 0; end < exported.batches.size() && rows < limits::kMorselRowsTarget; ++end)
    rows += exported.batches[end].rows;
  if (end == exported.next) return 0;
  const std::span<const Batch> batches(exported.batches.data() + exported.next, end - exported.next);
  const Status status = export_batches(exported.schema, batches, exported.allocate, out);
  if (!status.ok()) {
    exported.error = to_text(status.error());
    return ENOMEM;
  }
  for (; exported.next < end; ++exported.next) exported.batches[exported.next] = {};
  return 0;
}

}  // namespace

Result<std::shared_ptr<const ScannableTable>> open_arrow(World& world, MemoryBudget& budget, const std::string& path) {
  auto file = std::make_shared<ArrowFile>();
  file->path = path;
  file->pool = std::make_shared<BudgetMemoryPool>(budget, "arrow reader");
  TRY(bytes, world.open(path));
  file->bytes = std::move(bytes);
  std::array<char, kFileMagic.size()> magic{};
  TRY(got, file->bytes->read_at(0, magic));
  if (got == 0)
    return Error{ErrorCode::kBadInput, "expected an Arrow file, found an empty file", path, "write the file again"};
  file->is_stream = std::string_view(magic.data(), magic.size()) != kFileMagic;
  TRY_STATUS(guard_arrow("cannot read the Arrow file", path, [&] { return describe_columns(*file); }));
  return std::make_shared<const ArrowTable>(std::move(file));
}

void export_stream(Schema schema, std::vector<Batch> batches, MemoryBudget& budget, ArrowArrayStream* out) {
  out->private_data =
      new ExportedStream{std::move(schema), std::move(batches), budget_allocator(budget, "arrow result"), 0, ""};
  out->get_schema = [](ArrowArrayStream* stream, ArrowSchema* to) {
    export_schema(static_cast<ExportedStream*>(stream->private_data)->schema, to);
    return 0;
  };
  out->get_next = export_next;
  out->get_last_error = [](ArrowArrayStream* stream) -> const char* {
    const auto& error = static_cast<ExportedStream*>(stream->private_data)->error;
    return error.empty() ? nullptr : error.c_str();
  };
  out->release = [](ArrowArrayStream* stream) {
    delete static_cast<ExportedStream*>(stream->private_data);
    stream->release = nullptr;
  };
}

}  // namespace headrace
