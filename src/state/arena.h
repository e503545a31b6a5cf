// state/arena.h — bump-allocated bytes that live until the arena dies; for string results, keys and wide sums.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "state/budget.h"

namespace headrace {

class Arena {
 public:
  // Without a reservation the bytes are unaccounted: only for what stays under limits::kSmallAllocationBytes, and for tests.
  explicit Arena(Reservation* reservation = nullptr) : reservation_(reservation) {}
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // 16-byte aligned, uninitialised; nullptr when the reservation is exhausted.
  char* allocate(size_t bytes) {
    const size_t aligned = (bytes + 15) & ~size_t{15};
    if (aligned > static_cast<size_t>(end_ - next_)) return allocate_block(aligned);
    char* result = next_;
    next_ += aligned;
    return result;
  }
  size_t bytes() const { return bytes_; }
  // Of those: what was handed out, and what no allocation behind fitted into.
  size_t bytes_handed_out() const { return bytes_ - static_cast<size_t>(end_ - next_); }
  // An allocation has failed since the arena was made: what was stored meanwhile may be incomplete.
  bool exhausted() const { return exhausted_; }
  // Whether it is one of the arena's bytes.
  bool contains(const char* byte) const;
  // Forgets every allocation but keeps one block for reuse.
  void reset();

 private:
  struct Block {
    std::unique_ptr<char[]> data;
    size_t bytes;
  };
  char* allocate_block(size_t bytes);

  Reservation* reservation_;
  std::vector<Block> blocks_;
  char* next_ = nullptr;
  char* end_ = nullptr;
  size_t bytes_ = 0;
  bool exhausted_ = false;
};

}  // namespace headrace
