// runtime/loop_trust.h — which machine code is believed. A loop is new until enough of its turns were run both ways and agreed; one that disagreed
// is quarantined: it is interpreted from then on.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"

namespace headrace {

// A loop whose machine code gave another answer than the interpreter.
struct Miscompiled {
  uint64_t shape_hash = 0;  // of shape_key()
  std::string loop;  // its steps: "multiply_i64_i64, add_i64_i64"
  std::string found;  // "row 17 of 'y': 12, interpreted 13"
  std::string reproducer;  // the directory that `headrace replay` runs; empty: none was written
};

// Turns of a loop's code that are still to be run both ways before it is believed; less than 1: it is.
using TurnsToTrust = std::atomic<int64_t>;

// By hash of the shape that code is cached by. Safe for use by many threads.
class LoopTrust {
 public:
  static constexpr int64_t kTurnsToTrust =
      limits::kMorselRowsTarget / limits::kVectorRowsMax;  // as many batches as a morsel has
  static constexpr int64_t kAskedEveryNs = 1'000'000'000;

  // `keep` remembers what was quarantined beyond this process. `known` says what was quarantined before, by
  // whatever process; it is asked when a loop is first asked about, and then once a second at most.
  using Keep = std::function<void(const Miscompiled&)>;
  using Known = std::function<std::vector<uint64_t>()>;
  explicit LoopTrust(Keep keep = {}, Known known = {}) : keep_(std::move(keep)), known_(std::move(known)) {}

  bool is_quarantined(uint64_t shape_hash, int64_t now_ns) {
    if (is_to_ask(now_ns)) {
      const std::vector<uint64_t> known = known_();  // may wait for the disk, and nobody for that
      std::lock_guard lock(mutex_);
      quarantined_.insert(known.begin(), known.end());
    }
    std::lock_guard lock(mutex_);
    return quarantined_.contains(shape_hash);
  }
  // Shared by all that run the loop, in whatever query; never nullptr.
  std::shared_ptr<TurnsToTrust> turns_to_trust(uint64_t shape_hash) {
    std::lock_guard lock(mutex_);
    auto& turns = turns_[shape_hash];
    if (turns == nullptr) turns = std::make_shared<TurnsToTrust>(kTurnsToTrust);
    return turns;
  }
  // False: it was quarantined before, perhaps by another worker that found the same just now.
  bool quarantine(uint64_t shape_hash) {
    std::lock_guard lock(mutex_);
    return quarantined_.insert(shape_hash).second;
  }
  // By who has quarantined it.
  void remember(const Miscompiled& found) const {
    if (keep_) keep_(found);
  }

 private:
  // The first time it is asked here: nothing may run before the answer is known.
  bool is_to_ask(int64_t now_ns) {
    std::lock_guard lock(mutex_);
    if (!known_ || (asked_ns_.has_value() && now_ns - *asked_ns_ < kAskedEveryNs)) return false;
    const bool again = asked_ns_.has_value();
    asked_ns_ = now_ns;
    if (again) return true;
    for (const uint64_t known : known_()) quarantined_.insert(known);
    return false;
  }

  const Keep keep_;
  const Known known_;
  std::mutex mutex_;  // guards what follows
  std::optional<int64_t> asked_ns_;  // when known_ was
  std::map<uint64_t, std::shared_ptr<TurnsToTrust>> turns_;
  std::set<uint64_t> quarantined_;
};

}  // namespace headrace
