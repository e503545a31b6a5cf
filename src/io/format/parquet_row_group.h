// io/format/parquet_row_group.h — the pages of one row group, column by column, for all workers that read pieces of it.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/limits.h"
#include "io/counted_file.h"
#include "io/format/parquet_pruning.h"
#include "io/parquet/nested_column.h"
#include "state/budget.h"

namespace headrace {

class IndexBytes;
class IoThreads;

// What all readers of one scan share; immutable.
struct ParquetScan {
  std::shared_ptr<const ParquetFile> file;  // reads through it are counted
  std::vector<uint32_t> columns;  // of the file's schema, ascending, each once
  std::vector<std::shared_ptr<const parquet_in::Tree>> trees;  // by column: what is read of it
  std::vector<std::vector<parquet_in::NestedPortion>> portions;  // by column, then by row group; none of a flat one
  std::vector<bool> late;  // per output column: batches leave it out
  std::vector<uint32_t> positions;  // per output column: its place in `columns`
  std::vector<uint32_t> outputs;  // per output column: that of the file's schema
  std::vector<PruningCondition> conditions;  // over output columns
  std::shared_ptr<PruningTally> tally;
  MemoryBudget* budget;
  std::optional<parquet_in::PageMemory> memory;  // set before the first row group
  const CancelToken* cancel;
  std::shared_ptr<ReadCounters> counters = std::make_shared<ReadCounters>();
  // Of a row group: all that are read; those that every batch needs, and the others that may be asked for.
  std::vector<int> chunks, early_chunks, late_chunks;
  std::vector<int> groups;  // ascending: the row groups that are read
  std::shared_ptr<IndexBytes> index_bytes;  // what page indexes and Bloom filters of a remote file are read through
  IoThreads* io_threads;
};

// Adds the chunks that are read of a column of the file.
void append_chunks(const ParquetColumn& column, const parquet_in::Tree& tree, std::vector<int>& chunks);

// "t.parquet, row 18": rows of the file count from 1.
std::string parquet_row_text(const ParquetFile& file, uint64_t row_of_file);

// Pieces are limits::kMorselRowsTarget rows, the last one fewer. All readers share the pages.
class ParquetRowGroup {
 public:
  // `bytes`: what reads of its columns go through.
  ParquetRowGroup(std::shared_ptr<const ParquetScan> scan, std::shared_ptr<ParquetGroupIndex> index,
                  const std::shared_ptr<ReadableFile>& bytes);

  uint64_t piece_rows(uint64_t piece) const;

  // The rows that may pass the scan's conditions, and no others may be asked for: pages without any are not read. Found out by the first
  // call, which must come before those below. Thread-safe.
  const RowRanges& rows();
  // In place of the first rows(): all may pass. For when what the file says of them beside its data cannot be had.
  void take_all();
  // The bytes of a chunk that hold them, ascending. Thread-safe.
  std::vector<ByteRange> bytes_of(int chunk) { return index_->bytes_of(chunk, rows()); }
  // Whether the row is in a page whose header says that no row of it passes some condition: the row behind those that this rules out;
  // the row itself: it may pass. `checked` is the row up to which the answer holds. Thread-safe.
  Result<uint64_t> pass_over(uint64_t row, uint64_t& checked);

  using Pages = std::vector<std::shared_ptr<parquet_in::ColumnPages>>;
  // Of the leaves of a column (a place in ParquetScan::columns).
  const Pages& pages(uint32_t column) const { return pages_[column]; }
  int group() const { return index_->group(); }
  // Nobody will ask for these rows of the piece any more; each is dropped once. Thread-safe.
  void drop(uint64_t piece, uint64_t first, uint64_t rows);

 private:
  void find_rows();
  void expect_all();
  void count_pages();
  void restrict_pages();
  // How many pages are skipped.
  uint64_t restrict_leaf(int leaf, parquet_in::ColumnPages& pages);
  void keep_page_bounds();
  parquet_in::ColumnPages& leaf_of(uint32_t output) const { return *pages_[scan_->positions[output]][0]; }

  const std::shared_ptr<const ParquetScan> scan_;
  const std::shared_ptr<ParquetGroupIndex> index_;
  const uint64_t rows_;
  std::vector<Pages> pages_;
  std::once_flag rows_found_;  // what follows is set by then
  RowRanges passing_;
  std::vector<bool> has_page_bounds_;  // by output column: page headers are looked at
};

}  // namespace headrace
