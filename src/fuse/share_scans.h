// fuse/share_scans.h — one scan of a table for several outputs.
#pragma once

#include "fuse/machine.h"
#include "fuse/stage.h"

namespace headrace {

// Stages of a program that writes several outputs which read the same bounded table become readers of one stage that reads the columns
// which any of them needs, skips what none of them wants, does what they do alike (share_steps), and hands its rows on (FanOutSink).
// Each keeps its other steps and its sink, so that its rows, their order and its faults are those that it had alone. Not shared: what
// would make a stage wait for itself, and several inputs of one sink, whose rows would have to be kept until their turn.
void share_scans(Program& program, const Machine& machine);
// Leaves the stages that would share a scan as they are, but says so of each (Stage::scans_alone).
void note_shareable_scans(Program& program);

}  // namespace headrace
