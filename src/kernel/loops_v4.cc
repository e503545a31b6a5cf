// The loops for x86-64-v4; cmake/compiler.cmake says when they are built, and hides all but the table.
#define HEADRACE_LOOPS_NAMESPACE loops_v4
#include "kernel/loops_impl.h"

namespace headrace {

extern const LoopTable kLoopTableV4;
const LoopTable kLoopTableV4{"v4", loops_v4::kKernelLoops, loops_v4::states::kAggregateFunctions};

}  // namespace headrace
