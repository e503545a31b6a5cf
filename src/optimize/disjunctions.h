// optimize/disjunctions.h — nested ORs as lists, as expr/fold.h does with ANDs.
#pragma once

#include <vector>

#include "expr/expr.h"

namespace headrace {

// The operands of nested ORs, left to right; of another expression, itself. Their OR: at least one.
std::vector<ExprPtr> disjuncts_of(const ExprPtr& predicate);
ExprPtr disjunction_of(const std::vector<ExprPtr>& disjuncts);

}  // namespace headrace
