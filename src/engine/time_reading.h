// engine/time_reading.h — measures what a column of a file takes to read on this machine, for the cost model (fuse/machine.h).
#pragma once

#include <headrace/session.h>

#include <memory>

#include "fuse/machine.h"

namespace headrace {

struct EngineCore;

// A session of the engine writes a Parquet file of a few megabytes for it, in the directory for temporary files; it is removed. What
// `machine` has stays where that fails.
void time_reading(const std::shared_ptr<EngineCore>& engine, Session session, Machine& machine);

}  // namespace headrace
