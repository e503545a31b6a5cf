// optimize/idempotent.h — aggregations to which copies of a row say nothing new.
#pragma once

#include "plan/plan.h"

namespace headrace {

// Whether the answer is the same of rows of which some come several times, in any order: DISTINCT, and aggregates whose contract says so.
bool ignores_copies(const Aggregation& node);

}  // namespace headrace
