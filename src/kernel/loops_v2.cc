// The loops for x86-64-v2 and, on other processors, for the compiler's default. Also knows the sizes of states.
#define HEADRACE_LOOPS_NAMESPACE loops_v2
#include "kernel/loops_impl.h"
#include "kernel/state_size.h"

namespace headrace {

extern const LoopTable kLoopTableV2;
const LoopTable kLoopTableV2{"v2", loops_v2::kKernelLoops, loops_v2::states::kAggregateFunctions};

StateSize state_size(uint32_t aggregate_id) {
  using namespace kernel;
  using namespace tags;
#define STATE(name, state, result, argument) {sizeof(state), alignof(state)},
  static constexpr StateSize kSizes[] = {
#include "kernel/read_list.h"
  };
  return kSizes[aggregate_id];
}

}  // namespace headrace
