// runtime/loop_trust.h — which machine code is believed. A loop is new until enough batches were run both ways and agreed; one that disagreed
// is quarantined: it is interpreted from then on.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace headrace {

// A loop whose machine code gave another answer than the interpreter.
struct Miscompiled {
  uint64_t shape_hash = 0;  // of shape_key()
  std::string loop;  // its steps: "multiply_i64_i64, add_i64_i64"
  std::string found;  // "row 17 of 'y': 12, interpreted 13"
  std::string reproducer;  // the directory that `headrace replay` runs; empty: none was written
};

// By hash of the shape that code is cached by. Safe for use by many threads.
class LoopTrust {
 public:
  // `keep` remembers what was quarantined beyond this process. `known` says what was quarantined before, by
  // whatever process; it is asked when a loop is first asked about.
  using Keep = std::function<void(const Miscompiled&)>;
  using Known = std::function<std::vector<uint64_t>()>;
  explicit LoopTrust(Keep keep = {}, Known known = {}) : keep_(std::move(keep)), known_(std::move(known)) {}

  bool is_quarantined(uint64_t shape_hash) {
    std::lock_guard lock(mutex_);
    if (known_) {
      for (const uint64_t known : known_()) quarantined_.insert(known);
      known_ = {};
    }
    return quarantined_.contains(shape_hash);
  }
  bool is_trusted(uint64_t shape_hash) const {
    std::lock_guard lock(mutex_);
    return trusted_.contains(shape_hash);
  }
  void trust(uint64_t shape_hash) {
    std::lock_guard lock(mutex_);
    if (!quarantined_.contains(shape_hash)) trusted_.insert(shape_hash);
  }
  // False: it was quarantined before, perhaps by another worker that found the same just now.
  bool quarantine(uint64_t shape_hash) {
    std::lock_guard lock(mutex_);
    trusted_.erase(shape_hash);
    return quarantined_.insert(shape_hash).second;
  }
  // By who has quarantined it.
  void remember(const Miscompiled& found) const {
    if (keep_) keep_(found);
  }

 private:
  const Keep keep_;
  mutable std::mutex mutex_;  // guards what follows
  Known known_;  // empty: was asked
  std::set<uint64_t> trusted_, quarantined_;
};

}  // namespace headrace
