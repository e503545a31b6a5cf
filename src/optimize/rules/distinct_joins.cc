// An inner join below an aggregation that ignores copies (DISTINCT, min, count(DISTINCT x)) becomes a semi join, where only one side's columns are
// read: what counts is whether a row meets another, not how many. So does a join through projections. A left join of which the right columns are
// not read becomes its left side: it keeps every left row.
//
// The side that is not read is the build side of the semi join: only where the estimate does not see more rows there. Keys and condition
// are read as before; nothing that the join reads or carries may fault, since other rows are read behind it.
#include "optimize/empty.h"
#include "optimize/estimate.h"
#include "optimize/idempotent.h"
#include "optimize/rebase.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

// What a join becomes: its columns are those of the join from `first` on.
struct Side {
  PlanPtr plan;
  uint32_t first;
};

bool reads_only(const std::vector<bool>& read, size_t begin, size_t end) {
  for (size_t i = 0; i < read.size(); ++i)
    if (read[i] && (i < begin || i >= end)) return false;
  return true;
}

bool is_small_enough(const Plan& build, const Plan& probe) {
  const std::optional<double> build_rows = estimate_rows(build), probe_rows = estimate_rows(probe);
  return build_rows && probe_rows && *build_rows <= *probe_rows;
}

// The left side's rows that meet one of the right side.
PlanPtr semi_join(const Join& join) {
  Join result = join;
  result.kind = JoinKind::kSemi;
  return make_resolved(std::move(result));
}

Join exchanged(const Join& join) {
  const auto left_columns = static_cast<uint32_t>(join.left->schema.size());
  const auto right_columns = static_cast<uint32_t>(join.right->schema.size());
  Join result{join.right, join.left, join.kind, {}, nullptr, {}};
  for (const JoinKey& key : join.keys) result.keys.push_back({key.right, key.left, key.nulls_equal});
  const Schema pairs = pair_schema(result);
  if (join.condition != nullptr)
    result.condition = map_columns(join.condition, [&](uint32_t index) {
      return column_of(pairs, index < left_columns ? index + right_columns : index - left_columns);
    });
  return result;
}

// What is read of the join, each row at least once; no plan: it stays a join.
Side without_copies(const PlanPtr& plan, const std::vector<bool>& read) {
  const auto* join = std::get_if<Join>(&plan->node);
  if (join == nullptr || node_can_fault(*plan) || has_pending_faults(*join->left) || has_pending_faults(*join->right))
    return {};
  const size_t left_columns = join->left->schema.size();
  if (join->kind == JoinKind::kLeft)
    return reads_only(read, 0, left_columns) && !reads_can_fault(*join->right) ? Side{join->left, 0} : Side{};
  if (join->kind != JoinKind::kInner || join->keys.empty()) return {};
  if (reads_only(read, 0, left_columns) && is_small_enough(*join->right, *join->left)) return {semi_join(*join), 0};
  if (reads_only(read, left_columns, read.size()) && is_small_enough(*join->left, *join->right))
    return {semi_join(exchanged(*join)), static_cast<uint32_t>(left_columns)};
  return {};
}

// The node, an aggregation or a projection below it, over the rows that it needs; itself when they stay.
PlanPtr over_fewer_rows(const PlanPtr& node) {
  const PlanPtr input = inputs_of(*node)[0];
  if (std::holds_alternative<Project>(input->node)) {
    const PlanPtr better = over_fewer_rows(input);
    return better == input ? node : with_inputs(*node, {better});
  }
  const Side side = without_copies(input, columns_read(node));
  if (side.plan == nullptr) return node;
  std::vector<uint32_t> place(input->schema.size(), UINT32_MAX);
  for (uint32_t i = 0; i < side.plan->schema.size(); ++i) place[side.first + i] = i;
  return rebased(node, side.plan, place);
}

}  // namespace

Result<PlanPtr> distinct_joins(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* aggregation = std::get_if<Aggregation>(&node->node);
    if (aggregation == nullptr || !ignores_copies(*aggregation)) return node;
    if (aggregation->keys.empty() && aggregation->aggregates.empty()) return node;
    return over_fewer_rows(node);
  });
}

}  // namespace headrace
