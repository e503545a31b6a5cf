// What a filter asks of one side's key holds for the other side's, too: a = b and a < 5 give b < 5, an equality as well as a range.
// The other side's rows that do not pass would meet nothing; which rows come out of the join does not change.
//   kInner, kSemi   from either side to the other
//   kLeft, kAnti    from the left to the right one: rows on the right matter for matches alone
//   kRight          from the right to the left one
// Not where the join reads something that may fault: it would no longer read it of the rows that are gone.
#include <algorithm>

#include "optimize/equal_values.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

// What the filters of the plan ask of one of its columns alone, over that column as index 0.
void add_asked(const Plan& plan, uint32_t column, std::vector<ExprPtr>& asked) {
  if (const auto* filter = std::get_if<Filter>(&plan.node)) {
    for (const ExprPtr& conjunct : conjuncts_of(filter->predicate)) {
      bool reads = false, alone = true;
      for_each_column(*conjunct, [&](uint32_t index) { (index == column ? reads : alone) = index == column; });
      if (!reads || !alone || can_fault(*conjunct)) continue;
      const Column& known = filter->input->schema[column];
      asked.push_back(
          map_columns(conjunct, [&](uint32_t) { return column_index(0, known.name, known.type, known.nullable); }));
    }
    return add_asked(*filter->input, column, asked);
  }
  if (const auto* project = std::get_if<Project>(&plan.node)) {
    const auto* below = std::get_if<ColumnIndex>(&project->columns[column].expr->node);
    if (below != nullptr) add_asked(*project->input, below->index, asked);
    return;
  }
  const auto* join = std::get_if<Join>(&plan.node);
  if (join == nullptr || keeps_left_rows(join->kind) || keeps_right_rows(join->kind)) return;
  const size_t left_columns = join->left->schema.size();
  if (column < left_columns) return add_asked(*join->left, column, asked);
  if (join->kind == JoinKind::kInner) add_asked(*join->right, static_cast<uint32_t>(column - left_columns), asked);
}

bool holds(const std::vector<ExprPtr>& list, const ExprPtr& expr) {
  return std::any_of(list.begin(), list.end(), [&](const ExprPtr& one) { return same(*one, *expr); });
}

// `to` under what is asked of the key's other side; `to` itself when it asks that already.
PlanPtr asked_too(const PlanPtr& to, const Expr& to_key, const Plan& from, const Expr& from_key) {
  const auto* to_column = std::get_if<ColumnIndex>(&to_key.node);
  const auto* from_column = std::get_if<ColumnIndex>(&from_key.node);
  if (to_column == nullptr || from_column == nullptr || has_pending_faults(*to)) return to;
  std::vector<ExprPtr> asked, known, fresh;
  add_asked(from, from_column->index, asked);
  add_asked(*to, to_column->index, known);
  for (const ExprPtr& one : asked) {
    if (holds(known, one)) continue;
    known.push_back(one);
    fresh.push_back(map_columns(one, [&](uint32_t) { return column_of(to->schema, to_column->index); }));
  }
  return filtered(to, fresh);
}

}  // namespace

Result<PlanPtr> transfer_predicates(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* join = std::get_if<Join>(&node->node);
    if (join == nullptr || join->kind == JoinKind::kFull || join->kind == JoinKind::kMark || node_can_fault(*node))
      return node;
    const bool both = join->kind == JoinKind::kInner || join->kind == JoinKind::kSemi;
    Join result = *join;
    for (const JoinKey& key : join->keys) {
      if (key.nulls_equal || !equal_is_same(key.left->type)) continue;
      if (both || join->kind != JoinKind::kRight)
        result.right = asked_too(result.right, *key.right, *result.left, *key.left);
      if (both || join->kind == JoinKind::kRight)
        result.left = asked_too(result.left, *key.left, *result.right, *key.right);
    }
    return result.left == join->left && result.right == join->right ? node : make_resolved(std::move(result));
  });
}

}  // namespace headrace
