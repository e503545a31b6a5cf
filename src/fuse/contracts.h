// fuse/contracts.h — what steps, sinks and sources promise, as kernels do in their lists. docs/contracts.md is printed from it.
#pragma once

#include "fuse/stage.h"
#include "kernel/contract.h"

namespace headrace {

// Faults of arguments are not those of the step: they are the row's, and met where it is settled.
Contract contract_of(const Stage& stage, const Step& step);
// Of the same arguments always the same value and never a fault: which rows it is computed for, and how often, does not show.
bool gives_the_same_anywhere(const Stage& stage, const Compute& compute);
// Of the rows that it consumes, and of those that it gives when it has finished: of one that writes, the rows of the output; of a join's build side,
// what probes find.
Contract contract_of(const SinkNode& sink);
// A sink's rows have the order that the sink gives them.
Contract contract_of(const Program& program, const SourceSpec& source);

}  // namespace headrace
