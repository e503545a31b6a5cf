// io/format/parquet_ahead.h — which bytes of a row group are asked for before its readers need them.
#pragma once

#include <memory>
#include <vector>

#include "io/fetched_file.h"
#include "io/format/parquet_row_group.h"

namespace headrace {

// Of a remote file, at most so many bytes are asked for beyond the row groups that are being read, and so many row groups.
inline constexpr uint64_t kAheadBytesMax = uint64_t{16} << 20;
inline constexpr uint32_t kAheadGroupsMax = 4;

// So many bytes of page indexes and Bloom filters are asked for at a time.
inline constexpr uint64_t kIndexBytesMax = uint64_t{4} << 20;

// What the readers of a row group read through.
struct RowGroupBytes {
  std::shared_ptr<ReadableFile> file;
  std::shared_ptr<FetchedFile> fetched;  // the same, of a remote file; else nullptr
  uint64_t asked_bytes = 0;

  // Readers need not wait for what every batch needs.
  bool is_ready() const { return fetched == nullptr || fetched->is_ready(); }
};

RowGroupBytes row_group_bytes(const ParquetScan& scan);

// Of a remote file's row group: the early chunks are asked for at once, in few requests; late ones when they are read first, together with
// those near them, unless they are so short in all that they cost less than a request of their own. Pages that are not wanted are left out where that
// saves bytes. A chunk longer than FetchedFile::kRequestBytesMax comes a window at a time.
void ask_for_rows(const ParquetScan& scan, ParquetRowGroup& rows, RowGroupBytes& bytes);

// The early chunks of a local file's row group will be needed: the operating system may read them while another one is decoded.
void expect_row_group(const ParquetScan& scan, int group);

// Where the file says more of a row group than its footer, as far as the scan's conditions may ask for it: page indexes, Bloom filters.
std::vector<ByteRange> index_ranges(const ParquetScan& scan, int group);

}  // namespace headrace
