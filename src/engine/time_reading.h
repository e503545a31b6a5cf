// engine/time_reading.h — measures what a column of a file takes to read on this machine, for the cost model (fuse/machine.h).
#pragma once

#include <string>

#include "base/error.h"

namespace headrace {

// Of a column of a file, as Machine has them.
struct ReadingPrices {
  double value_ns, byte_ns;
};

// Engines of its own, which keep no history, write and read a Parquet file of a few megabytes in `directory`; it is removed. kIo: it cannot be
// written there.
Result<ReadingPrices> time_reading(const std::string& directory);

}  // namespace headrace
