// io/format/parquet_group_index.h — what a file says of one row group beside its data: statistics, Bloom filters, page indexes. Each is read when
// it is asked for, once.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "io/byte_ranges.h"
#include "io/format/parquet_bloom.h"
#include "io/format/parquet_page_index.h"

namespace headrace {

// Thread-safe. Columns are of the file; of those that are not one leaf statistics say nothing, and they are not asked for Bloom filters.
class ParquetGroupIndex {
 public:
  ParquetGroupIndex(std::shared_ptr<const ParquetFile> file, int group);

  const ParquetFile& file() const { return *file_; }
  int group() const { return group_; }
  uint64_t rows() const { return rows_; }
  ColumnBounds bounds(uint32_t column) const;
  const ParquetBloom& bloom(uint32_t column);
  // By leaf; nullptr: `why` says why there is none. Those that are loaded together cost fewer requests. One that was loaded stays as it is.
  void load_pages(std::span<const int> leaves, PageBoundsRead bounds);
  FoundPageIndex pages(int leaf);
  // The bytes of a chunk that hold these rows, ascending, as far as its page index tells; none where the footer is wrong about the chunk.
  std::vector<ByteRange> bytes_of(int leaf, const RowRanges& rows);
  // What it takes to read these rows of some chunks.
  struct Cost {
    uint64_t bytes = 0, requests = 0;
  };
  Cost cost_of(std::span<const int> leaves, const RowRanges& rows);
  Cost cost_of(std::span<const int> leaves) { return cost_of(leaves, RowRanges::all(rows_)); }

 private:
  const std::shared_ptr<const ParquetFile> file_;
  const int group_;
  const uint64_t rows_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::map<uint32_t, ColumnBounds> bounds_;  // by column
  std::map<uint32_t, std::unique_ptr<ParquetBloom>> blooms_;
  std::map<int, FoundPageIndex> pages_;  // by leaf
};

}  // namespace headrace
