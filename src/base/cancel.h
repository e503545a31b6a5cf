// base/cancel.h — a query's cancel token: set once, from any thread or a signal handler; polled per morsel.
#pragma once

#include <atomic>

#include "base/error.h"

namespace headrace {

class CancelToken {
 public:
  CancelToken() = default;
  // Of a part of a query: `whole`, which outlives it, cancels it too.
  explicit CancelToken(const CancelToken* whole) : whole_(whole) {}
  CancelToken(const CancelToken&) = delete;
  CancelToken& operator=(const CancelToken&) = delete;

  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }  // async-signal-safe
  bool cancelled() const {
    return cancelled_.load(std::memory_order_relaxed) || (whole_ != nullptr && whole_->cancelled());
  }
  Status check() const {
    if (cancelled()) return Error{ErrorCode::kCancelled, "the query was cancelled", "", ""};
    return kDone;
  }

 private:
  const CancelToken* whole_ = nullptr;
  std::atomic<bool> cancelled_{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "cancel() is called from a signal handler");
};

}  // namespace headrace
