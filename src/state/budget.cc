#include "state/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/check.h"
#include "base/raise_to.h"
#include "base/work_part.h"
#include "state/reclaimable.h"

namespace headrace {

namespace {

// "61.9 MiB", "12.0 KiB", "812 bytes".
std::string bytes_text(uint64_t bytes) {
  if (bytes >= uint64_t{1} << 20) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
  if (bytes >= 1 << 10) return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / (1 << 10));
  return fmt::format("{} bytes", bytes);
}

}  // namespace

std::string MemoryBudget::top_consumers() const {
  std::map<std::string, uint64_t> bytes_by_consumer;
  {
    std::lock_guard lock(mutex_);
    for (const Reservation* holder : holders_) bytes_by_consumer[holder->consumer()] += holder->bytes();
  }
  std::vector<std::pair<uint64_t, std::string>> largest;
  for (const auto& [consumer, bytes] : bytes_by_consumer) largest.emplace_back(bytes, consumer);
  std::sort(largest.rbegin(), largest.rend());
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(3, largest.size()); ++i) {
    text += fmt::format("{}{} {}", i > 0 ? ", " : "", largest[i].second, bytes_text(largest[i].first));
  }
  return text;
}

Reservation::Reservation(MemoryBudget& budget, std::string consumer) : budget_(budget), consumer_(std::move(consumer)) {
  std::lock_guard lock(budget_.mutex_);
  budget_.holders_.insert(this);
}

Reservation::~Reservation() {
  shrink(bytes());
  std::lock_guard lock(budget_.mutex_);
  budget_.holders_.erase(this);
}

Status Reservation::grow(uint64_t bytes) {
  const uint64_t bytes_max = budget_.bytes_max();
  uint64_t used = budget_.bytes_used_.load(std::memory_order_relaxed);
  do {
    if (bytes > bytes_max || used > bytes_max - bytes) {
      if (bytes <= bytes_max && reclaim_memory(budget_, used - (bytes_max - bytes)) > 0) {
        used = budget_.bytes_used_.load(std::memory_order_relaxed);
        continue;
      }
      return Error{ErrorCode::kLimit,
                   fmt::format("{} needs {} more, but {} of {} are in use (largest: {})", consumer_, bytes_text(bytes),
                               bytes_text(used), bytes_text(bytes_max), budget_.top_consumers()),
                   "", "raise memory_limit, or lower threads"};
    }
  } while (!budget_.bytes_used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  note_allocated(bytes);
  raise_to(budget_.bytes_peak_, used + bytes);
  return kDone;
}

void Reservation::shrink(uint64_t bytes) {
  CHECK(bytes <= bytes_.load(std::memory_order_relaxed));
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  note_freed(bytes);
  budget_.bytes_used_.fetch_sub(bytes, std::memory_order_relaxed);
}

}  // namespace headrace
