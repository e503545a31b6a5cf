// engine/calibration.h — a file that says what the machine was measured to take; `headrace calibrate` writes it.
#pragma once

#include <memory>
#include <string>

#include "base/world.h"
#include "fuse/machine.h"

namespace headrace {

// What the cost model goes by, and where that comes from.
struct KnownMachine {
  std::shared_ptr<const Machine> machine;  // nullptr: usual_machine()
  std::string origin;  // one clause, for explain: "measured: …", "compiled in: …"
};

// An empty path, a file that is missing, damaged or of another processor: what is compiled in, and why.
KnownMachine read_calibration(World& world, const std::string& path);

// Whether write_calibration could: asked before what takes long. The folder is made. kIo.
Status check_writable(World& world, const std::string& path);

// The file appears when it is complete; its folder is made.
Status write_calibration(World& world, const Machine& machine, const std::string& path);

}  // namespace headrace
