// fuse/filter_runs.h — filters in loops of their own, side by side, that may run in any order.
#pragma once

#include <cstdint>
#include <vector>

#include "fuse/stage.h"

namespace headrace {

// Loops [first, last), as in intervals_of(stage).
struct LoopRun {
  uint32_t first, last;
};

// At least two loops each, as long as they can be, ascending. Each of them does nothing but keep rows by what was there before it, and decode what
// it reads; none can fault, and none writes to memory that another reads: any order keeps the same rows.
std::vector<LoopRun> filter_runs_of(const Stage& stage);

}  // namespace headrace
