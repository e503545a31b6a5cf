// engine/time_reading.h — measures what a column of a file takes to read on this machine, for the cost model (fuse/machine.h).
#pragma once

#include <string>

#include "base/error.h"
#include "fuse/machine.h"

namespace headrace {

// An engine of its own writes a Parquet file of a few megabytes for it into `directory`; it is removed. kIo: it cannot be written there.
Status time_reading(const std::string& directory, Machine& machine);

}  // namespace headrace
