// The loops for x86-64-v4; empty elsewhere and in builds with assertions. cmake/ compiles this file with -march=x86-64-v4.
#if defined(__x86_64__) && !defined(HEADRACE_BASELINE_LOOPS_ONLY)
#define HEADRACE_LOOPS_NAMESPACE loops_v4
#include "kernel/loops_impl.h"

namespace headrace {

extern const LoopTable kLoopTableV4;
const LoopTable kLoopTableV4{"v4", loops_v4::kKernelLoops, loops_v4::states::kAggregateFunctions};

}  // namespace headrace
#endif
