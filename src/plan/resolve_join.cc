#include <algorithm>

#include "expr/calls.h"
#include "expr/coerce.h"
#include "expr/fold.h"
#include "plan/join_keys.h"
#include "plan/resolver.h"

namespace headrace {

namespace {

enum class Side { kNone, kLeft, kRight, kBoth };

Side side_of(const Expr& expr, uint32_t left_columns) {
  bool left = false, right = false;
  for_each_column(expr, [&](uint32_t index) { (index < left_columns ? left : right) = true; });
  if (left && right) return Side::kBoth;
  return left ? Side::kLeft : (right ? Side::kRight : Side::kNone);
}

}  // namespace

ExprPtr shift_columns(const ExprPtr& expr, int64_t by, const Schema& schema) {
  return map_columns(expr, [&](uint32_t index) {
    const auto moved = static_cast<uint32_t>(static_cast<int64_t>(index) + by);
    return column_index(moved, schema[moved].name, schema[moved].type, schema[moved].nullable);
  });
}

std::optional<std::pair<ExprPtr, ExprPtr>> join_key_of(const Expr& conjunct, const Schema& left, const Schema& right) {
  const auto* node = std::get_if<Call>(&conjunct.node);
  if (node == nullptr || node->function != "eq") return std::nullopt;
  if (can_fault(*node->arguments[0]) || can_fault(*node->arguments[1])) return std::nullopt;
  const auto left_columns = static_cast<uint32_t>(left.size());
  ExprPtr first = node->arguments[0], second = node->arguments[1];
  if (side_of(*first, left_columns) == Side::kRight) std::swap(first, second);
  if (side_of(*first, left_columns) != Side::kLeft || side_of(*second, left_columns) != Side::kRight)
    return std::nullopt;
  return std::pair{shift_columns(first, 0, left), shift_columns(second, -static_cast<int64_t>(left_columns), right)};
}

void split_condition(const ExprPtr& condition, Join& join) {
  std::vector<ExprPtr> rest;
  for (const ExprPtr& conjunct : conjuncts_of(condition)) {
    if (auto key = join_key_of(*conjunct, join.left->schema, join.right->schema))
      join.keys.push_back(std::move(*key));
    else
      rest.push_back(conjunct);
  }
  join.condition = rest.empty() ? nullptr : conjunction_of(rest);
}

// In a left join, what looks at the right side alone decides which of its rows can match: it may run before the join, if it
// cannot fault on rows that would never have met a left row.
void filter_right_side(Join& join) {
  if (join.kind != JoinKind::kLeft || join.condition == nullptr) return;
  const auto left_columns = static_cast<uint32_t>(join.left->schema.size());
  std::vector<ExprPtr> right, rest;
  for (const ExprPtr& conjunct : conjuncts_of(join.condition)) {
    const bool movable = side_of(*conjunct, left_columns) == Side::kRight && !can_fault(*conjunct);
    (movable ? right : rest).push_back(conjunct);
  }
  if (right.empty()) return;
  const ExprPtr predicate =
      shift_columns(conjunction_of(right), -static_cast<int64_t>(left_columns), join.right->schema);
  join.right = make_resolved(Filter{join.right, predicate});
  join.condition = rest.empty() ? nullptr : conjunction_of(rest);
}

Result<Bound> Resolver::bind_join(const Join& node) {
  TRY(left, bind(*node.left));
  TRY(right, bind(*node.right));
  Scope scope = left.scope;
  scope.insert(scope.end(), right.scope.begin(), right.scope.end());
  Join join{left.plan, right.plan, node.kind, {}, nullptr, {}};
  ExprPtr condition;
  if (!node.using_columns.empty()) {
    std::vector<ExprPtr> equalities;
    for (const std::string& name : node.using_columns) {
      TRY(left_index, find_column({"", name}, {}, left.scope));
      TRY(right_index, find_column({"", name}, {}, right.scope));
      const auto joined_index = static_cast<uint32_t>(left.scope.size()) + right_index;
      const Column& other = right.plan->schema[right_index];
      TRY(equal, resolve_call("eq",
                              {column_of(left.plan->schema, left_index),
                               column_index(joined_index, other.name, other.type, other.nullable)},
                              {}));
      equalities.push_back(equal);
      scope[joined_index].merged = true;
    }
    condition = conjunction_of(equalities);
  } else if (node.condition != nullptr) {
    TRY(resolved, resolve_predicate(*node.condition, scope, "ON"));
    condition = resolved;
  }
  if (condition != nullptr) split_condition(condition, join);
  filter_right_side(join);
  const PlanPtr plan = make_resolved(std::move(join));
  for (size_t i = 0; i < scope.size(); ++i) scope[i].column.nullable = plan->schema[i].nullable;
  return Bound{plan, std::move(scope)};
}

}  // namespace headrace
