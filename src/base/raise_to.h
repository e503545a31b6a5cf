// base/raise_to.h — the greatest of what several threads have seen.
#pragma once

#include <atomic>
#include <cstdint>

namespace headrace {

// To at least `to`; relaxed.
inline void raise_to(std::atomic<uint64_t>& most, uint64_t to) {
  uint64_t seen = most.load(std::memory_order_relaxed);
  while (seen < to && !most.compare_exchange_weak(seen, to, std::memory_order_relaxed)) {
  }
}

}  // namespace headrace
