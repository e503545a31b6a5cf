// kernel/state_size.h — bytes and alignment of each aggregate's state, by AggregateOverload::id.
#pragma once

#include <cstdint>

namespace headrace {

struct StateSize {
  uint32_t bytes, alignment;
};
StateSize state_size(uint32_t aggregate_id);

}  // namespace headrace
