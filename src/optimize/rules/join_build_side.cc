// The right input of a join is its build side: a hash table over the smaller input, probed with the larger one. A swap
// changes the order of the rows, hence only where nobody sees it (optimize/rewrite.h), or when there is no order.
// Other joins than inner ones keep their sides.
#include "optimize/estimate.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

// The other build side must be clearly smaller: estimates are rough, and a swap costs a projection.
constexpr double kClearlySmaller = 0.8;

bool should_swap(const Join& node, bool order_is_seen) {
  if (node.kind != JoinKind::kInner) return false;
  if (order_is_seen && is_ordered(*node.left) && is_ordered(*node.right)) return false;
  const std::optional<double> left = estimate_rows(*node.left), right = estimate_rows(*node.right);
  return left && right && *left < *right * kClearlySmaller;
}

PlanPtr swapped(const Join& node) {
  const auto left_columns = static_cast<uint32_t>(node.left->schema.size());
  const auto right_columns = static_cast<uint32_t>(node.right->schema.size());
  Join join{node.right, node.left, node.kind, {}, nullptr, {}};
  for (const JoinKey& key : node.keys) join.keys.push_back({key.right, key.left, key.nulls_equal});
  const auto moved = [&](uint32_t index) {
    return index < left_columns ? index + right_columns : index - left_columns;
  };
  const Schema schema = pair_schema(join);
  if (node.condition != nullptr)
    join.condition = map_columns(node.condition, [&](uint32_t index) { return column_of(schema, moved(index)); });
  std::vector<uint32_t> columns;
  for (uint32_t index = 0; index < left_columns + right_columns; ++index) columns.push_back(moved(index));
  return projected(make_resolved(std::move(join)), columns);
}

PlanPtr choose(const PlanPtr& plan, bool order_is_seen) {
  const bool below = sees_order(*plan, order_is_seen);
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  bool changed = false;
  for (PlanPtr& input : inputs) {
    const PlanPtr better = choose(input, below);
    changed = changed || better != input;
    input = better;
  }
  const PlanPtr node = changed ? with_inputs(*plan, std::move(inputs)) : plan;
  const auto* join = std::get_if<Join>(&node->node);
  return join != nullptr && should_swap(*join, order_is_seen) ? swapped(*join) : node;
}

}  // namespace

Result<PlanPtr> join_build_side(const PlanPtr& plan, const OptimizeContext&) { return choose(plan, true); }

}  // namespace headrace
