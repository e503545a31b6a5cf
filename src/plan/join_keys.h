// plan/join_keys.h — which conjuncts of a join's condition are equalities that a hash join can use.
#pragma once

#include <optional>
#include <utility>

#include "plan/plan.h"

namespace headrace {

// The conjunct as an equal pair (over the left schema, over the right schema) when it is `a = b` with one side from each
// input and neither side can fault: a key is computed for every row, the condition only for pairs.
std::optional<std::pair<ExprPtr, ExprPtr>> join_key_of(const Expr& conjunct, const Schema& left, const Schema& right);

// Moves the equalities of `condition` (over the joined schema) behind join.keys; join.condition becomes the rest, or null.
void split_condition(const ExprPtr& condition, Join& join);

// Moves those conjuncts of a left join's condition that look at the right side alone, and cannot fault, into a Filter there.
void filter_right_side(Join& join);

// The same expression over columns whose indices are `by` further, as `schema` has them.
ExprPtr shift_columns(const ExprPtr& expr, int64_t by, const Schema& schema);

}  // namespace headrace
