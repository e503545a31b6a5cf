// A Sort goes away where nobody sees the order that it makes: below an aggregation whose answer does not depend on order (`sees_order`). A limit,
// a sample and another sort see it, and so does the result. A sort reads every column of its rows and its keys: none may fault.
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

PlanPtr without_unseen(const PlanPtr& plan, bool order_is_seen) {
  if (const auto* sort = std::get_if<Sort>(&plan->node); sort != nullptr && !order_is_seen && !node_can_fault(*plan))
    return without_unseen(sort->input, order_is_seen);
  const bool below = sees_order(*plan, order_is_seen);
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  bool changed = false;
  for (PlanPtr& input : inputs) {
    const PlanPtr better = without_unseen(input, below);
    changed = changed || better != input;
    input = better;
  }
  return changed ? with_inputs(*plan, std::move(inputs)) : plan;
}

}  // namespace

Result<PlanPtr> drop_sorts(const PlanPtr& plan, const OptimizeContext&) { return without_unseen(plan, true); }

}  // namespace headrace
