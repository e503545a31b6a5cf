#include "optimize/flat_join.h"

#include <algorithm>

#include "optimize/rewrite.h"
#include "plan/join_keys.h"

namespace headrace {

bool is_flat_join(const Plan& plan) {
  const auto* join = std::get_if<Join>(&plan.node);
  if (join == nullptr || join->kind != JoinKind::kInner || node_can_fault(plan)) return false;
  return std::none_of(join->keys.begin(), join->keys.end(), [](const JoinKey& key) { return key.nulls_equal; });
}

namespace {

void add_inputs(const PlanPtr& plan, FlatJoin& flat) {
  const auto first = static_cast<uint32_t>(flat.schema.size());
  if (!is_flat_join(*plan)) {
    flat.schema.insert(flat.schema.end(), plan->schema.begin(), plan->schema.end());
    flat.inputs.push_back({plan, first});
    return;
  }
  const auto& join = std::get<Join>(plan->node);
  add_inputs(join.left, flat);
  const auto second = static_cast<uint32_t>(flat.schema.size());
  add_inputs(join.right, flat);
  flat.has_product = flat.has_product || join.keys.empty();
  for (const auto& [left, right, nulls_equal] : join.keys)
    flat.conjuncts.push_back(
        equality_of(shift_columns(left, first, flat.schema), shift_columns(right, second, flat.schema)));
  if (join.condition != nullptr)
    for (const ExprPtr& one : conjuncts_of(join.condition))
      flat.conjuncts.push_back(shift_columns(one, first, flat.schema));
}

}  // namespace

FlatJoin flatten(const PlanPtr& plan) {
  FlatJoin flat;
  add_inputs(plan, flat);
  return flat;
}

}  // namespace headrace
