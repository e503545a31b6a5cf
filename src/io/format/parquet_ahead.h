// io/format/parquet_ahead.h — which bytes of a row group are asked for before its readers need them.
#pragma once

#include <memory>
#include <vector>

#include "io/fetched_file.h"
#include "io/format/parquet_row_group.h"

namespace headrace {

// Of a remote file, at most so many bytes are asked for beyond the row groups that are being read, and so many row groups that have some.
inline constexpr uint64_t kAheadBytesMax = uint64_t{16} << 20;
inline constexpr uint32_t kAheadGroupsMax = 4;

// A row group of which it is found out what has to be read, and whose bytes come.
//
// Of a remote file, by io threads: first what the file says of it beside its data, where conditions ask for that; then its early chunks are asked for,
// in few requests; late ones when they are read first, together with those near them, unless they are so short in all that they cost less than a
// request of their own. Pages without a row that may pass are left out where that saves bytes. A chunk longer than FetchedFile::kRequestBytesMax comes
// a window at a time. A local file is read as its readers ask.
class ArrivingRowGroup {
 public:
  ArrivingRowGroup(const std::shared_ptr<const ParquetScan>& scan, const std::shared_ptr<ParquetGroupIndex>& index);
  ~ArrivingRowGroup();  // What is under way is abandoned.
  ArrivingRowGroup(const ArrivingRowGroup&) = delete;
  ArrivingRowGroup& operator=(const ArrivingRowGroup&) = delete;

  // Readers need not wait for what every batch needs.
  bool is_ready() const;
  // Of early chunks, whether or not there was memory to ask for them; before that is known, of all their pages.
  uint64_t asked_bytes() const;
  const std::shared_ptr<ParquetRowGroup>& rows() const { return rows_; }

 private:
  struct Shared;

  const std::shared_ptr<FetchedFile> fetched_;  // of a remote file; else nullptr
  const std::shared_ptr<ParquetRowGroup> rows_;
  const std::shared_ptr<Shared> shared_;
};

// The early chunks of a local file's row group will be needed: the operating system may read them while another one is decoded.
void expect_row_group(const ParquetScan& scan, int group);

}  // namespace headrace
