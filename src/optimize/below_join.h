// optimize/below_join.h — expressions over one side of a join, computed below it and carried across instead of what they read.
#pragma once

#include <functional>
#include <vector>

#include "plan/plan.h"

namespace headrace {

// An expression that a node above a join computes of every row from one side's columns alone, and which may be computed below:
// it cannot fault there, and is null in rows that the join fills with nulls.
struct MovableExpr {
  const Join& join;
  bool of_left;
  ExprPtr expr;  // over that side's columns
  uint32_t bytes_saved;  // a row, of columns that nothing else reads above or in the join
};

// The Project or Aggregation over a join, through Projects of columns alone, with those expressions computed below for which
// `wanted` holds; `plan` itself when it is none or nothing is wanted. The side then gives what is read alone.
PlanPtr computed_below_join(const PlanPtr& plan, const std::function<bool(const MovableExpr&)>& wanted);

// What the expression costs a row, by the contracts of its calls: ns.
double cost_ns(const Expr& expr);

}  // namespace headrace
