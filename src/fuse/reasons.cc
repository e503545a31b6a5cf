#include "base/check.h"
#include "fuse/stage.h"

namespace headrace {

namespace {

struct ReasonText {
  Reason reason;
  const char* name;
  const char* text;
};

constexpr ReasonText kReasons[] = {
    {Reason::kFused, "fused", "legal, and one loop is cheapest"},
    {Reason::kModeOff, "mode_off", "fusion.mode is off: every step is its own loop"},
    {Reason::kModeStaged, "mode_staged", "fusion.mode is staged: every cut is"},
    {Reason::kPinned, "pinned", "pinned by fusion.edge"},
    {Reason::kExpands, "expands", "a probe may emit several rows for one and must be able to stop and resume"},
    {Reason::kCodeTooLarge, "code_too_large", "one function would exceed the limit of steps"},
    {Reason::kSelectiveFilter, "selective_filter",
     "few rows are expected to pass: the steps behind run on those alone"},
    {Reason::kCheaperApart, "cheaper_apart", "the model prices two loops below one"},
    {Reason::kBreaker, "breaker", "the consumer needs all rows before it gives any"},
    {Reason::kSeveralConsumers, "several_consumers", "rows are kept for more than one reader"},
    {Reason::kStateBoundary, "state_boundary",
     "state changes only after the whole batch is known to be free of faults"},
    {Reason::kSideEffect, "side_effect", "the consumer acts on the outside"},
    {Reason::kSourceVectors, "source_vectors", "the reader delivers vectors"},
    {Reason::kFanOut, "fan_out", "several stages read each batch while it is in cache"},
    {Reason::kQuarantined, "quarantined", "machine code of this loop gave another answer than the interpreter"},
    {Reason::kOrder, "order", "the consumer's answer depends on the order of rows: they wait for those in front"},
    {Reason::kStateOutgrowsCache, "state_outgrows_cache",
     "state grows with the groups: it is looked up for a batch at a time, once no row of it faults"},
    {Reason::kDestroysParallelism, "destroys_parallelism",
     "one worker at a time runs the producer: the steps behind would wait for it"},
    {Reason::kFlagOff, "flag_off", "fusion.rule.share_scans is off: others read the same rows once more"},
    {Reason::kEvaluatedMoreOften, "evaluated_more_often",
     "several stages read the value: in one loop with each of them it would be computed for each"},
    {Reason::kMeasuredSlower, "measured_slower", "undone: one loop took longer than its steps apart"},
    {Reason::kIsolation, "isolation",
     "fusion.isolate names a function on one of both sides: it shares its loop with no other step"},
    {Reason::kLatencyTarget, "latency_target", "undone: more batches kept to latency_target with the steps apart"},
};

const ReasonText& row_of(Reason reason) {
  for (const ReasonText& row : kReasons)
    if (row.reason == reason) return row;
  CHECK(!"every Reason has a row");
  return kReasons[0];
}

}  // namespace

const char* reason_name(Reason reason) { return row_of(reason).name; }
const char* reason_text(Reason reason) { return row_of(reason).text; }

std::vector<Reason> list_of(Reasons reasons) {
  std::vector<Reason> list;
  for (const ReasonText& row : kReasons)
    if (has(reasons, row.reason)) list.push_back(row.reason);
  return list;
}

Result<Reason> parse_reason(std::string_view name) {
  for (const ReasonText& row : kReasons)
    if (name == row.name) return row.reason;
  return Error{ErrorCode::kInvalidPlan, "unknown reason '" + std::string(name) + "'", "", ""};
}

const char* decision_name(Decision decision) {
  switch (decision) {
    case Decision::kRegister: return "register";
    case Decision::kStaged: return "staged";
    case Decision::kMaterialized: return "materialized";
  }
  return "";
}

std::vector<StepInterval> intervals_of(const Stage& stage) {
  std::vector<StepInterval> intervals;
  uint32_t first = 0;
  for (uint32_t i = 0; i < stage.steps.size(); ++i) {
    const bool last = i + 1 == stage.steps.size();
    if (!last && stage.cuts[i].decision == Decision::kRegister) continue;
    intervals.push_back({first, i + 1});
    first = i + 1;
  }
  return intervals;
}

}  // namespace headrace
