#include "fuse/filter_runs.h"

#include <algorithm>

#include "fuse/contracts.h"
#include "fuse/liveness.h"
#include "fuse/rooms.h"

namespace headrace {

namespace {

bool reads(const Stage& stage, StepInterval loop, ValueId value) {
  bool found = false;
  for (uint32_t step = loop.first; step < loop.last; ++step)
    for_each_operand(stage.steps[step], [&](Operand operand) { found |= !operand.constant && operand.index == value; });
  return found;
}

bool only_filters(const Stage& stage, const Liveness& liveness, StepInterval loop) {
  bool has_filter = false;
  for (uint32_t index = loop.first; index < loop.last; ++index) {
    const Step& step = stage.steps[index];
    if (const auto* filter = std::get_if<FilterRows>(&step.node)) {
      if (!filter->predicate.constant && stage.values[filter->predicate.index].may_fault) return false;
      has_filter = true;
    } else if (const auto* decode = std::get_if<Decode>(&step.node)) {
      if (!reads(stage, loop, decode->value)) return false;
    } else if (const auto* compute = std::get_if<Compute>(&step.node)) {
      if (!gives_the_same_anywhere(stage, *compute) || liveness.last_read[compute->out] >= loop.last) return false;
    } else {
      return false;
    }
  }
  return has_filter;
}

}  // namespace

std::vector<LoopRun> filter_runs_of(const Stage& stage) {
  const Liveness liveness = liveness_of(stage);
  const std::vector<StepInterval> loops = intervals_of(stage);
  std::vector<LoopRun> runs;
  for (uint32_t first = 0; first < loops.size();) {
    uint32_t last = first;
    while (last < loops.size() && only_filters(stage, liveness, loops[last])) ++last;
    if (last - first >= 2 && keep_their_inputs(stage, loops[first].first, loops[last - 1].last))
      runs.push_back({first, last});
    first = std::max(last, first + 1);
  }
  return runs;
}

}  // namespace headrace
