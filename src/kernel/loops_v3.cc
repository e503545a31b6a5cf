// The loops for x86-64-v3; cmake/compiler.cmake says when they are built, and hides all but the level.
#define HEADRACE_LOOPS_NAMESPACE loops_v3
#include "kernel/loops_level.h"

namespace headrace {

extern const LoopLevel kLoopLevelV3;
const LoopLevel kLoopLevelV3{"v3", loops_v3::kFamilies};

}  // namespace headrace
