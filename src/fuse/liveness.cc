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
  std::vector<uint64_t> bytes(stage.steps.size(), 0);
  for (ValueId value = 0; value < stage.values.size(); ++value) {
    if (liveness.defined[value] == kBySource) continue;
    const uint64_t width = width_bytes(stage.values[value].type.id) + (stage.values[value].nullable ? 1 : 0);
    for (uint32_t cut = liveness.defined[value]; cut < liveness.last_read[value] && cut < bytes.size(); ++cut)
      bytes[cut] += width;
  }
  return bytes;
}

}  // namespace headrace
