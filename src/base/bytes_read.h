// base/bytes_read.h — how much this process has read from files and the net so far, for progress.
#pragma once

#include <cstdint>

namespace headrace {

// Over all files and threads; noted once a call of the operating system.
uint64_t bytes_read_from_files();
void note_bytes_read(uint64_t bytes);

}  // namespace headrace
