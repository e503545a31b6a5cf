// state/buffer.h — an owned, accounted, 64-byte aligned block of memory.
#pragma once

#include <cstdint>
#include <memory>

#include "state/budget.h"

namespace headrace {

class Buffer {
 public:
  // kLimit when `bytes` do not fit the budget. The memory is uninitialised.
  static Result<std::shared_ptr<Buffer>> allocate(MemoryBudget& budget, const std::string& consumer, uint64_t bytes);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() { return data_; }
  const void* data() const { return data_; }
  uint64_t bytes() const { return bytes_; }

 private:
  Buffer(MemoryBudget& budget, const std::string& consumer) : reservation_(budget, consumer) {}
  Reservation reservation_;
  void* data_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace headrace
