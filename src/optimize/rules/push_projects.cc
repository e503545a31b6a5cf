// An expression over one side's columns is computed below the join, where
//   - the join's table stores narrower rows for it, and is not expected to hold clearly more rows than come out: length(s)
//     instead of s, when it is cheap; or
//   - the join is expected to give each row of the side several times, and the expression is dearer than one more carried column.
// Where some table does not know its rows nothing moves. Nothing that may fault moves: the join would read it of rows that meet
// nothing. Rows that the join fills with nulls must get null from the expression, too (optimize/below_join.h).
#include "optimize/below_join.h"
#include "optimize/estimate.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

constexpr double kRowsMoreAtMost = 1.2;
constexpr double kCheapNs = 8;
constexpr double kRowsRepeated = 3;
constexpr double kDearNs = 4;  // carrying a value across costs less

bool pays(const MovableExpr& one) {
  const double cost = cost_ns(*one.expr);
  const bool narrows = !one.of_left && cost <= kCheapNs && width_bytes(one.expr->type.id) < one.bytes_saved;
  if (!narrows && cost < kDearNs) return false;
  const std::optional<double> below = estimate_rows(one.of_left ? *one.join.left : *one.join.right);
  const std::optional<double> above = estimate_rows(*make_resolved(Join(one.join)));
  if (!below || !above) return false;
  return (narrows && *below <= *above * kRowsMoreAtMost) || (cost >= kDearNs && *below * kRowsRepeated <= *above);
}

}  // namespace

Result<PlanPtr> push_projects(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_down(plan, [](const PlanPtr& node) { return computed_below_join(node, pays); });
}

}  // namespace headrace
