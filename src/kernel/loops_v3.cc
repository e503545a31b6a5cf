// The loops for x86-64-v3; cmake/compiler.cmake says when they are built, and hides all but the table.
#define HEADRACE_LOOPS_NAMESPACE loops_v3
#include "kernel/loops_impl.h"

namespace headrace {

extern const LoopTable kLoopTableV3;
const LoopTable kLoopTableV3{"v3", loops_v3::kKernelLoops, loops_v3::states::kAggregateFunctions};

}  // namespace headrace
