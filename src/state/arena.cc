#include "state/arena.h"

#include <algorithm>
#include <functional>
#include <new>

#include "base/limits.h"
#include "base/poison.h"

namespace headrace {

namespace {
constexpr size_t kFirstBlockBytes = 4'096;
constexpr size_t kBlockBytesMax = size_t{1} << 20;
}  // namespace

Arena::~Arena() {
  if (reservation_ != nullptr) reservation_->shrink(bytes_);
}

char* Arena::allocate_block(size_t bytes) {
  const size_t doubled = blocks_.empty() ? kFirstBlockBytes : std::min(blocks_.back().bytes * 2, kBlockBytesMax);
  const size_t block_bytes = std::max(bytes, doubled);
  if (reservation_ != nullptr && !reservation_->grow(block_bytes).ok()) {
    exhausted_ = true;
    return nullptr;
  }
  std::unique_ptr<char[]> data(new (std::nothrow) char[block_bytes]);
  if (data == nullptr) {
    if (reservation_ != nullptr) reservation_->shrink(block_bytes);
    exhausted_ = true;
    return nullptr;
  }
  blocks_.push_back({std::move(data), block_bytes});
  bytes_ += block_bytes;
  next_ = blocks_.back().data.get();
  end_ = next_ + block_bytes;
  char* result = next_;
  next_ += bytes;
  return result;
}

bool Arena::contains(const char* byte) const {
  return std::ranges::any_of(blocks_, [&](const Block& block) {
    return std::less_equal<>()(block.data.get(), byte) && std::less<>()(byte, block.data.get() + block.bytes);
  });
}

void Arena::reset() {
  if (blocks_.empty()) return;
  if constexpr (kPoisonsMemory) {
    for (Block& block : blocks_) {
      const bool is_last = &block == &blocks_.back();
      poison(block.data.get(), block.bytes - (is_last ? static_cast<size_t>(end_ - next_) : 0));
    }
  }
  Block largest = std::move(blocks_.back());
  for (Block& block : blocks_) {
    if (block.data != nullptr && block.bytes > largest.bytes) std::swap(block, largest);
  }
  if constexpr (kReportsReads) largest.data.reset(new char[largest.bytes]);
  if (reservation_ != nullptr) reservation_->shrink(bytes_ - largest.bytes);
  bytes_ = largest.bytes;
  blocks_.clear();
  blocks_.push_back(std::move(largest));
  next_ = blocks_.back().data.get();
  end_ = next_ + bytes_;
}

}  // namespace headrace
