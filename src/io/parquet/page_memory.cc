#include "io/parquet/page_memory.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace headrace::parquet_in {
namespace {

constexpr uint64_t kBytesMin = uint64_t{512} << 20;
constexpr uint64_t kTimesFile = 64;

}  // namespace

PageMemory::PageMemory(MemoryBudget& budget, uint64_t file_bytes)
    : budget_(&budget), of_file_(std::make_shared<OfFile>()) {
  of_file_->file_bytes = file_bytes;
  of_file_->bytes_max =
      std::max(kBytesMin, file_bytes > UINT64_MAX / kTimesFile ? UINT64_MAX : file_bytes * kTimesFile);
}

Result<std::shared_ptr<Buffer>> PageMemory::allocate(uint64_t bytes) const {
  if (of_file_ == nullptr) return Buffer::allocate(*budget_, "parquet reader", bytes);
  const uint64_t before = of_file_->bytes.fetch_add(bytes, std::memory_order_relaxed);
  // Gives the bytes back with the last owner, also when they are refused.
  std::shared_ptr<void> share(
      nullptr, [of_file = of_file_, bytes](void*) { of_file->bytes.fetch_sub(bytes, std::memory_order_relaxed); });
  if (bytes > of_file_->bytes_max || before > of_file_->bytes_max - bytes)
    return Error{ErrorCode::kLimit,
                 fmt::format("pages of a file of {} bytes claim {} bytes at a time, at most {} are read",
                             of_file_->file_bytes, before + bytes, of_file_->bytes_max),
                 "", "look where the file comes from; smaller pages, or fewer columns in a query, need less"};
  TRY(buffer, Buffer::allocate(*budget_, "parquet reader", bytes));
  Buffer* const at = buffer.get();
  return std::shared_ptr<Buffer>(at, [buffer = std::move(buffer), share = std::move(share)](Buffer*) {});
}

Status PageMemory::check_values(uint64_t bytes) const {
  constexpr uint64_t kShare = 4;
  if (of_file_ == nullptr || bytes <= of_file_->bytes_max / kShare) return kDone;
  return Error{ErrorCode::kLimit,
               fmt::format("a list of a file of {} bytes claims more than {} bytes, as many are read",
                           of_file_->file_bytes, of_file_->bytes_max / kShare),
               "", "look where the file comes from, or do not read this column"};
}

}  // namespace headrace::parquet_in
