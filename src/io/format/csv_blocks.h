// io/format/csv_blocks.h — a CSV file read front to back in blocks of complete records.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/world.h"
#include "io/format/csv_dialect.h"
#include "io/format/csv_records.h"
#include "state/buffer.h"

namespace headrace {

struct CsvBlock {
  std::shared_ptr<const void> owner;
  std::string_view text;    // complete records
  uint64_t offset = 0;      // of the text in the file
  uint64_t first_line = 1;  // the line on which it begins
};

// One thread at a time.
class CsvBlockReader {
 public:
  CsvBlockReader(std::shared_ptr<ReadableFile> file, std::string path, const CsvDialect& dialect, MemoryBudget& budget,
                 uint64_t offset, uint64_t first_line)
      : file_(std::move(file)),
        path_(std::move(path)),
        dialect_(dialect),
        budget_(budget),
        offset_(offset),
        line_(first_line) {}

  // About `bytes_target` bytes, more where one record is longer; false at the end of the file.
  Result<bool> next(uint64_t bytes_target, CsvBlock& block);
  // True when the last block reached the end of the file.
  bool at_end() const { return offset_ + carry_.size() >= file_->size_bytes(); }

 private:
  Error unclosed_quote(uint64_t line) const;

  const std::shared_ptr<ReadableFile> file_;
  const std::string path_;
  const CsvDialect dialect_;
  MemoryBudget& budget_;
  uint64_t offset_;                          // of the next block in the file
  uint64_t line_;                            // of the next block
  std::shared_ptr<const void> carry_owner_;
  std::string_view carry_;                   // what was read behind the last block
};

}  // namespace headrace
