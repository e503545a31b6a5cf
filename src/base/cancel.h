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

// The token of what this thread does at the moment, for calls that wait long and are not handed one; nullptr: none.
inline const CancelToken*& current_cancel() {
  thread_local const CancelToken* token = nullptr;
  return token;
}

// Makes `token` the current one of this thread while it lives.
class CancelScope {
 public:
  explicit CancelScope(const CancelToken* token) : before_(current_cancel()) { current_cancel() = token; }
  ~CancelScope() { current_cancel() = before_; }
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

 private:
  const CancelToken* const before_;
};

}  // namespace headrace
