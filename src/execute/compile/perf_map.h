// execute/compile/perf_map.h — tells Linux perf the names of compiled loops.
#pragma once

#include <cstdint>

namespace headrace {

// Appends to perf's map file of this process when HEADRACE_PERF_MAP is set; else does nothing. Failures are ignored.
void append_to_perf_map(const void* address, uint64_t bytes);

}  // namespace headrace
