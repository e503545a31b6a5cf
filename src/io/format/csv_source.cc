#include "io/format/csv_source.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "io/arrow_memory.h"
#include "io/format/csv_blocks.h"
#include "io/format/csv_file.h"
#include "io/format/csv_reader.h"
#include "io/format/file_table.h"
#include "io/front_to_back.h"

namespace headrace {
namespace {

using Scan = std::shared_ptr<const CsvScan>;

// What the two ways through a file share: rejects, and where a row is.
class CsvSource : public Source {
 public:
  CsvSource(Scan scan, bool commits, uint32_t file_number)
      : scan_(std::move(scan)), file_number_(file_number), commits_(commits) {}

  bool ordered() const final { return true; }
  BadRowCounts bad_rows() const final { return scan_->bad_rows->counts(); }
  ReadCounts reads() const final { return scan_->reads->counts(); }

  // Reads the morsel again: lines are not kept, since hardly any row is ever asked for.
  std::string locate(uint64_t morsel, uint64_t row) const final {
    auto silent = std::make_shared<CsvScan>(*scan_);
    BadRowOptions options;
    options.policy = scan_->bad_rows->policy();
    if (options.policy == BadRowPolicy::kReject) options.policy = BadRowPolicy::kSkip;
    auto uncounted = BadRows::make(options, real_world(), *scan_->budget);
    const std::string& path = scan_->file->path;
    if (!uncounted.ok()) return path;
    silent->bad_rows = std::move(uncounted.value());
    silent->bad_rows->begin_file(path, 1);
    CsvReader reader(silent, [this, morsel] { return read_again(morsel); }, 0, morsel);
    Batch batch;
    for (;;) {
      const auto more = reader.next(limits::kVectorRowsMax, batch);
      if (!more.ok() || !more.value()) return path;
      if (row >= batch.sequence + batch.rows) continue;
      const CsvText& text = reader.text();
      const uint64_t at = reader.offset_of(static_cast<uint32_t>(row - batch.sequence));
      const Result<uint64_t> first =
          text.first_line.has_value() ? Result<uint64_t>(*text.first_line) : csv_line_at(*scan_->file, text.offset);
      if (!first.ok()) return path;
      return csv_place(*scan_->file, csv_line(text.text, first.value(), text.text.data() + at));
    }
  }

  Status commit() final {
    if (!scan_->bad_rows->keeps()) return kDone;
    TRY_STATUS(read_what_is_left());
    return commits_ ? scan_->bad_rows->commit() : Status(kDone);
  }

 protected:
  std::unique_ptr<CsvReader> reader_of(ReadCsvText read, uint64_t morsel) const {
    return std::make_unique<CsvReader>(scan_, std::move(read), file_number_, morsel);
  }
  // For its bad records alone.
  Status read_through(ReadCsvText read, uint64_t morsel) const {
    if (scan_->bad_rows->is_done(file_number_, morsel)) return kDone;
    const auto reader = reader_of(std::move(read), morsel);
    for (Batch batch;;) {
      TRY(more, reader->next(limits::kVectorRowsMax, batch));
      if (!more) return kDone;
    }
  }
  virtual Result<CsvText> read_again(uint64_t morsel) const = 0;
  // Morsels that nobody claimed or whose readers did not come to their end, for the bad records in them.
  virtual Status read_what_is_left() = 0;

  const Scan scan_;
  const uint32_t file_number_;

 private:
  const bool commits_;
};

// Morsels are chunks; any number of workers read them at the same time.
class CsvChunkSource final : public CsvSource {
 public:
  CsvChunkSource(Scan scan, bool commits, uint32_t file_number, uint64_t chunk_bytes)
      : CsvSource(std::move(scan), commits, file_number),
        chunks_(std::make_shared<CsvChunks>(scan_->file->stored, scan_->file->path, CsvMarks(scan_->file->dialect),
                                            *scan_->buffers, scan_->file->data_offset, chunk_bytes)) {}

  Result<Claim> claim() override {
    const uint64_t chunk = next_.fetch_add(1, std::memory_order_relaxed);
    if (chunk < chunks_->count())
      return Claim(reader_of([chunks = chunks_, chunk] { return chunks->read(chunk); }, chunk));
    scan_->buffers->keep_none();
    scan_->entries->keep_none();
    TRY_STATUS(scan_->bad_rows->end_file(file_number_, chunks_->count()));
    return Claim(End{});
  }

 private:
  Result<CsvText> read_again(uint64_t morsel) const override { return chunks_->read(morsel); }
  Status read_what_is_left() override {
    for (uint64_t chunk = 0; chunk < chunks_->count(); ++chunk)
      TRY_STATUS(read_through([this, chunk] { return chunks_->read(chunk); }, chunk));
    return scan_->bad_rows->end_file(file_number_, chunks_->count());
  }

  const std::shared_ptr<CsvChunks> chunks_;
  std::atomic<uint64_t> next_{0};
};

// Of a text that is only there front to back: claiming reads a block of it.
class CsvBlockSource final : public CsvSource {
 public:
  CsvBlockSource(Scan scan, bool commits, uint32_t file_number, uint64_t block_bytes)
      : CsvSource(std::move(scan), commits, file_number), block_bytes_(block_bytes), blocks_(begin()) {}

  Result<Claim> claim() override {
    CsvText block;
    uint64_t morsel = 0;
    {
      const std::lock_guard lock(mutex_);
      TRY(any, blocks_.next(block_bytes_, block));
      if (any) {
        morsel = places_.size();
        places_.push_back({block.offset, block.text.size(), *block.first_line});
      } else {
        scan_->buffers->keep_none();
        scan_->entries->keep_none();
        TRY_STATUS(scan_->bad_rows->end_file(file_number_, places_.size()));
        return Claim(End{});
      }
    }
    return Claim(reader_of([block = std::move(block)] { return Result<CsvText>(block); }, morsel));
  }

 private:
  struct Place {
    uint64_t offset = 0, bytes = 0, first_line = 0;
  };

  CsvBlockReader begin() const {
    const CsvFile& file = *scan_->file;
    return {
        text_of_file(file, *scan_->budget), file.path, file.dialect, *scan_->buffers, file.data_offset, file.data_line};
  }
  Result<CsvText> read_again(uint64_t morsel) const override {
    Place place;
    {
      const std::lock_guard lock(mutex_);
      place = places_[morsel];
    }
    TRY(buffer, scan_->buffers->take(place.bytes));
    char* const text = CsvBuffers::text_of(*buffer);
    TRY(got, scan_->file->bytes->read_at(place.offset, {text, place.bytes}));
    return CsvText{buffer, {text, got}, place.offset, place.first_line};
  }
  Status read_what_is_left() override {
    CsvBlockReader blocks = begin();
    CsvText block;
    for (uint64_t morsel = 0;; ++morsel) {
      TRY(any, blocks.next(block_bytes_, block));
      if (!any) return scan_->bad_rows->end_file(file_number_, morsel);
      TRY_STATUS(read_through([&block] { return Result<CsvText>(block); }, morsel));
    }
  }

  const uint64_t block_bytes_;
  mutable std::mutex mutex_;  // guards what follows
  CsvBlockReader blocks_;
  std::vector<Place> places_;  // by morsel
};

// The columns to convert, and where those that the scan gives are among them.
void choose_columns(const ScanRequest& request, bool all_checked, CsvScan& scan) {
  const auto count = static_cast<uint32_t>(scan.file->schema.size());
  std::vector<bool> read(count, false), checked(count, all_checked);
  for (const uint32_t column : request.columns) read[column] = true;
  for (const uint32_t column : request.checked.value_or(request.columns)) checked[column] = true;
  std::vector<uint32_t> place(count, 0);
  for (uint32_t column = 0; column < count; ++column)
    if (read[column] || checked[column]) {
      place[column] = static_cast<uint32_t>(scan.wanted.size());
      scan.wanted.push_back({column, checked[column]});
    }
  for (const uint32_t column : request.columns) scan.outputs.push_back(place[column]);
}

class CsvTable final : public FileTable<CsvFile> {
 public:
  CsvTable(std::shared_ptr<const CsvFile> file, std::string rejects_path, uint64_t block_bytes)
      : FileTable(std::move(file)), rejects_path_(std::move(rejects_path)), block_bytes_(block_bytes) {}
  std::optional<uint64_t> row_count() const override { return file_->rows; }
  bool checks_values() const override { return true; }
  ScanReport report(const ScanRequest& request) const override {
    const uint64_t bytes = file_->is_pipe ? 0 : file_->stored->size_bytes();
    const uint64_t blocks = (bytes + kCsvBlockBytes - 1) / kCsvBlockBytes;
    return report_unused(request, "blocks", blocks, "CSV files have no statistics");
  }
  std::string rejects_path() const override { return rejects_path_; }
  Result<std::shared_ptr<BadRows>> make_bad_rows(QueryContext& context) const override {
    return BadRows::make(file_->bad_rows, context.world, context.budget, context.outputs);
  }

  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    auto scan = std::make_shared<CsvScan>();
    auto file = std::make_shared<CsvFile>(*file_);
    file->stored = front_to_back(file_->stored, scan->reads, context);
    file->bytes = text_of_file(*file, context.budget);
    scan->file = std::move(file);
    choose_columns(request, file_->bad_rows.all_columns, *scan);
    scan->buffers = std::make_shared<CsvBuffers>(context.budget);
    std::vector<bool> is_text;
    for (const CsvWanted& wanted : scan->wanted) is_text.push_back(file_->columns[wanted.column].type == kUtf8);
    scan->entries = std::make_shared<KnownTexts>(std::move(is_text), context.budget);
    scan->bad_rows = request.bad_rows;
    if (scan->bad_rows == nullptr) {
      TRY(bad_rows, make_bad_rows(context));
      scan->bad_rows = std::move(bad_rows);
    }
    scan->budget = &context.budget;
    scan->allocate = budget_allocator(context.budget, "csv reader");
    scan->cancel = &context.cancel;
    const uint32_t number = scan->bad_rows->begin_file(file_->path, file_->data_line);
    const bool commits = request.bad_rows == nullptr;
    if (file_->is_front_to_back())
      return std::make_unique<CsvBlockSource>(std::move(scan), commits, number, block_bytes_);
    return std::make_unique<CsvChunkSource>(std::move(scan), commits, number, block_bytes_);
  }

 private:
  const std::string rejects_path_;
  const uint64_t block_bytes_;
};

}  // namespace

Result<std::shared_ptr<const ScannableTable>> open_csv(World& world, MemoryBudget& budget, const std::string& path,
                                                       const Options& options, uint64_t block_bytes) {
  TRY(file, open_csv_file(world, budget, path, options));
  std::string rejects_path = rejects_path_of(file->bad_rows, world);
  return std::make_shared<const CsvTable>(std::move(file), std::move(rejects_path), block_bytes);
}

}  // namespace headrace
