// The loops for x86-64-v4; cmake/compiler.cmake says when they are built, and hides all but the level.
#define HEADRACE_LOOPS_NAMESPACE loops_v4
#include "kernel/loops_level.h"

namespace headrace {

extern const LoopLevel kLoopLevelV4;
const LoopLevel kLoopLevelV4{"v4", loops_v4::kFamilies};

}  // namespace headrace
