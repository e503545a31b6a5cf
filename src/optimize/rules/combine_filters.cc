// Filter p over Filter q becomes Filter (q and p), where the AND faults on the same rows. In an AND a false p would hide
// a fault of q: q must not fault. A fault of p beats a null of q, whose row p would not have seen: p must not fault, or q
// never be null.
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

Result<PlanPtr> combine_filters(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* upper = std::get_if<Filter>(&node->node);
    const auto* lower = upper == nullptr ? nullptr : std::get_if<Filter>(&upper->input->node);
    if (lower == nullptr || node_can_fault(*upper->input)) return node;
    if (node_can_fault(*node) && lower->predicate->nullable) return node;
    return filtered(lower->input, {lower->predicate, upper->predicate});
  });
}

}  // namespace headrace
