// execute/code_cache.h — machine code of loops by shape: a query that differs only in constants and names compiles nothing.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "execute/loop.h"
#include "state/budget.h"
#include "state/reclaimable.h"

namespace headrace {

// Thread-safe. Code that is evicted lives on until its last user lets go.
class CodeCache final : public Reclaimable {
 public:
  // Keeps at most `bytes_max` of code, the least recently used goes first. With a budget, code and the memory of a running
  // compilation are reserved there, and code goes when others need that memory. `compiler` is asked at the first miss.
  explicit CodeCache(uint64_t bytes_max, MemoryBudget* budget = nullptr,
                     std::function<Result<Compiler*>()> compiler = load_compiler);
  ~CodeCache() override;

  // nullptr: not there; counted neither as hit nor as miss.
  std::shared_ptr<CompiledLoop> find(const LoopShape& shape);

  // One compilation per shape, however many threads ask; the others wait for it. Errors are not kept: kUnsupported when a
  // step cannot be compiled, kIo when there is no compiler, kLimit when the budget has no room.
  Result<std::shared_ptr<CompiledLoop>> get_or_compile(const LoopShape& shape);

  struct Counters {
    uint64_t hits, misses, evictions, loops, bytes;
  };
  Counters counters() const;

  uint64_t reclaim(uint64_t bytes) override;

 private:
  struct Entry {
    std::string key;
    std::optional<Result<std::shared_ptr<CompiledLoop>>> result;  // empty: being compiled
    uint64_t bytes = 0;  // > 0: it is kept
    std::unique_ptr<Reservation> reservation = {};  // of those; nullptr without a budget
  };
  using EntryPtr = std::shared_ptr<Entry>;

  Result<std::shared_ptr<CompiledLoop>> compile(const LoopShape& shape);
  Result<std::unique_ptr<Reservation>> reserve(
      uint64_t bytes) const;  // without mutex_: others may have to give memory back
  void keep(Entry& entry, uint64_t bytes);  // requires mutex_
  uint64_t evict_last();  // the bytes that it had; requires mutex_
  void forget(const std::string& key);

  const uint64_t bytes_max_;
  MemoryBudget* const budget_;
  const std::function<Result<Compiler*>()> compiler_;
  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable ready_;
  std::unordered_map<std::string, std::list<EntryPtr>::iterator> by_key_;
  std::list<EntryPtr> recent_;  // most recently used first; entries being compiled are among them
  Counters counters_{};
};

}  // namespace headrace
