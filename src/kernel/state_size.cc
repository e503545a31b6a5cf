#include "kernel/state_size.h"

#include "kernel/invoke.h"
#include "kernel/kernels.h"
#include "kernel/tags.h"

namespace headrace {

StateSize state_size(uint32_t aggregate_id) {
  using namespace kernel;
  using namespace tags;
#define STATE(name, state, result, argument) \
  {sizeof(state), alignof(state), order_of<state>(), family_of<state>(), kKeepsNulls<state>},
#define STATE2(name, state, result, a, b) \
  {sizeof(state), alignof(state), order_of<state>(), family_of<state>(), kKeepsNulls<state>},
  static constexpr StateSize kSizes[] = {
#include "kernel/read_list.h"
  };
  return kSizes[aggregate_id];
}

}  // namespace headrace
