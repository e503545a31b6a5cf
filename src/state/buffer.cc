#include "state/buffer.h"

#include <cstdlib>

namespace headrace {

Result<std::shared_ptr<Buffer>> Buffer::allocate(MemoryBudget& budget, const std::string& consumer, uint64_t bytes) {
  const uint64_t aligned = (bytes + 63) & ~uint64_t{63};
  std::shared_ptr<Buffer> buffer(new Buffer(budget, consumer));
  TRY_STATUS(buffer->reservation_.grow(aligned));
  buffer->data_ = std::aligned_alloc(64, aligned == 0 ? 64 : aligned);
  if (buffer->data_ == nullptr) {
    return Error{ErrorCode::kLimit, consumer + ": the operating system has no memory left", "", "lower memory_limit"};
  }
  buffer->bytes_ = bytes;
  return buffer;
}

Buffer::~Buffer() { std::free(data_); }

}  // namespace headrace
