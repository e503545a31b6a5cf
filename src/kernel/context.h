// kernel/context.h — what a kernel may reach besides its arguments.
#pragma once

#include "state/arena.h"

namespace headrace {

// One per worker and loop run. Bytes in `arena` live as long as the batch that is being made.
struct KernelContext {
  Arena* arena;
};

}  // namespace headrace
