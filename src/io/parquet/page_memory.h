// io/parquet/page_memory.h — room for pages, and for what is made of them: inside the budget, and inside what one file may become.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "state/buffer.h"

namespace headrace::parquet_in {

// Copies share the room. Thread-safe. The budget outlives all buffers, which may outlive this.
class PageMemory {
 public:
  PageMemory(MemoryBudget& budget)
      : budget_(&budget) {}  // NOLINT(google-explicit-constructor): the budget alone is the limit
  // At a time, a file is not worth more than 64 times its bytes, or 512 MiB where it is short: a few bytes of some codecs and encodings
  // can claim gigabytes.
  PageMemory(MemoryBudget& budget, uint64_t file_bytes);

  MemoryBudget& budget() const { return *budget_; }
  // kLimit: the budget, or the file, has no more room.
  Result<std::shared_ptr<Buffer>> allocate(uint64_t bytes) const;
  // kLimit: values of one batch of a column have too many bytes for the file.
  Status check_values(uint64_t bytes) const;

 private:
  struct OfFile {
    uint64_t file_bytes, bytes_max;
    std::atomic<uint64_t> bytes{0};
  };

  MemoryBudget* budget_;
  std::shared_ptr<OfFile> of_file_;  // nullptr: no limit of its own
};

}  // namespace headrace::parquet_in
