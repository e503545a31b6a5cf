// Project over Project becomes one, where nothing is computed twice: a column below that computes something is read at
// most once. A fault below travels with its value, and shows or not as it does when the value is computed in place.
#include <vector>

#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

bool mergeable(const Project& upper, const Project& lower) {
  std::vector<uint32_t> reads(lower.columns.size(), 0);
  for (const NamedExpr& column : upper.columns) for_each_column(*column.expr, [&](uint32_t index) { ++reads[index]; });
  for (size_t i = 0; i < reads.size(); ++i)
    if (reads[i] > 1 && std::holds_alternative<Call>(lower.columns[i].expr->node)) return false;
  return true;
}

bool is_identity(const Project& node) {
  const Schema& input = node.input->schema;
  if (node.columns.size() != input.size()) return false;
  for (size_t i = 0; i < input.size(); ++i) {
    const auto* column = std::get_if<ColumnIndex>(&node.columns[i].expr->node);
    if (column == nullptr || column->index != i || node.columns[i].name != input[i].name) return false;
  }
  return true;
}

}  // namespace

Result<PlanPtr> merge_projects(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* upper = std::get_if<Project>(&node->node);
    if (upper == nullptr) return node;
    if (is_identity(*upper)) return upper->input;
    const auto* lower = std::get_if<Project>(&upper->input->node);
    if (lower == nullptr || !mergeable(*upper, *lower)) return node;
    Project merged{lower->input, {}};
    for (const NamedExpr& column : upper->columns)
      merged.columns.push_back(
          {map_columns(column.expr, [&](uint32_t index) { return lower->columns[index].expr; }), column.name});
    if (is_identity(merged)) return merged.input;
    return make_resolved(std::move(merged));
  });
}

}  // namespace headrace
