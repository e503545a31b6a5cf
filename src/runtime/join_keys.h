// runtime/join_keys.h — what the build sides of a stage's joins say of the rows that its source need not read, known when they are
// built: the least and the greatest key, or the keys themselves where they are few.
#pragma once

#include <vector>

#include "expr/expr.h"
#include "fuse/stage.h"
#include "runtime/join_table.h"

namespace headrace {

// More keys than these are described by the least and the greatest alone.
inline constexpr uint32_t kListedKeysMax = 32;

// Resolved conjuncts over the source's columns. A row that fails one comes to nothing in the stage, and faults nowhere on its way.
//   tables  [sinks] those that the stage probes
std::vector<ExprPtr> conditions_of_joins(const Stage& stage, const std::vector<const JoinTable*>& tables);

}  // namespace headrace
