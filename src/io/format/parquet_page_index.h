// io/format/parquet_page_index.h — where the pages of a column chunk lie, and what the page index says of their values.
//
// Nothing in it is trusted: counts, order of rows and places are checked here, and a page that is read is held against what the index says of it.
// An index that fails a check is left aside: the pages can be read without it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/format/parquet_file.h"
#include "io/pruning/condition.h"
#include "io/pruning/row_ranges.h"

namespace headrace {

struct PageIndex {
  uint64_t chunk_begin = 0;  // in the file; the dictionary lies between it and the first page, if there is one
  std::vector<uint64_t>
      first_rows;  // [pages + 1] of the row group, rising from 0; the last is the row group's number of rows
  std::vector<uint64_t> offsets;  // [pages] in the file, of the page's header; no page reaches into the next one
  std::vector<uint32_t> bytes;  // [pages] with the header
  std::vector<ColumnBounds> bounds;  // [pages]; empty: the file has none
  size_t pages() const { return offsets.size(); }
  size_t page_of(uint64_t row) const;
};

// nullptr: `why` says why there is none.
struct FoundPageIndex {
  std::shared_ptr<const PageIndex> index;
  std::string why;
};

enum class PageBoundsRead : bool { kNo, kYes };

// The indexes of column chunks, by leaf, in as few reads as their places allow; with bounds, where they are wanted, of columns that are one leaf.
// Never throws.
std::vector<FoundPageIndex> read_page_indexes(const ParquetFile& file, int group, std::span<const int> leaves,
                                              PageBoundsRead bounds);

}  // namespace headrace
