// fuse/contracts.h — what steps, sinks and sources promise, as kernels do in their lists. docs/contracts.md is printed from it.
#pragma once

#include "fuse/stage.h"
#include "kernel/contract.h"

namespace headrace {

// Faults of arguments are not those of the step: they are the row's, and met where it is settled.
Contract contract_of(const Stage& stage, const Step& step);
// Of the rows that it consumes, and of those that it gives when it has finished.
Contract contract_of(const SinkNode& sink);
Contract contract_of(const SourceSpec& source);

}  // namespace headrace
