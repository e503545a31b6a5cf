// fuse/legality.h — what forbids steps to share a loop, whatever it would save: what their contracts say, and what is asked of the query.
#pragma once

#include <optional>

#include "fuse/decide_cuts.h"
#include "fuse/stage.h"
#include "kernel/contract.h"

namespace headrace {

// What is known of a cut when it is decided.
struct CutFacts {
  const Contract& before;  // of the steps on its two sides
  const Contract& behind;
  FusionMode mode;
  std::optional<Decision> pin;
  bool isolated;  // one of the steps is of a function that shares no loop
  uint32_t steps_before;  // of the loop that would go on
};

// Every barrier that holds there. A barrier is a row of a list: a reason, and the facts that raise it.
Reasons barriers_at(const CutFacts& facts);
// Of several the one that weighs most, which explain names as the cut's reason. Requires barriers != 0.
Reason weightiest(Reasons barriers);

// The reason alone, if it is a barrier's; else none.
Reasons barrier_of(Reason reason);

// Whether the cut may be chosen, and chosen anew.
inline bool is_free(const Cut& cut) { return cut.barriers == 0 && !cut.pinned; }
// Whether a pin that asks for one loop is an error.
inline bool forbids_a_pin(Reasons barriers) {
  return has(barriers, Reason::kExpands) || has(barriers, Reason::kIsolation);
}
// Whether no pin brings one loop about.
inline bool is_absolute(Reasons barriers) {
  return forbids_a_pin(barriers) || has(barriers, Reason::kCodeTooLarge) || has(barriers, Reason::kQuarantined);
}

// How rows reach a sink: in the registers of the last loop, where `shares_loop` and the sink allows it, in vectors, or in what it keeps.
Cut cut_before_sink(const Contract& sink, bool shares_loop);

// Whether the memory of what a step makes may be written again once nobody reads it there: what lasts for the batch. What an owner or the query
// holds may be read by others, and stays as it is.
bool may_be_overwritten(const Contract& maker);

// Whether a sink's rows may be read when its stages have ended, and by several stages at a time of their own: they last for the query. Stages that read
// others see each batch before the next one is there (fuse/fan_out.h).
bool outlasts_its_stages(const Contract& sink);

}  // namespace headrace
