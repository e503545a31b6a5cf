// base/bytes_read.h — how much this process has read from files so far, for progress.
#pragma once

#include <cstdint>

namespace headrace {

// Counted once a call of the operating system, over all files and threads.
uint64_t bytes_read_from_files();

}  // namespace headrace
