// io/arrow_memory.h — Arrow's allocations inside our budget.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include <arrow/memory_pool.h>

#include "state/budget.h"
#include "types/arrow_c.h"

namespace headrace {

// Reserves every allocation above limits::kSmallAllocationBytes before it makes it; refuses with OutOfMemory, whose message
// is the budget's. Must outlive what it allocated: keep it beside the arrays (ArrowImport::keep).
class BudgetMemoryPool final : public arrow::MemoryPool {
 public:
  BudgetMemoryPool(MemoryBudget& budget, const std::string& consumer) : reservation_(budget, consumer) {}

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override;
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t** ptr) override;
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override;
  int64_t bytes_allocated() const override { return allocated_.load(std::memory_order_relaxed); }
  int64_t total_bytes_allocated() const override { return total_.load(std::memory_order_relaxed); }
  int64_t num_allocations() const override { return count_.load(std::memory_order_relaxed); }
  std::string backend_name() const override { return "headrace"; }

 private:
  arrow::Status reserve(int64_t size);
  void release(int64_t size);

  std::mutex mutex_;  // guards reservation_
  Reservation reservation_;
  std::atomic<int64_t> allocated_{0}, total_{0}, count_{0};
};

// Memory for import_chunk and export_batches out of the budget. Must not outlive it.
AllocateBytes budget_allocator(MemoryBudget& budget, std::string consumer);

}  // namespace headrace
