// execute/compile/perf_map.h — tells Linux perf the names of compiled loops and of their steps.
#pragma once

#include "execute/compile/line_table.h"
#include "execute/loop.h"

namespace headrace {

// Appends to perf's map file of this process when HEADRACE_PERF_MAP is set: "loop 3 #2 multiply_i64_i64" for the instructions of a step, "loop 3" for
// those of none. Else does nothing. Failures are ignored: a profile without names is still a profile.
void append_to_perf_map(const void* address, const CodeMap& map, const LoopShape& shape);

}  // namespace headrace
