#include "runtime/unchanging_tables.h"

#include <algorithm>
#include <variant>

namespace headrace {

namespace {

bool reads(const Stage& stage, const std::vector<bool>& sinks) {
  if (const auto* source = std::get_if<SinkSource>(&stage.source); source != nullptr && sinks[source->sink])
    return true;
  return std::any_of(stage.steps.begin(), stage.steps.end(), [&](const Step& step) {
    const auto* probe = std::get_if<Probe>(&step.node);
    return probe != nullptr && sinks[probe->table];
  });
}

}  // namespace

UnchangingTables unchanging_tables(const Program& step) {
  const size_t count = step.sinks.size();
  std::vector<bool> changes(count, false);
  for (const Stage& stage : step.stages)  // a stage reads sinks of earlier ones alone
    if (std::holds_alternative<WorkingSource>(stage.source) || std::holds_alternative<RecursionSource>(stage.source) ||
        reads(stage, changes))
      changes[stage.sink] = true;
  UnchangingTables found{std::vector<bool>(count, false), std::vector<bool>(count, false)};
  for (size_t sink = 0; sink < count; ++sink) {
    const auto* build = std::get_if<JoinBuildSink>(&step.sinks[sink].node);
    found.kept[sink] = build != nullptr && !build->gives_unmatched && !changes[sink];
  }
  // From the last stage back, so that those who read a sink are looked at before those who flow into it.
  for (auto at = step.stages.rbegin(); at != step.stages.rend(); ++at) {
    const uint32_t sink = at->sink;
    if (found.kept[sink] || changes[sink] || sink == step.result) continue;
    std::vector<bool> this_one(count, false);
    this_one[sink] = true;
    found.skipped[sink] = std::all_of(step.stages.begin(), step.stages.end(), [&](const Stage& stage) {
      return !reads(stage, this_one) || found.kept[stage.sink] || found.skipped[stage.sink];
    });
  }
  return found;
}

}  // namespace headrace
