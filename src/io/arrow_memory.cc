#include "io/arrow_memory.h"

#include "base/limits.h"
#include "state/buffer.h"

namespace headrace {
namespace {

bool accounted(int64_t size) { return size > static_cast<int64_t>(limits::kSmallAllocationBytes); }

}  // namespace

arrow::Status BudgetMemoryPool::reserve(int64_t size) {
  if (!accounted(size)) return arrow::Status::OK();
  const std::lock_guard lock(mutex_);
  const Status status = reservation_.grow(static_cast<uint64_t>(size));
  return status.ok() ? arrow::Status::OK() : arrow::Status::OutOfMemory(status.error().message);
}

void BudgetMemoryPool::release(int64_t size) {
  if (!accounted(size)) return;
  const std::lock_guard lock(mutex_);
  reservation_.shrink(static_cast<uint64_t>(size));
}

arrow::Status BudgetMemoryPool::Allocate(int64_t size, int64_t alignment, uint8_t** out) {
  ARROW_RETURN_NOT_OK(reserve(size));
  if (arrow::Status status = arrow::default_memory_pool()->Allocate(size, alignment, out); !status.ok()) {
    release(size);
    return status;
  }
  allocated_ += size;
  total_ += size;
  ++count_;
  return arrow::Status::OK();
}

arrow::Status BudgetMemoryPool::Reallocate(int64_t old_size, int64_t new_size, int64_t alignment, uint8_t** ptr) {
  ARROW_RETURN_NOT_OK(reserve(new_size));  // both blocks exist while their content moves
  if (arrow::Status status = arrow::default_memory_pool()->Reallocate(old_size, new_size, alignment, ptr);
      !status.ok()) {
    release(new_size);
    return status;
  }
  release(old_size);
  allocated_ += new_size - old_size;
  total_ += new_size;
  ++count_;
  return arrow::Status::OK();
}

void BudgetMemoryPool::Free(uint8_t* buffer, int64_t size, int64_t alignment) {
  arrow::default_memory_pool()->Free(buffer, size, alignment);
  release(size);
  allocated_ -= size;
}

AllocateBytes budget_allocator(MemoryBudget& budget, std::string consumer) {
  return [&budget, consumer = std::move(consumer)](uint64_t bytes) -> Result<std::shared_ptr<void>> {
    TRY(buffer, Buffer::allocate(budget, consumer, bytes));
    return std::shared_ptr<void>(buffer, buffer->data());
  };
}

}  // namespace headrace
