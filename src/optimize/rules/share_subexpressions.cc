// What is computed below a join and again above it is computed once and carried across: the join's own keys, and parts of the
// filters right below it, where that is dearer than to carry one more column. Inside a stage the builder shares equal calls
// already (fuse/stage_builder.h), but a join begins new rows. A sort key that the projection below computes is that column.
// Nothing that may fault moves, so that nothing is evaluated that was not before.
#include <algorithm>

#include "optimize/below_join.h"
#include "optimize/equal_values.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

constexpr double kDearNs = 4;  // carrying a value across costs less

bool contains(const Expr& expr, const Expr& part) {
  if (same(expr, part)) return true;
  const auto* call = std::get_if<Call>(&expr.node);
  return call != nullptr && std::any_of(call->arguments.begin(), call->arguments.end(),
                                        [&](const ExprPtr& argument) { return contains(*argument, part); });
}

// Whether the filters that the plan ends in, between Projects that hand on what the expression reads, compute it of each row that
// they let pass.
bool filters_compute(const Plan& plan, const ExprPtr& expr) {
  if (const auto* filter = std::get_if<Filter>(&plan.node))
    return contains(*filter->predicate, *expr) || filters_compute(*filter->input, expr);
  const auto* project = std::get_if<Project>(&plan.node);
  if (project == nullptr) return false;
  bool handed_on = true;
  for_each_column(*expr, [&](uint32_t index) {
    handed_on = handed_on && std::holds_alternative<ColumnIndex>(project->columns[index].expr->node);
  });
  return handed_on && filters_compute(*project->input,
                                      map_columns(expr, [&](uint32_t index) { return project->columns[index].expr; }));
}

bool is_computed_below(const MovableExpr& one) {
  const bool is_dear = cost_ns(*one.expr) >= kDearNs;
  if (!is_dear && one.bytes_saved < width_bytes(one.expr->type.id)) return false;
  if (equal_is_same(one.expr->type))  // a table may keep its keys in another form
    for (const JoinKey& key : one.join.keys)
      if (same(one.of_left ? *key.left : *key.right, *one.expr)) return true;
  return is_dear && filters_compute(one.of_left ? *one.join.left : *one.join.right, one.expr);
}

// Sort keys that the Project below gives as columns.
template <class Sorted>
PlanPtr with_shared_keys(const PlanPtr& plan, const Sorted& node) {
  const auto* project = std::get_if<Project>(&node.input->node);
  if (project == nullptr) return plan;
  Sorted result = node;
  bool changed = false;
  for (SortKey& key : result.keys) {
    if (!std::holds_alternative<Call>(key.expr->node)) continue;
    const ExprPtr below = map_columns(key.expr, [&](uint32_t index) { return project->columns[index].expr; });
    for (uint32_t index = 0; index < project->columns.size(); ++index) {
      if (!same(*project->columns[index].expr, *below)) continue;
      key.expr = column_of(node.input->schema, index);
      changed = true;
      break;
    }
  }
  return changed ? make_resolved(std::move(result)) : plan;
}

PlanPtr shared_in_node(const PlanPtr& plan) {
  PlanPtr node = computed_below_join(plan, is_computed_below);
  if (const auto* sort = std::get_if<Sort>(&node->node)) node = with_shared_keys(node, *sort);
  if (const auto* top = std::get_if<TopN>(&node->node)) node = with_shared_keys(node, *top);
  return node;
}

}  // namespace

Result<PlanPtr> share_subexpressions(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_down(plan, shared_in_node);
}

}  // namespace headrace
