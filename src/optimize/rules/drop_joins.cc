// A left join goes away where nothing above reads its right columns and each left row meets at most one right row (optimize/unique_rows.h): then
// it gives each left row once, matched or not. In the list of left joins below a projection or an aggregation, which say what is read; filters of
// the left side lie below it by then (push_filters).
//
// A join reads its keys, its condition and both inputs: nothing of this may fault, nor carry a fault to be read. Its rows have the order of both
// sides; those of the left side alone must not show one that they did not have.
#include <algorithm>

#include "optimize/empty.h"
#include "optimize/rebase.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "optimize/unique_rows.h"

namespace headrace {

namespace {

// A plan with some of the former columns, and where each of them lies; UINT32_MAX: gone.
struct Kept {
  PlanPtr plan;
  std::vector<uint32_t> place;
};

Kept as_it_is(const PlanPtr& plan) {
  Kept kept{plan, {}};
  for (uint32_t i = 0; i < plan->schema.size(); ++i) kept.place.push_back(i);
  return kept;
}

bool can_go(const Plan& plan, const Join& join) {
  return meets_at_most_one(join) && !node_can_fault(plan) && !reads_can_fault(*join.right) &&
         !has_pending_faults(*join.right) && !has_pending_faults(*join.left);
}

// The join over another left side.
Kept over(const Join& join, Kept left) {
  Join result{left.plan, join.right, join.kind, {}, nullptr, {}};
  const auto left_columns = static_cast<uint32_t>(left.plan->schema.size());
  for (uint32_t i = 0; i < join.right->schema.size(); ++i) left.place.push_back(left_columns + i);
  for (const JoinKey& key : join.keys)
    result.keys.push_back(
        {map_columns(key.left, [&](uint32_t index) { return column_of(left.plan->schema, left.place[index]); }),
         key.right, key.nulls_equal});
  const Schema pairs = pair_schema(result);
  if (join.condition != nullptr)
    result.condition = map_columns(join.condition, [&](uint32_t index) { return column_of(pairs, left.place[index]); });
  return {make_resolved(std::move(result)), std::move(left.place)};
}

// `read`: by column of the plan.
Kept without_unread(const PlanPtr& plan, const std::vector<bool>& read) {
  const auto* join = std::get_if<Join>(&plan->node);
  if (join == nullptr || join->kind != JoinKind::kLeft) return as_it_is(plan);
  const auto left_columns = static_cast<ptrdiff_t>(join->left->schema.size());
  std::vector<bool> of_left(read.begin(), read.begin() + left_columns);
  const bool reads_right = std::find(read.begin() + left_columns, read.end(), true) != read.end();
  if (!reads_right && can_go(*plan, *join)) {
    Kept kept = without_unread(join->left, of_left);
    kept.place.resize(read.size(), UINT32_MAX);
    return kept;
  }
  const auto reads = [&](uint32_t index) {
    if (index < of_left.size()) of_left[index] = true;
  };
  for (const JoinKey& key : join->keys) for_each_column(*key.left, reads);
  if (join->condition != nullptr) for_each_column(*join->condition, reads);
  Kept left = without_unread(join->left, of_left);
  return left.plan == join->left ? as_it_is(plan) : over(*join, std::move(left));
}

PlanPtr without_joins(const PlanPtr& plan, bool order_is_seen) {
  const bool below = sees_order(*plan, order_is_seen);
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  for (PlanPtr& input : inputs) input = without_joins(input, below);
  PlanPtr node = inputs == inputs_of(*plan) ? plan : with_inputs(*plan, inputs);
  if (!std::holds_alternative<Project>(node->node) && !std::holds_alternative<Aggregation>(node->node)) return node;
  const Kept kept = without_unread(inputs[0], columns_read(node));
  if (kept.plan == inputs[0] || (below && is_ordered(*kept.plan) != is_ordered(*inputs[0]))) return node;
  return rebased(node, kept.plan, kept.place);
}

}  // namespace

// What the result's rows have no order for may come in one.
Result<PlanPtr> drop_joins(const PlanPtr& plan, const OptimizeContext&) { return without_joins(plan, false); }

}  // namespace headrace
