#include "fuse/liveness.h"

namespace headrace {

Liveness liveness_of(const Stage& stage) {
  Liveness liveness{std::vector<uint32_t>(stage.values.size(), kBySource),
                    std::vector<uint32_t>(stage.values.size(), 0)};
  const auto count = static_cast<uint32_t>(stage.steps.size());
  for (uint32_t step = 0; step < count; ++step) {
    for_each_definition(stage.steps[step], [&](ValueId value) { liveness.defined[value] = step; });
    for_each_operand(stage.steps[step], [&](Operand operand) {
      if (!operand.constant) liveness.last_read[operand.index] = step;
    });
  }
  for (const Operand operand : stage.outputs)
    if (!operand.constant) liveness.last_read[operand.index] = count;
  return liveness;
}

std::vector<uint64_t> live_bytes_of(const Stage& stage, const Liveness& liveness) {
  const size_t count = stage.steps.size();
  std::vector<uint64_t> bytes(count, 0), ended(count + 1, 0);  // what begins to cross at a cut, and what no longer does
  for (ValueId value = stage.source_values; value < stage.values.size(); ++value) {
    const uint32_t defined = liveness.defined[value], read = liveness.last_read[value];
    if (defined == kBySource || read <= defined) continue;
    const uint64_t width = width_bytes(stage.values[value].type.id) + (stage.values[value].nullable ? 1 : 0);
    bytes[defined] += width;
    ended[read] += width;
  }
  for (size_t cut = 1; cut < count; ++cut) bytes[cut] += bytes[cut - 1] - ended[cut];
  return bytes;
}

}  // namespace headrace
