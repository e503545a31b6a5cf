// runtime/loop_measures.h — what each loop of a stage took in and gave for the batches that were measured.
#pragma once

#include <cstdint>
#include <vector>

#include "base/world.h"

namespace headrace {

// For one worker. The last place is the sink.
class LoopMeasures {
 public:
  struct Loop {
    uint64_t rows_in = 0, rows_out = 0, ns = 0;
  };
  LoopMeasures(World& world, size_t loops) : world_(world), loops_(loops + 1) {}

  // A batch begins; forgets what was measured before.
  void begin() {
    ++batches_;
    loops_.assign(loops_.size(), {});
    current_ = 0;
    since_ns_ = world_.monotonic_ns();
  }
  // What follows is the work of that loop, until the next call.
  void enter(size_t loop) {
    const int64_t now_ns = world_.monotonic_ns();
    loops_[current_].ns += static_cast<uint64_t>(now_ns - since_ns_);
    since_ns_ = now_ns;
    current_ = loop;
  }
  void take(size_t loop, uint32_t rows) { loops_[loop].rows_in += rows; }
  void give(size_t loop, uint32_t rows) { loops_[loop].rows_out += rows; }

  // Of a first batch it says how many rows there were; how long it took says more of memory that was never touched before.
  bool warm() const { return batches_ > 1; }
  const std::vector<Loop>& loops() const { return loops_; }
  size_t current() const { return current_; }

 private:
  World& world_;
  std::vector<Loop> loops_;
  size_t current_ = 0;
  uint64_t batches_ = 0;
  int64_t since_ns_ = 0;
};

}  // namespace headrace
