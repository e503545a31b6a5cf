// execute/loop_program.h — a loop by itself as a program that reads its inputs from a stream, so that it can be run somewhere else.
#pragma once

#include "execute/loop.h"

namespace headrace {

// Its result: the loop's outputs of the rows that pass its filters, in order; of a loop that accumulates, the aggregates. Columns of the stream
// are LoopShape::inputs.
Program program_of_loop(const LoopShape& shape);

}  // namespace headrace
