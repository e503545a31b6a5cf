// Limit over Limit, or over TopN, becomes one. The inner limit reads rows that one limit would not: they must not fault. A
// TopN reads all of its rows either way.
#include <algorithm>

#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

uint64_t saturating_sum(uint64_t left, uint64_t right) { return left > UINT64_MAX - right ? UINT64_MAX : left + right; }

// What an outer limit leaves of an inner one. No limit is UINT64_MAX.
void restrict_to(const Limit& outer, uint64_t& rows_max, uint64_t& offset) {
  const uint64_t behind = rows_max == UINT64_MAX ? UINT64_MAX : rows_max - std::min(rows_max, outer.offset);
  rows_max = std::min(behind, outer.rows_max);
  offset = saturating_sum(offset, outer.offset);
}

bool tree_can_fault(const Plan& plan) {
  const std::vector<PlanPtr> inputs = inputs_of(plan);
  return node_can_fault(plan) ||
         std::any_of(inputs.begin(), inputs.end(), [](const PlanPtr& input) { return tree_can_fault(*input); });
}

}  // namespace

Result<PlanPtr> combine_limits(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* outer = std::get_if<Limit>(&node->node);
    if (outer == nullptr) return node;
    if (const auto* limit = std::get_if<Limit>(&outer->input->node)) {
      if (tree_can_fault(*limit->input)) return node;
      Limit both = *limit;
      restrict_to(*outer, both.rows_max, both.offset);
      return make_resolved(std::move(both));
    }
    if (const auto* top = std::get_if<TopN>(&outer->input->node)) {
      TopN both = *top;
      restrict_to(*outer, both.rows_max, both.offset);
      return make_resolved(std::move(both));
    }
    return node;
  });
}

}  // namespace headrace
