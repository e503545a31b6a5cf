// DISTINCT below DISTINCT, or below aggregates that copies of a row tell nothing new (min, bool_or, count(DISTINCT x)), goes away, also under
// projections, filters and in the branches of UNION ALL: the outer groups alone meet each row once. They hold no more than both held before.
//
// The inner one reads its keys: none may fault, and nothing between the two may, since it would meet rows earlier than it did. What it
// stores of values that are equal and differ (−0 and +0) would be seen: such keys stay. An aggregation that the plan holds several times is made
// once for all (share_aggregations), and stays.
#include <algorithm>

#include "optimize/equal_values.h"
#include "optimize/idempotent.h"
#include "optimize/repeats.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

bool is_distinct(const Plan& plan) {
  const auto* node = std::get_if<Aggregation>(&plan.node);
  return node != nullptr && !node->keys.empty() && node->aggregates.empty() && node->window_us == 0 &&
         !node_can_fault(plan) &&
         std::ranges::all_of(node->keys, [](const NamedExpr& key) { return equal_is_same(key.expr->type); });
}

// The rows of `plan`, some of them perhaps several times; `plan` itself when nothing makes them distinct.
PlanPtr with_copies(const PlanPtr& plan, const Plan& whole) {
  if (is_distinct(*plan)) {
    if (count_same(whole, *plan) > 1) return plan;
    const auto& node = std::get<Aggregation>(plan->node);
    return make_resolved(Project{with_copies(node.input, whole), node.keys});
  }
  const bool passes = std::holds_alternative<UnionAll>(plan->node) || std::holds_alternative<Filter>(plan->node) ||
                      std::holds_alternative<Project>(plan->node);
  if (!passes || node_can_fault(*plan)) return plan;
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  for (PlanPtr& input : inputs) input = with_copies(input, whole);
  return inputs == inputs_of(*plan) ? plan : with_inputs(*plan, std::move(inputs));
}

}  // namespace

Result<PlanPtr> merge_distinct(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [&](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* outer = std::get_if<Aggregation>(&node->node);
    if (outer == nullptr || !ignores_copies(*outer)) return node;
    const PlanPtr input = with_copies(outer->input, *plan);
    return input == outer->input ? node : with_inputs(*node, {input});
  });
}

}  // namespace headrace
