// The loops for x86-64-v2 and, on other processors, for the compiler's default.
#define HEADRACE_LOOPS_NAMESPACE loops_v2
#include "kernel/loops_level.h"

namespace headrace {

extern const LoopLevel kLoopLevelV2;
const LoopLevel kLoopLevelV2{"v2", loops_v2::kFamilies};

}  // namespace headrace
