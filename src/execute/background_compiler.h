// execute/background_compiler.h — compiles loops on a thread of its own while queries run interpreted.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "execute/code_cache.h"

namespace headrace {

// A loop that may get machine code. Thread-safe; keeps its code alive.
class PendingLoop {
 public:
  // nullptr until compiled, and for ever when that failed. Load with acquire; the code lives as long as this object.
  const std::atomic<const CompiledLoop*>& code() const { return code_; }

  // Blocks until compiled or failed, and says which: the errors of CodeCache::get_or_compile, or kCancelled when the
  // compiler was stopped first.
  Status wait() const;

 private:
  friend class BackgroundCompiler;
  void finish(Result<std::shared_ptr<CompiledLoop>> result);

  std::atomic<const CompiledLoop*> code_{nullptr};
  mutable std::mutex mutex_;
  mutable std::condition_variable finished_;
  std::optional<Result<std::shared_ptr<CompiledLoop>>> result_;  // set once
};

// One thread and a queue, first come first served. Thread-safe.
class BackgroundCompiler {
 public:
  explicit BackgroundCompiler(CodeCache& cache);  // which outlives this
  // Ends after the compilation that is running; what still waits fails with kCancelled.
  ~BackgroundCompiler();

  // Whether code may be made that saves so many ns. The first compilation loads LLVM and has cores busy that queries want, so that it is put off
  // until what all queries would have saved is kFirstNs.
  bool earns(double saved_ns);
  static constexpr double kFirstNs = 100e6;

  // Returns at once. Copies what it needs of the shape's stage, which may die first. Code that the cache has is there
  // already.
  std::shared_ptr<PendingLoop> request(const LoopShape& shape);

 private:
  struct Job;
  void run();

  CodeCache& cache_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Job>> queue_;
  bool stopping_ = false;
  double saved_ns_ = 0;  // before the first job
  std::thread thread_;  // started by the first job
};

}  // namespace headrace
