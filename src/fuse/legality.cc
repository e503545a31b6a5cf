#include "fuse/legality.h"

namespace headrace {

std::optional<Reason> barrier_between(const Contract& before, const Contract& behind) {
  if (before.domain == Domain::kOther || behind.domain == Domain::kOther) return Reason::kExpands;
  return std::nullopt;
}

// States of a fixed size stay in the registers of the loop that computes their arguments, if there is one; else each is a loop of its own that
// leaves a batch's state. States by groups are touched when the whole batch is free of faults.
Cut cut_before_sink(const Contract& sink, bool shares_loop) {
  if (sink.side_effects == SideEffects::kExternal) return {Decision::kMaterialized, Reason::kSideEffect};
  if (sink.state == StateGrowth::kNone) return {Decision::kStaged, Reason::kFanOut};
  if (sink.cardinality != Cardinality::kManyToOne) return {Decision::kMaterialized, Reason::kBreaker};
  if (sink.state == StateGrowth::kFixed && shares_loop) return {Decision::kRegister, Reason::kFused};
  return {Decision::kStaged, Reason::kStateBoundary};
}

}  // namespace headrace
