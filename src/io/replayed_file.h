// io/replayed_file.h — a pipe as a file: read front to back, its beginning as often as wanted.
#pragma once

#include <memory>
#include <string>

#include "base/world.h"
#include "state/budget.h"

namespace headrace {

inline constexpr uint64_t kReplayedBytes = uint64_t{8} << 20;  // that are kept

// `stored` gives only what lies behind the last read, as World::open's files do that are no regular ones. Its size is that of a very
// large file until its end was read. kUnsupported: bytes behind the first kReplayedBytes are asked for a second time.
std::shared_ptr<ReadableFile> replayed_file(std::shared_ptr<ReadableFile> stored, std::string path,
                                            MemoryBudget& budget);

}  // namespace headrace
