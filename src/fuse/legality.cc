#include "fuse/legality.h"

#include "base/check.h"
#include "base/limits.h"

namespace headrace {

namespace {

struct Barrier {
  Reason reason;
  bool (*holds)(const CutFacts&);
};

// The weightiest first.
constexpr Barrier kBarriers[] = {
    {Reason::kPinned, [](const CutFacts& f) { return f.pin == Decision::kStaged; }},
    {Reason::kExpands,
     [](const CutFacts& f) { return f.before.domain == Domain::kOther || f.behind.domain == Domain::kOther; }},
    {Reason::kIsolation, [](const CutFacts& f) { return f.isolated; }},
    // Known when its code is asked for, or has run.
    {Reason::kQuarantined, [](const CutFacts&) { return false; }},
    {Reason::kMeasuredSlower, [](const CutFacts&) { return false; }},
    {Reason::kLatencyTarget, [](const CutFacts&) { return false; }},
    {Reason::kModeOff, [](const CutFacts& f) { return f.mode == FusionMode::kOff && !f.pin.has_value(); }},
    {Reason::kModeStaged, [](const CutFacts& f) { return f.mode == FusionMode::kStaged && !f.pin.has_value(); }},
    {Reason::kCodeTooLarge, [](const CutFacts& f) { return f.steps_before >= limits::kLoopStepsMax; }},
};

}  // namespace

Reasons barriers_at(const CutFacts& facts) {
  Reasons barriers = 0;
  for (const Barrier& barrier : kBarriers)
    if (barrier.holds(facts)) barriers |= only(barrier.reason);
  return barriers;
}

Reason weightiest(Reasons barriers) {
  for (const Barrier& barrier : kBarriers)
    if (has(barriers, barrier.reason)) return barrier.reason;
  CHECK(!"every barrier is in the list");
  return Reason::kFused;
}

Reasons barrier_of(Reason reason) {
  for (const Barrier& barrier : kBarriers)
    if (barrier.reason == reason) return only(reason);
  return 0;
}

// States of a fixed size stay in the registers of the loop that computes their arguments, if there is one; else each is a loop of its own that
// leaves a batch's state. States by groups are touched when the whole batch is free of faults.
Cut cut_before_sink(const Contract& sink, bool shares_loop) {
  if (sink.side_effects == SideEffects::kExternal) return {Decision::kMaterialized, Reason::kSideEffect};
  if (sink.state == StateGrowth::kNone) return {Decision::kStaged, Reason::kFanOut};
  if (sink.cardinality != Cardinality::kManyToOne)
    return {Decision::kMaterialized, sink.order == RowOrder::kNeeded ? Reason::kOrder : Reason::kBreaker};
  if (sink.state == StateGrowth::kFixed && shares_loop) return {Decision::kRegister, Reason::kFused};
  return {Decision::kStaged,
          sink.state == StateGrowth::kWithGroups ? Reason::kStateOutgrowsCache : Reason::kStateBoundary};
}

bool may_be_overwritten(const Contract& maker) { return maker.lifetime == Lifetime::kBatch; }

bool outlasts_its_stages(const Contract& sink) { return sink.lifetime == Lifetime::kQuery; }

}  // namespace headrace
