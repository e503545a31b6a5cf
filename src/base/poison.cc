#include "base/poison.h"

#include <array>
#include <atomic>
#include <cstring>
#include <utility>

namespace headrace {

void poison(void* data, size_t bytes) {
  if (bytes > 0) std::memset(data, kPoisonByte, bytes);
}

void bury(std::shared_ptr<void> block, void* data, size_t bytes) {
  if (block == nullptr || block.use_count() > 1) return;
  std::atomic_thread_fence(std::memory_order_acquire);  // after the last other holder's release
  poison(data, bytes);
  if constexpr (!kReportsReads) {
    thread_local std::array<std::shared_ptr<void>, kBuriedMax> buried;
    thread_local size_t next = 0;
    buried[next++ % kBuriedMax] = std::move(block);
  }
}

}  // namespace headrace
