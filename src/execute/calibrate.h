// execute/calibrate.h — measures what the parts of a loop take on this machine, for the cost model (fuse/machine.h).
#pragma once

#include "base/world.h"
#include "fuse/machine.h"

namespace headrace {

// Takes some seconds and one processor; other work beside it makes the numbers larger. Kernels of nested values keep the hints of their
// contracts, and so does what compiling takes where there is no compiler. What files take to read is not in it (engine/time_reading.h).
Machine calibrate(World& world);

// As the processor names itself; what a calibration belongs to. "unknown": it does not.
std::string processor_name();

}  // namespace headrace
