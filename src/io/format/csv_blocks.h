// io/format/csv_blocks.h — a CSV file read front to back in blocks of complete records: what can be read in no other way, and what a
// file begins with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/world.h"
#include "io/format/csv_chunks.h"
#include "io/format/csv_dialect.h"

namespace headrace {

// One thread at a time. `buffers` outlive it.
class CsvBlockReader {
 public:
  CsvBlockReader(std::shared_ptr<ReadableFile> file, std::string path, const CsvDialect& dialect, CsvBuffers& buffers,
                 uint64_t offset, uint64_t first_line)
      : file_(std::move(file)),
        path_(std::move(path)),
        marks_(dialect),
        buffers_(buffers),
        offset_(offset),
        line_(first_line) {}

  // About `bytes_target` bytes, more where one record is longer; false at the end of the file. The file's last record may be cut
  // off. kBadInput: a record of more than kCsvRecordBytesMax.
  Result<bool> next(uint64_t bytes_target, CsvText& block);
  // True when the last block reached the end of the file.
  bool at_end() const { return offset_ + carry_.size() >= file_->size_bytes(); }

 private:
  const std::shared_ptr<ReadableFile> file_;
  const std::string path_;
  const CsvMarks marks_;
  CsvBuffers& buffers_;
  uint64_t offset_;  // of the next block in the file
  uint64_t line_;  // of the next block
  std::shared_ptr<const void> carry_owner_;
  std::string_view carry_;  // what was read behind the last block
};

}  // namespace headrace
