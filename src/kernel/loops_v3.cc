// The loops for x86-64-v3; empty elsewhere and in builds with assertions. cmake/ compiles this file with -march=x86-64-v3.
#if defined(__x86_64__) && !defined(HEADRACE_BASELINE_LOOPS_ONLY)
#define HEADRACE_LOOPS_NAMESPACE loops_v3
#include "kernel/loops_impl.h"

namespace headrace {

extern const LoopTable kLoopTableV3;
const LoopTable kLoopTableV3{"v3", loops_v3::kKernelLoops, loops_v3::states::kAggregateFunctions};

}  // namespace headrace
#endif
