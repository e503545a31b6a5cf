#include "io/format/csv_source.h"

#include <algorithm>
#include <array>
#include <mutex>

#include <fmt/format.h>

#include "base/check.h"
#include "io/arrow_memory.h"
#include "io/format/csv_blocks.h"
#include "io/format/csv_file.h"
#include "io/format/csv_values.h"
#include "io/format/file_table.h"
#include "types/chunk.h"

namespace headrace {
namespace {

constexpr uint32_t kUnread = ~0u;

// What all readers of one scan share; immutable.
struct CsvScan {
  std::shared_ptr<const CsvFile> file;
  std::vector<uint32_t> columns;         // of the file's schema, in output order
  std::vector<uint32_t> slot_of_column;  // per column of the file: its place among the fields that are kept, or kUnread
  uint32_t slots = 0;
  MemoryBudget* budget;
  AllocateBytes allocate;
  const CancelToken* cancel;
};

class CsvMorselReader final : public MorselReader {
 public:
  CsvMorselReader(std::shared_ptr<const CsvScan> scan, CsvBlock block, uint64_t morsel)
      : scan_(std::move(scan)),
        block_(std::move(block)),
        morsel_(morsel),
        records_(block_.text, scan_->file->dialect, scan_->file->schema.size() == 1) {}

  uint64_t morsel() const override { return morsel_; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    CHECK(rows_max > 0);
    if (row_in_chunk_ == chunk_.rows) {
      TRY_STATUS(scan_->cancel->check());
      TRY_STATUS(decode());
      if (chunk_.rows == 0) return false;
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
  // Fills chunk_ with up to a vector of rows; none at the end of the block.
  Status decode() {
    row_in_chunk_ = 0;
    chunk_.rows = 0;
    chunk_.columns.clear();
    if (fields_ == nullptr && scan_->slots > 0) {
      TRY(memory, Buffer::allocate(*scan_->budget, "csv reader",
                                   uint64_t{limits::kVectorRowsMax} * scan_->slots * sizeof(CsvField)));
      fields_ = memory;
    }
    TRY(rows, split());
    chunk_.rows = rows;
    if (rows == 0) return kDone;
    std::vector<Vector> by_slot(scan_->slots);
    for (uint32_t column = 0; column < scan_->slot_of_column.size(); ++column)
      if (const uint32_t slot = scan_->slot_of_column[column]; slot != kUnread) {
        TRY(vector, convert(column, slot, rows));
        by_slot[slot] = vector;
      }
    for (const uint32_t column : scan_->columns) chunk_.columns.push_back(by_slot[scan_->slot_of_column[column]]);
    return kDone;
  }

  // The fields of the next records into fields_, row by row; how many rows.
  Result<uint32_t> split() {
    const CsvFile& file = *scan_->file;
    CsvField* row_fields = fields_ == nullptr ? nullptr : static_cast<CsvField*>(fields_->data());
    const auto expected = static_cast<uint32_t>(file.schema.size());
    uint32_t rows = 0;
    for (; rows < limits::kVectorRowsMax && records_.begin_record(); ++rows, row_fields += scan_->slots) {
      record_begins_[rows] = records_.record();
      CsvField field;
      uint32_t found = 0;
      for (; found < expected && records_.next_field(field); ++found) {
        if (field.malformed) return malformed_quote(file, line_of_row(rows));
        if (const uint32_t slot = scan_->slot_of_column[found]; slot != kUnread) row_fields[slot] = field;
      }
      if (found != expected || records_.skip_record() > 0) {
        CsvRecords again(
            {records_.record(), static_cast<size_t>(block_.text.data() + block_.text.size() - records_.record())},
            file.dialect, expected == 1);
        again.begin_record();
        return wrong_field_count(file, line_of_row(rows), again.skip_record());
      }
    }
    return rows;
  }

  Result<Vector> convert(uint32_t column, uint32_t slot, uint32_t rows) {
    const CsvFile& file = *scan_->file;
    const CsvColumnFields fields{static_cast<const CsvField*>(fields_->data()) + slot, scan_->slots, rows};
    CsvBadField bad;
    TRY(vector, convert_csv_column(fields, file.columns[column], file.dialect, scan_->allocate, block_.owner, &bad));
    if (!bad.error.message.empty()) {
      bad.error.where = csv_place(file, line_of_row(bad.row));
      return bad.error;
    }
    return vector;
  }

  uint64_t line_of_row(uint32_t row) const { return csv_line(block_.text, block_.first_line, record_begins_[row]); }

  const std::shared_ptr<const CsvScan> scan_;
  const CsvBlock block_;
  const uint64_t morsel_;
  CsvRecords records_;
  std::shared_ptr<Buffer> fields_;  // [rows][slots] CsvField
  std::array<const char*, limits::kVectorRowsMax> record_begins_;
  Chunk chunk_;
  uint64_t row_in_chunk_ = 0;
  uint64_t row_ = 0;
};

class CsvSource final : public Source {
 public:
  explicit CsvSource(std::shared_ptr<const CsvScan> scan)
      : scan_(std::move(scan)),
        reader_(text_of_file(*scan_->file), scan_->file->path, scan_->file->dialect, *scan_->budget,
                scan_->file->data_offset, scan_->file->data_line) {}

  Result<Claim> claim() override {
    CsvBlock block;
    uint64_t morsel = 0;
    {
      const std::lock_guard lock(mutex_);
      TRY(any, reader_.next(kCsvBlockBytes, block));
      if (!any) return Claim(End{});
      morsel = places_.size();
      places_.push_back({block.offset, block.text.size(), block.first_line});
    }
    return Claim(std::make_unique<CsvMorselReader>(scan_, std::move(block), morsel));
  }
  bool ordered() const override { return true; }

  // Reads the block again: lines are not kept, since hardly any row is ever asked for.
  std::string locate(uint64_t morsel, uint64_t row) const override {
    const CsvFile& file = *scan_->file;
    Place place;
    {
      const std::lock_guard lock(mutex_);
      place = places_[morsel];
    }
    std::string text(place.bytes, '\0');
    const Result<uint64_t> got = file.bytes->read_at(place.offset, text);
    if (!got.ok() || got.value() != place.bytes) return file.path;
    CsvRecords records(text, file.dialect, file.schema.size() == 1);
    for (uint64_t at = 0; records.begin_record(); ++at) {
      if (at == row) return csv_place(file, csv_line(text, place.first_line, records.record()));
      records.skip_record();
    }
    return file.path;
  }

 private:
  struct Place {
    uint64_t offset = 0, bytes = 0, first_line = 0;
  };
  const std::shared_ptr<const CsvScan> scan_;
  mutable std::mutex mutex_;  // guards what follows
  CsvBlockReader reader_;
  std::vector<Place> places_;  // by morsel
};

class CsvTable final : public FileTable<CsvFile> {
 public:
  using FileTable::FileTable;
  std::optional<uint64_t> row_count() const override { return file_->rows; }
  ScanReport report(const ScanRequest& request) const override {
    const uint64_t blocks = (file_->stored->size_bytes() + kCsvBlockBytes - 1) / kCsvBlockBytes;
    return report_unused(request, "blocks", blocks, "CSV files have no statistics");
  }

  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    auto scan = std::make_shared<CsvScan>();
    scan->file = file_;
    scan->columns = request.columns;
    scan->slot_of_column.assign(file_->schema.size(), kUnread);
    for (const uint32_t column : request.columns)
      if (scan->slot_of_column[column] == kUnread) scan->slot_of_column[column] = scan->slots++;
    scan->budget = &context.budget;
    scan->allocate = budget_allocator(context.budget, "csv reader");
    scan->cancel = &context.cancel;
    return std::make_unique<CsvSource>(std::move(scan));
  }
};

}  // namespace

Result<std::shared_ptr<const ScannableTable>> open_csv(World& world, MemoryBudget& budget, const std::string& path,
                                                       const Options& options) {
  return table_over<CsvTable>(open_csv_file(world, budget, path, options));
}

}  // namespace headrace
