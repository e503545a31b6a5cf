// optimize/repeats.h — parts that a plan holds more than once, as of a view or WITH query with several readers.
#pragma once

#include "plan/plan.h"

namespace headrace {

// How many nodes of `whole` say the same as `part`.
size_t count_same(const Plan& whole, const Plan& part);

}  // namespace headrace
