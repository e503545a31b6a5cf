// fuse/rooms.h — which values of a stage share memory: a value's room is free again once its last reader is done, so
// that a long stage works in a few vectors that stay in the nearest cache.
#pragma once

#include <cstdint>
#include <vector>

#include "fuse/stage.h"

namespace headrace {

// By value: its room, from 0. Values of one room have the same width, their contracts let their memory be written again
// (may_be_overwritten, fuse/legality.h), and they are never alive together, whether a loop runs step by step or as machine
// code, which writes what leaves it while it still reads what enters it. A step's result never takes the room of its own
// arguments: loops of kernels are vectorised because it does not. What a step that gives other rows reads stays until the
// end: it comes back to it after the steps behind it have run. `shares` false: each value has a room of its own.
std::vector<uint32_t> assign_rooms(const Stage& stage, bool shares = true);

// Whether what the steps [first, last) read is there in whatever order their loops run: no value that one of them computes may be given the
// memory of one that another reads last.
bool keep_their_inputs(const Stage& stage, uint32_t first, uint32_t last);

}  // namespace headrace
