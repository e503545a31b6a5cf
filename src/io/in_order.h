// io/in_order.h — what many threads finish in any order, taken in the order of its numbers.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "base/error.h"

namespace headrace {

template <class Item>
class InOrder {
 public:
  // Calls take(item) for this one and those that wait for it, when all before it have been taken; one at a time. Behind an
  // error nothing more is taken.
  template <class Take>
  Status put(uint64_t number, Item item, Take&& take) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(number, std::move(item));
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_; first = waiting_.begin()) {
      TRY_STATUS(take(first->second));
      waiting_.erase(first);
      ++next_;
    }
    return kDone;
  }
  // Once no put() is under way: whether everything has been taken.
  bool empty() const { return waiting_.empty(); }

 private:
  std::mutex mutex_;  // guards what follows, and what take() touches
  std::map<uint64_t, Item> waiting_;
  uint64_t next_ = 0;
};

}  // namespace headrace
