// A semi or anti join moves below the join that it lies on, to the side whose columns it looks at: it is a filter of that side's rows.
// There it looks at no more rows than before (an estimate), and the join above it builds, probes and carries fewer.
//
// Which rows fault is part of the answer: it moves only when neither it nor the join that it passes can fault.
#include "optimize/estimate.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

bool is_semi(const Join& join) { return join.kind == JoinKind::kSemi || join.kind == JoinKind::kAnti; }

PlanPtr moved_down(const PlanPtr& plan);

// The semi join, as far down as it goes, over `input` instead of its left input, whose column i is columns[i] of `input`.
PlanPtr over(const Join& semi, const PlanPtr& input, const std::vector<uint32_t>& columns) {
  Join moved{input, semi.right, semi.kind, {}, nullptr, {}};
  for (const JoinKey& key : semi.keys) {
    const auto to_input = [&](uint32_t index) { return column_of(input->schema, columns[index]); };
    moved.keys.push_back({map_columns(key.left, to_input), key.right, key.nulls_equal});
  }
  if (semi.condition != nullptr) {
    const Schema pairs = pair_schema(moved);
    const auto to_pairs = [&](uint32_t index) {
      return column_of(pairs, index < columns.size() ? columns[index] : index - columns.size() + input->schema.size());
    };
    moved.condition = map_columns(semi.condition, to_pairs);
  }
  return moved_down(make_resolved(std::move(moved)));
}

// Calls visit(index) for each left column that the semi join looks at.
template <class Visit>
void for_each_left_column(const Join& semi, Visit&& visit) {
  for (const JoinKey& key : semi.keys) for_each_column(*key.left, visit);
  const auto left_columns = static_cast<uint32_t>(semi.left->schema.size());
  if (semi.condition == nullptr) return;
  for_each_column(*semi.condition, [&](uint32_t index) {
    if (index < left_columns) visit(index);
  });
}

PlanPtr below_project(const PlanPtr& plan, const Join& semi, const Project& project) {
  std::vector<uint32_t> columns;
  for (const NamedExpr& column : project.columns) {
    const auto* known = std::get_if<ColumnIndex>(&column.expr->node);
    columns.push_back(known != nullptr ? known->index : UINT32_MAX);
  }
  bool carried = true;
  for_each_left_column(semi, [&](uint32_t index) { carried = carried && columns[index] != UINT32_MAX; });
  if (!carried) return plan;
  return make_resolved(Project{over(semi, project.input, columns), project.columns});
}

PlanPtr below_join(const PlanPtr& plan, const Join& semi, const Join& join) {
  if (is_semi(join)) return plan;  // either order is as good
  const auto left_columns = static_cast<uint32_t>(join.left->schema.size());
  bool left = false, right = false;
  for_each_left_column(semi, [&](uint32_t index) { (index < left_columns ? left : right) = true; });
  if (left == right) return plan;
  if (left ? keeps_right_rows(join.kind) : !gives_right_columns(join.kind) || keeps_left_rows(join.kind)) return plan;
  const PlanPtr& side = left ? join.left : join.right;
  const std::optional<double> rows = estimate_rows(*semi.left), side_rows = estimate_rows(*side);
  if (!rows || !side_rows || *side_rows > *rows) return plan;
  std::vector<uint32_t> columns;  // of the side; those of the other side are not looked at
  for (uint32_t index = 0; index < semi.left->schema.size(); ++index)
    columns.push_back(left || index < left_columns ? index : index - left_columns);
  Join moved = join;
  (left ? moved.left : moved.right) = over(semi, side, columns);
  return make_resolved(std::move(moved));
}

PlanPtr moved_down(const PlanPtr& plan) {
  const auto* semi = std::get_if<Join>(&plan->node);
  if (semi == nullptr || !is_semi(*semi)) return plan;
  if (node_can_fault(*plan) || node_can_fault(*semi->left)) return plan;
  if (const auto* project = std::get_if<Project>(&semi->left->node)) return below_project(plan, *semi, *project);
  if (const auto* join = std::get_if<Join>(&semi->left->node)) return below_join(plan, *semi, *join);
  return plan;
}

}  // namespace

Result<PlanPtr> push_semi_joins(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> { return moved_down(node); });
}

}  // namespace headrace
