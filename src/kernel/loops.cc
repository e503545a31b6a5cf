#include "kernel/loops.h"

#include <cstdlib>
#include <cstring>

namespace headrace {

#define HEADRACE_EIGHT 1, 1, 1, 1, 1, 1, 1, 1
#define HEADRACE_64                                                                                               \
  HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, HEADRACE_EIGHT, \
      HEADRACE_EIGHT
#define HEADRACE_512 \
  HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64, HEADRACE_64
const uint8_t kAllOnes[limits::kVectorRowsMax] = {HEADRACE_512, HEADRACE_512, HEADRACE_512, HEADRACE_512};
const uint8_t kAllZeros[limits::kVectorRowsMax] = {};

extern const LoopTable kLoopTableV2;
#if defined(HEADRACE_LOOPS_V3_V4)
extern const LoopTable kLoopTableV3;
extern const LoopTable kLoopTableV4;
#endif

namespace {

const LoopTable& choose_table() {
#if defined(HEADRACE_LOOPS_V3_V4)
  const char* forced = std::getenv("HEADRACE_INSTRUCTION_SET");
  const auto allowed = [&](const char* level) { return forced == nullptr || std::strcmp(level, forced) <= 0; };
  if (__builtin_cpu_supports("x86-64-v4") && allowed("v4")) return kLoopTableV4;
  if (__builtin_cpu_supports("x86-64-v3") && allowed("v3")) return kLoopTableV3;
#endif
  return kLoopTableV2;
}

}  // namespace

const LoopTable& loop_table() {
  static const LoopTable& table = choose_table();
  return table;
}

}  // namespace headrace
