// fuse/fan_out.h — a stage whose rows several stages read as they come: who reads them, what is decoded where, and that none waits
// for another.
#pragma once

#include <cstdint>
#include <vector>

#include "fuse/stage.h"

namespace headrace {

// Whether the stage reads a fan_out.
bool reads_fan_out(const Program& program, const Stage& stage);

// The stages that read the sink's rows, ascending.
std::vector<uint32_t> readers_of(const Program& program, uint32_t sink);

// The stage whose tasks run this one: itself, unless it reads a fan_out.
uint32_t running_stage(const Program& program, uint32_t stage);

// Columns of the stage's source that it asks for late, ascending: those that it decodes itself and, of a stage that hands all of its
// rows to a fan_out, those that it only passes on to one stage which decodes them.
std::vector<uint32_t> late_columns(const Program& program, uint32_t stage);

// Whether a stage that begins with others, as readers of a fan_out do, would have to wait for one of those to end, or for one that waits
// for it: then none would ever begin.
bool waits_for_itself(const Program& program);
// The same if each stage began with the stage `begins_with[stage]`, which begins with itself.
bool would_wait_for_itself(const Program& program, const std::vector<uint32_t>& begins_with);

}  // namespace headrace
