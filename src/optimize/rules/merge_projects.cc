// Project over Project becomes one, where nothing is computed twice and no fault is lost: a column below that computes
// something is read at most once, and one that may fault is not read where CASE, COALESCE, AND or OR may pass over it.
#include <vector>

#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

struct Reads {
  uint32_t count = 0;
  bool conditional = false;
};

void count_reads(const Expr& expr, bool conditional, std::vector<Reads>& reads) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr.node)) {
    ++reads[column->index].count;
    reads[column->index].conditional = reads[column->index].conditional || conditional;
  }
  if (const auto* call = std::get_if<Call>(&expr.node)) {
    const bool sees = call->overload->function->contract.nulls == Nulls::kSees;
    for (const ExprPtr& argument : call->arguments) count_reads(*argument, conditional || sees, reads);
  }
}

bool mergeable(const Project& upper, const Project& lower) {
  std::vector<Reads> reads(lower.columns.size());
  for (const NamedExpr& column : upper.columns) count_reads(*column.expr, false, reads);
  for (size_t i = 0; i < reads.size(); ++i) {
    const Expr& expr = *lower.columns[i].expr;
    if (!std::holds_alternative<Call>(expr.node)) continue;
    if (reads[i].count > 1 || (reads[i].conditional && can_fault(expr))) return false;
  }
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
      merged.columns.push_back({map_columns(column.expr, [&](uint32_t index) { return lower->columns[index].expr; }), column.name});
    if (is_identity(merged)) return merged.input;
    return make_resolved(std::move(merged));
  });
}

}  // namespace headrace
