#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "base/check.h"
#include "expr/calls.h"
#include "expr/coerce.h"
#include "expr/fold.h"
#include "plan/grouping.h"
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

ExprPtr equality_of(const ExprPtr& left, const ExprPtr& right) {
  for (const Overload& overload : find_function("eq")->overloads)
    if (overload.accepts(0, left->type.id)) return resolved_call(overload, {left, right});
  CHECK(!"keys of every type are compared");
  return nullptr;
}

std::optional<JoinKey> join_key_of(const Expr& conjunct, const Schema& left, const Schema& right) {
  const auto* node = std::get_if<Call>(&conjunct.node);
  const bool nulls_equal = node != nullptr && node->function == "is_not_distinct_from";
  if (node == nullptr || (node->function != "eq" && !nulls_equal)) return std::nullopt;
  if (can_fault(*node->arguments[0]) || can_fault(*node->arguments[1])) return std::nullopt;
  const auto left_columns = static_cast<uint32_t>(left.size());
  ExprPtr first = node->arguments[0], second = node->arguments[1];
  if (side_of(*first, left_columns) == Side::kRight) std::swap(first, second);
  if (side_of(*first, left_columns) != Side::kLeft || side_of(*second, left_columns) != Side::kRight)
    return std::nullopt;
  return JoinKey{shift_columns(first, 0, left), shift_columns(second, -static_cast<int64_t>(left_columns), right),
                 nulls_equal && first->nullable && second->nullable};
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

namespace {

// Which side's rows a conjunct that looks at it alone may filter in front of the join. Not that whose rows come out without a
// match. A mark tells a pair that is null from one that is not, and an inner join's filters are moved by optimize/.
bool filters_early(const Expr& conjunct, Side side, JoinKind kind) {
  if (can_fault(conjunct)) return false;
  switch (kind) {
    case JoinKind::kLeft:
    case JoinKind::kSemi:
    case JoinKind::kAnti: return side == Side::kRight;
    case JoinKind::kMark: return side == Side::kRight && !conjunct.nullable;
    case JoinKind::kRight: return side == Side::kLeft;
    case JoinKind::kInner:
    case JoinKind::kFull: return false;
  }
  return false;
}

}  // namespace

void filter_sides(Join& join) {
  if (join.condition == nullptr) return;
  const auto left_columns = static_cast<uint32_t>(join.left->schema.size());
  std::vector<ExprPtr> left, right, rest;
  for (const ExprPtr& conjunct : conjuncts_of(join.condition)) {
    const Side side = side_of(*conjunct, left_columns);
    if (!filters_early(*conjunct, side, join.kind))
      rest.push_back(conjunct);
    else if (side == Side::kLeft)
      left.push_back(shift_columns(conjunct, 0, join.left->schema));
    else
      right.push_back(shift_columns(conjunct, -static_cast<int64_t>(left_columns), join.right->schema));
  }
  if (!left.empty()) join.left = make_resolved(Filter{join.left, conjunction_of(left)});
  if (!right.empty()) join.right = make_resolved(Filter{join.right, conjunction_of(right)});
  join.condition = rest.empty() ? nullptr : conjunction_of(rest);
}

namespace {

// The value of a pair of USING columns in `*`: that of the side whose rows all come out, or the one that is not null.
Result<ExprPtr> merged_column(const Join& join, const Plan& joined, uint32_t left, uint32_t right) {
  if (join.kind == JoinKind::kRight) return column_of(joined.schema, right);
  if (join.kind != JoinKind::kFull) return column_of(joined.schema, left);
  TRY(merged, resolve_call("coalesce", {untyped_column_of(joined, left), untyped_column_of(joined, right)}, {}));
  return merged->type == kNullType ? column_of(joined.schema, left) : merged;
}

// Of a right or full join: a projection whose USING columns hold the merged values where the left ones were; these, which only
// their qualified names find, come last.
Result<Bound> merge_columns(const Join& join, const PlanPtr& plan, Scope scope,
                            const std::vector<std::pair<uint32_t, uint32_t>>& using_columns) {
  Project project{plan, {}};
  for (uint32_t index = 0; index < scope.size(); ++index)
    project.columns.push_back({column_of(plan->schema, index), scope[index].column.name});
  for (const auto& [left, right] : using_columns) {
    TRY(merged, merged_column(join, *plan, left, right));
    project.columns.push_back(project.columns[left]);
    scope.push_back(scope[left]);
    scope.back().merged = true;
    project.columns[left].expr = merged;
    scope[left].qualifier.clear();
    scope[left].column.type = merged->type;
  }
  const PlanPtr merged = make_resolved(std::move(project));
  for (size_t i = 0; i < scope.size(); ++i) scope[i].column.nullable = merged->schema[i].nullable;
  return Bound{merged, std::move(scope)};
}

}  // namespace

namespace {

// Two tables of FROM under one name: nothing could tell their columns apart.
Status check_aliases(const Scope& left, const Scope& right, TextPosition where) {
  std::set<std::string> names;
  for (const ScopeColumn& column : left)
    if (!column.qualifier.empty()) names.insert(column.qualifier);
  for (const ScopeColumn& column : right)
    if (names.contains(column.qualifier))
      return Error{ErrorCode::kInvalidPlan, fmt::format("two tables of FROM are called '{}'", column.qualifier),
                   to_text(where), "give one of them another name: FROM t AS a, t AS b"};
  return kDone;
}

// The names that both sides have, in the left side's order.
Result<std::vector<std::string>> natural_columns(const Scope& left, const Scope& right, TextPosition where) {
  std::vector<std::string> names;
  for (const ScopeColumn& column : left)
    for (const ScopeColumn& other : right)
      if (!column.merged && !other.merged && same_name(column.column.name, other.column.name)) {
        names.push_back(column.column.name);
        break;
      }
  if (!names.empty()) return names;
  return Error{ErrorCode::kInvalidPlan, "NATURAL JOIN finds no column that both sides have", to_text(where),
               "write the condition: ON a.x = b.y, or CROSS JOIN"};
}

}  // namespace

// Subqueries in ON are joined to the side whose columns their operands name, the left one where they name none. Those of the
// right side come back as columns behind the left side's.
Result<ExprPtr> Resolver::attach_to_sides(const ExprPtr& condition, Bound& left, Bound& right) {
  const auto names_only = [](const Subquery& query, const Scope& scope) {
    return std::all_of(query.operands.begin(), query.operands.end(),
                       [&](const ExprPtr& operand) { return resolve_expression(*operand, scope).ok(); });
  };
  std::function<Result<ExprPtr>(const ExprPtr&, bool)> attach_where = [&](const ExprPtr& part,
                                                                          bool to_left) -> Result<ExprPtr> {
    const auto* query = std::get_if<Subquery>(&part->node);
    if (query == nullptr)
      return with_children(part, [&](const ExprPtr& child) { return attach_where(child, to_left); });
    if (to_left) return names_only(*query, left.scope) ? attach_subqueries(part, left) : Result<ExprPtr>(part);
    if (!names_only(*query, right.scope))
      return Error{ErrorCode::kUnsupported, "a subquery in ON cannot compare with columns of both sides",
                   to_text(part->where), "move it to WHERE, behind an inner join"};
    TRY(value, attach_subqueries(part, right));
    return map_columns(value, [&](uint32_t index) {
      const Column& column = right.plan->schema[index];
      return column_index(static_cast<uint32_t>(left.scope.size()) + index, "", column.type, column.nullable);
    });
  };
  TRY(left_done, attach_where(condition, true));
  return attach_where(left_done, false);
}

Result<Bound> Resolver::bind_join(const Join& node) {
  TRY(left, bind(*node.left));
  if (const Project* elements = lateral_elements(*node.right)) {
    TRY(both, bind_lateral(node, left, *elements));
    TRY_STATUS(check_aliases(left.scope, {both.scope.back()}, node.where));
    return both;
  }
  TRY(right, bind(*node.right));
  TRY_STATUS(check_aliases(left.scope, right.scope, node.where));
  ExprPtr written = node.condition;
  if (written != nullptr && has_subquery(*written)) {
    TRY(attached, attach_to_sides(written, left, right));
    written = attached;
  }
  std::vector<std::string> names = node.using_columns;
  if (node.natural) {
    TRY(common, natural_columns(left.scope, right.scope, node.where));
    names = std::move(common);
  }
  Scope scope = left.scope;
  scope.insert(scope.end(), right.scope.begin(), right.scope.end());
  Join join{left.plan, right.plan, node.kind, {}, nullptr, {}};
  ExprPtr condition;
  std::vector<std::pair<uint32_t, uint32_t>> using_columns;
  if (!names.empty()) {
    std::vector<ExprPtr> equalities;
    for (const std::string& name : names) {
      TRY(left_index, find_column({"", name}, node.where, left.scope));
      TRY(right_index, find_column({"", name}, node.where, right.scope));
      const auto joined_index = static_cast<uint32_t>(left.scope.size()) + right_index;
      TRY(equal, resolve_call("eq",
                              {untyped_column_of(*left.plan, left_index),
                               untyped_column_of(*right.plan, right_index, joined_index - right_index)},
                              node.where));
      equalities.push_back(equal);
      scope[joined_index].merged = true;
      using_columns.emplace_back(left_index, joined_index);
    }
    condition = conjunction_of(equalities);
  } else if (written != nullptr) {
    TRY(resolved, resolve_predicate(*written, scope, "ON"));
    condition = resolved;
  }
  if (condition != nullptr) split_condition(condition, join);
  filter_sides(join);
  const PlanPtr plan = make_resolved(join);
  if (!gives_right_columns(join.kind)) scope.resize(left.scope.size());
  if (join.kind == JoinKind::kMark) scope.push_back({"", plan->schema.back(), false});
  for (size_t i = 0; i < scope.size(); ++i) scope[i].column.nullable = plan->schema[i].nullable;
  if (keeps_right_rows(join.kind) && !using_columns.empty())
    return merge_columns(join, plan, std::move(scope), using_columns);
  return Bound{plan, std::move(scope)};
}

}  // namespace headrace
