// runtime/unchanging_tables.h — what of a recursion's step is the same in every round.
#pragma once

#include <vector>

#include "fuse/stage.h"

namespace headrace {

// By sink of the step.
struct UnchangingTables {
  std::vector<bool> kept;     // join tables that no working row reaches, and that no probe marks
  std::vector<bool> skipped;  // sinks that only stages read which flow into these
};
UnchangingTables unchanging_tables(const Program& step);

}  // namespace headrace
