// A limit reaches the sorts and top-ns below it through what keeps every row of one input in its order: UNION ALL, left and mark joins, and
// products with one row.
//   - A Sort under them becomes a top-n of the rows that the limit takes or skips.
//   - A top-n over such a join whose keys are the left side's takes as many rows of the left side before they are joined.
// The limit or top-n above stays and decides: rows of the join come in the order of its left rows, each left row gives one or more, so the first
// n come from the first n left rows; the first n of a union are among the first n of each input. That asks for rows in an order, since a
// limit over free order takes the first by all columns. A sort and a top-n read all their rows; the joins, which then read fewer, must not fault.
#include <algorithm>

#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "optimize/unique_rows.h"

namespace headrace {

namespace {

// A join that gives each left row once or more, in the order of these, and reads nothing that may fault.
bool keeps_left_rows_in_order(const Plan& plan) {
  const auto* join = std::get_if<Join>(&plan.node);
  if (join == nullptr || node_can_fault(plan) || has_pending_faults(*join->left) || has_pending_faults(*join->right))
    return false;
  if (join->kind == JoinKind::kLeft || join->kind == JoinKind::kMark) return true;
  return join->kind == JoinKind::kInner && join->keys.empty() && join->condition == nullptr &&
         has_one_row(*join->right);
}

uint64_t rows_wanted(uint64_t rows_max, uint64_t offset) {
  return rows_max > UINT64_MAX - offset ? UINT64_MAX : rows_max + offset;
}

// Whether there may be more left rows below such joins.
bool has_more_rows(const Plan& plan, uint64_t rows) {
  if (const auto* project = std::get_if<Project>(&plan.node)) return has_more_rows(*project->input, rows);
  if (keeps_left_rows_in_order(plan)) return has_more_rows(*std::get<Join>(plan.node).left, rows);
  const std::optional<uint64_t> most = rows_most(plan);
  return !most || *most > rows;
}

// At least the first `rows` rows of an ordered plan, in its order; `plan` itself when no sort below gives fewer. A sort right below the limit
// is not this rule's.
PlanPtr first_rows(const PlanPtr& plan, uint64_t rows, bool is_behind) {
  if (const auto* sort = std::get_if<Sort>(&plan->node))
    return is_behind && has_more_rows(*plan, rows) ? make_resolved(TopN{sort->input, sort->keys, rows, 0}) : plan;
  const bool is_project = std::holds_alternative<Project>(plan->node);
  const bool is_join = keeps_left_rows_in_order(*plan);
  if (!is_ordered(*plan) || (!is_project && !is_join && !std::holds_alternative<UnionAll>(plan->node))) return plan;
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  for (size_t i = 0; i < (is_join ? 1 : inputs.size()); ++i)
    inputs[i] = first_rows(inputs[i], rows, is_behind || !is_project);
  return inputs == inputs_of(*plan) ? plan : with_inputs(*plan, std::move(inputs));
}

// At least the first `rows` rows by keys over the plan's columns, of fewer left rows of joins.
PlanPtr first_by(const PlanPtr& plan, const std::vector<SortKey>& keys, uint64_t rows) {
  if (const auto* project = std::get_if<Project>(&plan->node)) {
    std::vector<SortKey> below = keys;
    for (SortKey& key : below)
      key.expr = map_columns(key.expr, [&](uint32_t index) { return project->columns[index].expr; });
    const PlanPtr input = first_by(project->input, below, rows);
    return input == project->input ? plan : make_resolved(Project{input, project->columns});
  }
  if (!keeps_left_rows_in_order(*plan)) return plan;
  const auto& join = std::get<Join>(plan->node);
  bool of_left = true;
  for (const SortKey& key : keys)
    for_each_column(*key.expr, [&](uint32_t index) { of_left = of_left && index < join.left->schema.size(); });
  if (!of_left) return plan;
  PlanPtr left = first_by(join.left, keys, rows);
  if (left == join.left && has_more_rows(*left, rows)) left = make_resolved(TopN{left, keys, rows, 0});
  return left == join.left ? plan : with_inputs(*plan, {left, join.right});
}

}  // namespace

Result<PlanPtr> limit_inputs(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> {
    const std::vector<PlanPtr> inputs = inputs_of(*node);
    const auto* limit = std::get_if<Limit>(&node->node);
    const auto* top = std::get_if<TopN>(&node->node);
    if ((limit == nullptr && top == nullptr) || !is_ordered(*inputs[0])) return node;
    if (has_pending_faults(*inputs[0]) || node_can_fault(*node)) return node;
    const uint64_t rows =
        limit != nullptr ? rows_wanted(limit->rows_max, limit->offset) : rows_wanted(top->rows_max, top->offset);
    if (rows == UINT64_MAX) return node;
    const PlanPtr input = limit != nullptr ? first_rows(inputs[0], rows, false) : first_by(inputs[0], top->keys, rows);
    return input == inputs[0] ? node : with_inputs(*node, {input});
  });
}

}  // namespace headrace
