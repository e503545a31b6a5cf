#include "kernel/loops.h"

#include <cstdlib>
#include <cstring>
#include <vector>

namespace headrace {

#define HEADRACE_EIGHT 1, 1, 1, 1, 1, 1, 1, 1
#define HEADRACE_64                                                                                               \
  HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, \
      HEADRACE_EIGHT
#define HEADRACE_512 \
  HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64
const uint8_t kAllOnes[limits::kVectorRowsMax] = {HEADRACE_512, HEADRACE_512, HEADRACE_512, HEADRACE_512};
const uint8_t kAllZeros[limits::kVectorRowsMax] = {};

extern const LoopLevel kLoopLevelV2;
#if defined(HEADRACE_LOOPS_V3_V4)
extern const LoopLevel kLoopLevelV3;
extern const LoopLevel kLoopLevelV4;
#endif

namespace {

const LoopLevel& choose_level() {
#if defined(HEADRACE_LOOPS_V3_V4)
  const char* forced = std::getenv("HEADRACE_INSTRUCTION_SET");
  const auto allowed = [&](const char* level) { return forced == nullptr || std::strcmp(level, forced) <= 0; };
  if (__builtin_cpu_supports("x86-64-v4") && allowed("v4")) return kLoopLevelV4;
  if (__builtin_cpu_supports("x86-64-v3") && allowed("v3")) return kLoopLevelV3;
#endif
  return kLoopLevelV2;
}

struct JoinedFamilies {
  std::vector<KernelLoop> kernels;
  std::vector<AggregateFunctions> aggregates;
  LoopTable table;

  explicit JoinedFamilies(const LoopLevel& level) {
    for (const FamilyLoops* family : level.families) {
      kernels.insert(kernels.end(), family->kernels.begin(), family->kernels.end());
      aggregates.insert(aggregates.end(), family->aggregates.begin(), family->aggregates.end());
    }
    table = {level.instruction_set, kernels, aggregates};
  }
};

}  // namespace

const LoopTable& loop_table() {
  static const JoinedFamilies* const joined = new JoinedFamilies(choose_level());  // never destroyed, as the catalogue
  return joined->table;
}

}  // namespace headrace
