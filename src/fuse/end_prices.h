// fuse/end_prices.h — what a stage takes beside its loops: reading its source, looking into what other stages keep, and what its sink does. No cut
// hangs on it, since vectors cross both ends; explain sets it beside what was measured.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fuse/machine.h"
#include "fuse/stage.h"

namespace headrace {

// ns per row that the source gives, for the columns that it gives at once: their pages, and decoding them. 0: not known.
double source_ns(const Stage& stage, const Machine& machine);
// ns per row that enters the stage, of what its sink does with the share that reaches it, by its contract's hint. 0: it hands rows on, or
// steps of the stage have done it all (Accumulate).
double sink_ns(const Program& program, const Stage& stage, double share_out);
// Bytes of a row of the values that the source gives at once.
uint64_t source_bytes(const Stage& stage);

// About how many bytes a sink keeps, from the rows that are known to reach it; nullopt: the sources do not say.
std::optional<uint64_t> known_state_bytes(const Program& program, uint32_t sink);
// By step of the stage: the bytes of the table that a probe looks into; 0: it is no probe, or they are not known.
std::vector<uint64_t> probed_bytes(const Program& program, const Stage& stage);

}  // namespace headrace
