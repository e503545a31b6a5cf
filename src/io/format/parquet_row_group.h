// io/format/parquet_row_group.h — one row group, decoded once, column by column, for all workers that read pieces of it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include <arrow/record_batch.h>

#include "base/cancel.h"
#include "base/limits.h"
#include "io/format/parquet_file.h"
#include "io/parquet/column_pages.h"
#include "types/chunk.h"

namespace headrace {

// A column that is neither nested nor repeated.
struct ParquetFlat {
  parquet_in::Leaf leaf;
  parquet_in::Conversion conversion;
};

// What all readers of one scan share; immutable.
struct ParquetScan {
  std::shared_ptr<const ParquetFile> file;
  std::vector<uint32_t> columns;  // of the file's schema, in output order
  std::vector<int> leaves;  // sorted, each once: what Arrow is asked for
  std::vector<std::optional<ParquetFlat>> flat;  // beside `leaves`: those that we decode; the others Arrow does
  std::vector<bool> late;  // per output column: batches leave it out
  std::vector<uint32_t> positions;  // per output column: its place in `leaves`
  MemoryBudget* budget;
  AllocateBytes allocate;
  const CancelToken* cancel;
};

// "t.parquet, row 18": rows of the file count from 1.
std::string parquet_row_text(const ParquetFile& file, uint64_t row_of_file);

// Rows of one column that lie one behind the other.
struct DecodedRun {
  Vector vector;
  uint64_t rows = 0;
};

// Pieces are limits::kMorselRowsTarget rows, the last one fewer. Of a column that we decode, all readers share the pages. One that
// Arrow decodes is decoded in order, under a lock of its own: who needs rows that are not decoded yet decodes all before them,
// and leaves those of other pieces for their readers. So several workers decode several columns of one row group at the same
// time, and nothing twice.
class ParquetRowGroup {
 public:
  ParquetRowGroup(std::shared_ptr<const ParquetScan> scan, int group);

  uint64_t piece_rows(uint64_t piece) const;

  // The pages of column `leaf` (a place in ParquetScan::leaves), if it is one that we decode. Thread-safe.
  const std::shared_ptr<parquet_in::ColumnPages>& pages(uint32_t leaf) { return leaves_[leaf].pages; }
  // The next rows of the piece in column `leaf`, which Arrow decodes (a place in ParquetScan::leaves), at least one. Each piece has one reader,
  // which asks only for as many rows as it has. Thread-safe.
  Result<DecodedRun> take(uint32_t leaf, uint64_t piece);
  // Nobody will ask for the piece's rows any more: those that come are thrown away. Thread-safe.
  void drop(uint64_t piece);

 private:
  struct LeafState {
    std::shared_ptr<parquet_in::ColumnPages> pages;  // what follows is for columns without them
    std::mutex mutex;
    std::unique_ptr<arrow::RecordBatchReader> reader;
    uint64_t decoded = 0;  // rows
    std::map<uint64_t, std::deque<DecodedRun>> waiting;  // by piece
  };

  bool is_dropped(uint64_t piece);
  Status decode(uint32_t leaf, LeafState& state);
  Result<Vector> decode_batch(uint32_t leaf, LeafState& state, uint64_t& rows);
  std::vector<int> leaves_of(int first_leaf) const;
  arrow::Status read(uint32_t leaf, LeafState& state, ArrowArray& array, ArrowSchema& schema);
  std::string place() const;

  const std::shared_ptr<const ParquetScan> scan_;
  const int group_;
  const uint64_t rows_;
  std::mutex open_mutex_;  // guards file_reader_
  std::unique_ptr<parquet::arrow::FileReader> file_reader_;
  std::vector<LeafState> leaves_;
  std::mutex dropped_mutex_;  // guards dropped_
  std::set<uint64_t> dropped_;  // pieces
};

}  // namespace headrace
