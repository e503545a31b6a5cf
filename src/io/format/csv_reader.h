// io/format/csv_reader.h — the rows of one piece of a CSV file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "io/counted_file.h"
#include "io/format/bad_rows.h"
#include "io/format/csv_chunks.h"
#include "io/format/csv_file.h"
#include "io/format/csv_index.h"
#include "io/format/known_texts.h"
#include "runtime/message.h"
#include "types/arrow_c.h"
#include "types/chunk.h"

namespace headrace {

// A column of the file that a scan converts.
struct CsvWanted {
  uint32_t column;
  bool checked;  // a text that is no value makes its record a bad one; else it is null
};

// What all readers of one scan share; immutable.
struct CsvScan {
  std::shared_ptr<const CsvFile> file;
  std::vector<CsvWanted> wanted;      // ascending
  std::vector<uint32_t> outputs;      // of `wanted`, in output order
  std::shared_ptr<CsvBuffers> buffers;
  std::shared_ptr<KnownTexts> entries;  // of `wanted`
  std::shared_ptr<BadRows> bad_rows;
  MemoryBudget* budget;
  AllocateBytes allocate;
  const CancelToken* cancel;
  std::shared_ptr<ReadCounters> reads = std::make_shared<ReadCounters>();
};

// Gives the text when the first rows are asked for, which is where a worker does its own reading.
using ReadCsvText = std::function<Result<CsvText>()>;

class CsvReader final : public MorselReader {
 public:
  // `file_number`: of the scan's bad rows.
  CsvReader(std::shared_ptr<const CsvScan> scan, ReadCsvText read, uint32_t file_number, uint64_t morsel);

  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t rows_max, Batch& out) override;
  // In the text of the batch that next() gave last: where the record of its row `row` begins.
  uint64_t offset_of(uint32_t row) const { return record_begin(static_cast<uint32_t>(batch_begin_) + row); }
  const CsvText& text() const { return text_; }

 private:
  static constexpr uint32_t kExtra = uint32_t{1} << 31;  // in rows_, until they are placed: of extra_entries_
  static constexpr uint32_t kNoColumn = UINT32_MAX;

  enum class CsvFlaw : uint8_t { kNone, kFields, kUnclosed, kBehindQuotes };  // of a record's structure

  // A record that is no row, where its fields are not the matter.
  struct BadStructure {
    uint32_t begin, end;  // in the text
    std::string reason, expected;
  };

  Status begin();
  Status decode();
  Status take_records();
  Status more_records();
  Status scan_on(uint64_t ends);
  bool reads_texts() const;
  void close_last_record();
  Status take_odd_record(uint32_t end);
  CsvFlaw flaw_of_quotes(uint32_t before, uint32_t end) const;
  Status take_broken(uint32_t before, uint32_t end, CsvFlaw flaw);
  bool is_suspect(uint32_t begin, uint32_t end);
  bool ends_at_comment(uint32_t end) const;
  void take_plain_records();
  Status push_lacking_row(uint32_t before, uint32_t end, uint32_t fields);
  Status place_extra_entries();
  uint32_t record_begin(uint32_t row) const { return index_.positions[rows_[row]] + 1; }
  uint32_t record_end(uint32_t row) const { return index_.positions[rows_[row] + fields_expected_]; }
  Status convert();
  Status settle(std::vector<Vector>& vectors);
  Status keep_rejects(const std::vector<uint32_t>& rows);
  Status add_reject(const BadStructure& record, std::string_view column);
  void drop_taken_entries();
  std::string place_of(uint64_t offset) const;  // in the text
  CsvColumnText column_text(uint32_t column) const;

  const std::shared_ptr<const CsvScan> scan_;
  const ReadCsvText read_;
  const uint64_t morsel_;
  const uint32_t fields_expected_;
  MorselBadRows bad_;
  Reservation reservation_;
  CsvIndex index_;
  AccountedArray<uint32_t> extra_entries_;
  CsvText text_;
  KnownTexts::Taken entries_;
  std::optional<CsvIndexer> indexer_;
  bool begun_ = false, ended_ = false;
  std::optional<Error> pending_;  // behind the rows that were taken

  // The records at hand.
  uint32_t before_ = 0;       // the entry in front of the next record
  uint64_t next_end_ = 0;     // of index_.ends
  uint64_t next_suspect_ = 0;
  bool bad_utf8_ = false;          // the bytes behind the entries are not all UTF-8
  bool scanned_bad_utf8_ = false;  // those of the last scan are not
  bool closed_ = false;       // close_last_record() was called
  std::vector<uint32_t> rows_;    // the entry in front of each row
  uint64_t entries_scanned_ = 0;  // those behind it are extra ones
  std::vector<BadStructure> broken_;     // that are rejected
  std::vector<uint32_t> bad_in_column_;
  std::vector<uint32_t> first_bad_;  // by row: the first column that is bad, or kNoColumn; empty: none is
  uint64_t counted_to_ = 0, lines_counted_ = 0;  // line feeds in front of a place in the text

  Chunk chunk_;
  uint64_t row_in_chunk_ = 0;
  uint64_t batch_begin_ = 0;  // row_in_chunk_ of the batch that was given last
  uint64_t row_ = 0;
};

}  // namespace headrace
