// fuse/legality.h — what contracts forbid, whatever it would save. Each refusal has a reason.
#pragma once

#include <optional>

#include "fuse/stage.h"
#include "kernel/contract.h"

namespace headrace {

// Why two steps may not share a loop; nullopt: they may.
std::optional<Reason> barrier_between(const Contract& before, const Contract& behind);

// How rows reach a sink: in the registers of the last loop, where `shares_loop` and the sink allows it, in vectors, or in what it keeps.
Cut cut_before_sink(const Contract& sink, bool shares_loop);

}  // namespace headrace
