// state/budget.h — one budget of bytes for everything an engine holds; every allocation above
// limits::kSmallAllocationBytes is inside a Reservation.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>

#include "base/error.h"

namespace headrace {

class Reservation;

// Safe for use by many threads. Outlives its reservations.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  uint64_t bytes_max() const { return bytes_max_.load(std::memory_order_relaxed); }
  // What is held already stays held, even above the new limit.
  void set_bytes_max(uint64_t bytes_max) { bytes_max_.store(bytes_max, std::memory_order_relaxed); }
  uint64_t bytes_used() const { return bytes_used_.load(std::memory_order_relaxed); }
  uint64_t bytes_peak() const { return bytes_peak_.load(std::memory_order_relaxed); }

 private:
  friend class Reservation;
  // "aggregate 61.9 MiB, csv reader 2.0 MiB": the largest holders, for the error.
  std::string top_consumers() const;

  std::atomic<uint64_t> bytes_max_;
  std::atomic<uint64_t> bytes_used_{0};
  std::atomic<uint64_t> bytes_peak_{0};
  mutable std::mutex mutex_;                // guards holders_
  std::set<const Reservation*> holders_;
};

// Bytes held by one consumer; gives them back when destroyed. Its own methods are for one thread at a time.
class Reservation {
 public:
  Reservation(MemoryBudget& budget, std::string consumer);
  ~Reservation();
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

  // kLimit when the budget would be exceeded; then nothing changed. The caller spills, waits or reports.
  Status grow(uint64_t bytes);
  void shrink(uint64_t bytes);  // requires bytes <= bytes()
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  const std::string& consumer() const { return consumer_; }
  MemoryBudget& budget() { return budget_; }

 private:
  MemoryBudget& budget_;
  const std::string consumer_;
  std::atomic<uint64_t> bytes_{0};
};

}  // namespace headrace
