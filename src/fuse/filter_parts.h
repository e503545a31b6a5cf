// fuse/filter_parts.h — a predicate as several, so that columns behind the first are decoded for the rows that it keeps.
#pragma once

#include <vector>

#include "expr/expr.h"

namespace headrace {

// Filters that, one after the other, keep the same rows as `predicate` (resolved) and let the same rows fault: conjuncts that
// read the same columns together, first those that drop a row at the least cost, then all that must stay as it was written. In AND false beats a fault
// and a fault beats null: so, where anything may fault, only conjuncts that can neither fault nor be null go ahead.
std::vector<ExprPtr> filter_parts(const ExprPtr& predicate);

}  // namespace headrace
