// kernel/state_size.h — what the catalogue knows of each aggregate's state, by AggregateOverload::id.
#pragma once

#include <cstdint>

#include "kernel/function.h"

namespace headrace {

struct StateSize {
  uint32_t bytes, alignment;
  StateOrder order;
  const void* family;
  bool keeps_nulls;
};
StateSize state_size(uint32_t aggregate_id);

}  // namespace headrace
