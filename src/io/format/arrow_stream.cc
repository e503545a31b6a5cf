#include "io/format/arrow_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>

#include <arrow/c/bridge.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/check.h"
#include "io/arrow_file.h"
#include "io/arrow_memory.h"
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
  // nullptr at the end. What it gives is checked against its own schema: it may come from anywhere.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> next() {
    std::shared_ptr<arrow::RecordBatch> batch;
    if (stream_ != nullptr) {
      ARROW_RETURN_NOT_OK(stream_->ReadNext(&batch));
    } else if (next_ < file_->num_record_batches()) {
      ARROW_ASSIGN_OR_RAISE(batch, file_->ReadRecordBatch(next_++));
    }
    if (batch != nullptr) ARROW_RETURN_NOT_OK(batch->ValidateFull());
    return batch;
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> stream_;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
  int next_ = 0;
};

class ChunkMorselReader final : public MorselReader {
 public:
  ChunkMorselReader(Chunk chunk, uint64_t first, uint32_t rows, uint64_t morsel)
      : chunk_(std::move(chunk)), first_(first), rows_(rows), morsel_(morsel) {}
  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    CHECK(rows_max > 0);
    if (row_ == rows_) return false;
    cut(chunk_, first_ + row_, std::min(rows_max, rows_ - row_), out);
    out.morsel = morsel_;
    out.sequence = row_;
    row_ += out.rows;
    return true;
  }

 private:
  const Chunk chunk_;
  const uint64_t first_;
  const uint32_t rows_;
  const uint64_t morsel_;
  uint32_t row_ = 0;
};

// A claim that finds no rows left reads the next record batch; large ones are cut into several morsels.
class ArrowSource final : public Source {
 public:
  ArrowSource(std::shared_ptr<const ArrowFile> file, std::vector<uint32_t> columns, QueryContext& context)
      : file_(std::move(file)),
        columns_(std::move(columns)),
        allocate_(budget_allocator(context.budget, "arrow reader")),
        cancel_(context.cancel) {}

  Status open(const std::vector<int>& fields) {
    fields_ = fields;
    return guard_arrow("cannot read the Arrow file", file_->path, [&] { return reader_.open(*file_, fields); });
  }
  Result<Claim> claim() override {
    const std::lock_guard lock(mutex_);
    TRY_STATUS(cancel_.check());
    while (row_in_chunk_ == chunk_.rows) {
      TRY(more, read_chunk());
      if (!more) return Claim(End{});
    }
    const auto rows = static_cast<uint32_t>(std::min<uint64_t>(limits::kMorselRowsTarget, chunk_.rows - row_in_chunk_));
    const uint64_t morsel = first_rows_.size();
    first_rows_.push_back(rows_before_chunk_ + row_in_chunk_);
    auto reader = std::make_unique<ChunkMorselReader>(chunk_, row_in_chunk_, rows, morsel);
    row_in_chunk_ += rows;
    return Claim(std::move(reader));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t morsel, uint64_t row) const override {
    const std::lock_guard lock(mutex_);
    return place(first_rows_[morsel] + row);
  }

 private:
  std::string place(uint64_t row) const { return fmt::format("{}, row {}", file_->path, row + 1); }

  Result<bool> read_chunk() {
    rows_before_chunk_ += chunk_.rows;
    row_in_chunk_ = 0;
    chunk_ = {};
    ArrowArray array{};
    ArrowSchema schema{};
    bool end = false;
    uint64_t rows = 0;
    TRY_STATUS(guard_arrow("cannot read the Arrow file", file_->path, [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(const auto batch, reader_.next());
      end = batch == nullptr;
      if (end) return arrow::Status::OK();
      rows = static_cast<uint64_t>(batch->num_rows());
      return columns_.empty() ? arrow::Status::OK() : arrow::ExportRecordBatch(*batch, &array, &schema);
    }));
    if (end) return false;
    chunk_.rows = rows;
    if (columns_.empty()) return true;
    const ArrowImport import{allocate_, true, file_->pool,
                             [this](uint64_t row) { return place(rows_before_chunk_ + row); }};
    Result<Chunk> imported = import_chunk(&array, schema, import);
    schema.release(&schema);
    if (!imported.ok()) return imported.error();
    for (const uint32_t column : columns_) {
      const auto at = std::lower_bound(fields_.begin(), fields_.end(), static_cast<int>(column)) - fields_.begin();
      const Vector& vector = imported.value().columns[static_cast<size_t>(at)];
      if (!file_->schema[column].nullable && vector.validity != nullptr)
        return Error{
            ErrorCode::kBadInput,
            fmt::format("column '{}' holds nulls, but its schema says that it has none", file_->schema[column].name),
            file_->path, ""};
      chunk_.columns.push_back(vector);
    }
    return true;
  }

  const std::shared_ptr<const ArrowFile> file_;
  const std::vector<uint32_t> columns_;
  const AllocateBytes allocate_;
  const CancelToken& cancel_;
  std::vector<int> fields_;            // of the file's schema, ascending: what reader_ gives
  mutable std::mutex mutex_;           // guards what follows
  BatchReader reader_;
  Chunk chunk_;                        // output columns of the current record batch
  uint64_t row_in_chunk_ = 0;
  uint64_t rows_before_chunk_ = 0;
  std::vector<uint64_t> first_rows_;   // by morsel
};

class ArrowTable final : public ScannableTable {
 public:
  explicit ArrowTable(std::shared_ptr<const ArrowFile> file) : file_(std::move(file)) {}
  const Schema& schema() const override { return file_->schema; }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }
  bool ordered() const override { return true; }
  std::string describe() const override { return file_->path; }
  ScanReport report(const ScanRequest& request) const override {
    ScanReport report;
    report.unit = "record batches";
    for (const ExprPtr& conjunct : request.pruning)
      report.unused.push_back({to_text(*conjunct), "Arrow files have no statistics"});
    return report;
  }
  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    std::vector<int> fields;
    for (const uint32_t column : request.columns) {
      if (!file_->refused[column].empty())
        return Error{ErrorCode::kUnsupported,
                     fmt::format("column '{}' cannot be read: {}", file_->schema[column].name, file_->refused[column]),
                     file_->path, "leave the column out, or convert it when the file is written"};
      fields.push_back(static_cast<int>(column));
    }
    std::sort(fields.begin(), fields.end());
    fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
    auto source = std::make_unique<ArrowSource>(file_, request.columns, context);
    TRY_STATUS(source->open(fields));
    return source;
  }

 private:
  const std::shared_ptr<const ArrowFile> file_;
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
