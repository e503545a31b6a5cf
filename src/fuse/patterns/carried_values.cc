#include <fmt/format.h>

#include "fuse/contracts.h"
#include "fuse/edges.h"
#include "fuse/liveness.h"
#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

// A value that a step computes from its arguments alone.
bool is_computed(const Stage& stage, const Liveness& liveness, ValueId value) {
  const uint32_t defined = liveness.defined[value];
  if (defined == kBySource || !std::holds_alternative<Compute>(stage.steps[defined].node)) return false;
  return contract_of(stage, stage.steps[defined]).purity == Purity::kPure;
}

std::vector<PatternPlace> find(const Program& program) {
  std::vector<PatternPlace> places;
  for_each_stage(program, [&](const Program&, const Stage& stage, const std::string& name) {
    const Liveness liveness = liveness_of(stage);
    for (uint32_t step = 0; step < stage.steps.size(); ++step) {
      const auto* probe = std::get_if<Probe>(&stage.steps[step].node);
      if (probe == nullptr) continue;
      for (const auto& [before, after] : probe->carried)
        if (is_computed(stage, liveness, before) && liveness.last_read[after] > step)
          places.push_back({name, fmt::format("{} across {}", step_label(stage, liveness.defined[before]),
                                              step_label(stage, step))});
    }
  });
  return places;
}

constexpr std::string_view kQuery =
    "SELECT max(((a.range % 100003) % 10007) % 1000 + b.range) AS value FROM range(0, {rows}) a JOIN range(0, 1000) b "
    "ON ((a.range % 100003) % 10007) % 1000 = b.range";

}  // namespace

Pattern carried_values() {
  return {
      .name = "carried_values",
      .shape = "what a join's key computes is carried across the join for who reads it there, not computed again",
      .assumptions =
          "The value follows from its arguments alone (purity pure); it is read in front of the join and behind it.",
      .guarantee =
          "It is computed once a row, in front of the join, where it can fault no other row than it would behind it.",
      .cost = "Its bytes cross in place of those of its arguments: more where several values are made of one column.",
      .example = {.prepare = "",
                  .rows = 500'000,
                  .with = {kQuery, {{"fusion.rule.share_subexpressions", "on"}}},
                  .without = {kQuery, {{"fusion.rule.share_subexpressions", "off"}}}},
      .find = find};
}

}  // namespace headrace::patterns
