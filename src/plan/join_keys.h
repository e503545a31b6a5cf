// plan/join_keys.h — which conjuncts of a join's condition are equalities that a hash join can use.
#pragma once

#include <optional>

#include "plan/plan.h"

namespace headrace {

// The conjunct as an equal pair (over the left schema, over the right schema) when it is `a = b` or `a IS NOT DISTINCT FROM b`
// with one side from each input and neither side can fault: a key is computed for every row, the condition only for pairs.
std::optional<JoinKey> join_key_of(const Expr& conjunct, const Schema& left, const Schema& right);

// Moves the equalities of `condition` (over pair_schema) behind join.keys; join.condition becomes the rest, or null.
void split_condition(const ExprPtr& condition, Join& join);

// Moves those conjuncts of the condition that look at one side alone into a Filter there, if they cannot fault and the join
// keeps no row of that side which has no match: they decide which of its rows can match.
void filter_sides(Join& join);

// left = right, of one type.
ExprPtr equality_of(const ExprPtr& left, const ExprPtr& right);

// The same expression over columns whose indices are `by` further, as `schema` has them.
ExprPtr shift_columns(const ExprPtr& expr, int64_t by, const Schema& schema);

}  // namespace headrace
