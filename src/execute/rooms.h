// execute/rooms.h — which values of a stage share memory: a value's room is free again once its last reader is done, so
// that a long stage works in a few vectors that stay in the nearest cache.
#pragma once

#include <vector>

#include "fuse/stage.h"

namespace headrace {

// By value: its room, from 0. Values of one room have the same width and are never alive together, whether a loop runs
// step by step or as machine code, which writes what leaves it while it still reads what enters it. What a probe or its
// match reads stays until the end: they come back to it after the steps behind them have run. Columns of the source share with nobody.
std::vector<uint32_t> assign_rooms(const Stage& stage);

}  // namespace headrace
