// Subqueries in expressions, as joins of the rows that the expression is over: a scalar one's only row, the number of rows for
// EXISTS, a mark for IN and ANY.
#include <fmt/format.h>

#include "base/overloaded.h"
#include "expr/calls.h"
#include "expr/fold.h"
#include "plan/join_keys.h"
#include "plan/resolver.h"

namespace headrace {

namespace {

Error invalid(TextPosition where, std::string message, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, std::move(message), to_text(where), std::move(hint)};
}

// Whether it has one row whatever its input: an aggregation without keys, and what computes over one.
bool gives_one_row(const Plan& plan) {
  return std::visit(
      Overloaded{[](const OneRow&) { return true; }, [](const ScalarRow&) { return true; },
                 [](const Aggregation& n) { return n.keys.empty() && n.window_us == 0; },
                 [](const Project& n) { return gives_one_row(*n.input); }, [](const auto&) { return false; }},
      plan.node);
}

// A query that names a column of the query around it fails with an unknown column that is known there.
Error explain_correlation(Error error, const Scope& around) {
  constexpr std::string_view kUnknown = "there is no column '";
  if (!error.message.starts_with(kUnknown)) return error;
  const std::string name = error.message.substr(kUnknown.size(), error.message.rfind('\'') - kUnknown.size());
  const size_t dot = name.find('.');
  const ColumnName column =
      dot == std::string::npos ? ColumnName{"", name} : ColumnName{name.substr(0, dot), name.substr(dot + 1)};
  if (!find_column(column, {}, around).ok()) return error;
  error.code = ErrorCode::kUnsupported;
  error.message = fmt::format("the subquery reads '{}' of the query around it in a way that no join answers", name);
  error.hint =
      "a subquery may compare with the query around it in its WHERE: EXISTS and IN as they like, an aggregate as a "
      "value by =";
  return error;
}

}  // namespace

Result<ExprPtr> compare_rows(const std::string& comparison, std::span<const std::pair<ExprPtr, ExprPtr>> pairs,
                             TextPosition where) {
  const bool ordered = comparison != "eq" && comparison != "ne";
  const std::string strict = comparison.starts_with("l") ? "lt" : "gt";
  ExprPtr condition;
  for (size_t i = pairs.size(); i-- > 0;) {
    const auto& [left, right] = pairs[i];
    const bool last = condition == nullptr;
    TRY(compared, resolve_call(ordered && !last ? strict : comparison, {left, right}, where));
    if (last) {
      condition = compared;
      continue;
    }
    if (ordered) {
      TRY(equal, resolve_call("eq", {left, right}, where));
      TRY(later, resolve_call("and", {equal, condition}, where));
      condition = later;
    }
    TRY(joined, resolve_call(comparison == "eq" ? "and" : "or", {compared, condition}, where));
    condition = joined;
  }
  return condition;
}

ExprPtr add_columns(Bound& rows, PlanPtr joined) {
  rows.plan = std::move(joined);
  const Schema& schema = rows.plan->schema;
  for (auto index = static_cast<uint32_t>(rows.scope.size()); index < schema.size(); ++index)
    rows.scope.push_back({"", schema[index], true, gives_only_nulls(*rows.plan, index)});
  return column_of(schema, static_cast<uint32_t>(schema.size() - 1));
}

ExprPtr attach_mark(const ExprPtr& condition, const PlanPtr& right, Bound& rows) {
  Join join{rows.plan, right, JoinKind::kMark, {}, nullptr};
  split_condition(condition, join);
  filter_sides(join);
  return add_columns(rows, make_resolved(std::move(join)));
}

bool has_subquery(const Expr& written) {
  return find_node(written, [](const Expr& part) { return std::holds_alternative<Subquery>(part.node); }) != nullptr;
}

Bound first_columns(Bound rows, size_t count) {
  rows.scope.resize(std::min(count, rows.scope.size()));
  if (rows.plan->schema.size() == count) return rows;
  Project project{rows.plan, {}};
  for (uint32_t i = 0; i < count; ++i)
    project.columns.push_back({column_of(rows.plan->schema, i), rows.plan->schema[i].name});
  rows.plan = make_resolved(std::move(project));
  return rows;
}

Result<ExprPtr> Resolver::attach_subqueries(const ExprPtr& written, Bound& rows) {
  TRY(replaced, with_children(written, [&](const ExprPtr& part) { return attach_subqueries(part, rows); }));
  const auto* node = std::get_if<Subquery>(&replaced->node);
  if (node == nullptr) return replaced;
  return attach(*node, replaced->where, rows);
}

Result<ExprPtr> Resolver::attach(const Subquery& node, TextPosition where, Bound& rows) {
  auto bound = bind(*node.plan);
  if (!bound.ok()) {
    const Error refused = explain_correlation(bound.error(), rows.scope);
    if (refused.code != ErrorCode::kUnsupported) return refused;
    return attach_correlated(node, where, refused, rows);
  }
  Bound query = std::move(bound.value());
  const size_t columns = query.plan->schema.size();
  if (node.form == Subquery::Form::kAny) return attach_any(node, where, std::move(query), rows);
  if (node.form == Subquery::Form::kScalar) {
    if (columns != 1)
      return invalid(where, fmt::format("a subquery as a value has one column, found {}", columns),
                     "name one column in its select list");
    if (!gives_one_row(*query.plan)) query.plan = make_resolved(ScalarRow{query.plan});
    return add_columns(rows, make_resolved(Join{rows.plan, query.plan, JoinKind::kInner, {}, nullptr}));
  }
  const AggregateCall count{"count", {}};
  TRY(counted, resolve_aggregate(count, where, {}));
  const PlanPtr counts =
      make_resolved(Aggregation{query.plan, {}, {{counted.overload, counted.arguments, "count(*)", counted.type}}, 0});
  TRY(exists, resolve_call("gt", {column_of(counts->schema, 0), literal(Value{kInt64, int64_t{0}})}, where));
  const PlanPtr answer = make_resolved(Project{counts, {{exists, "exists"}}});
  return add_columns(rows, make_resolved(Join{rows.plan, answer, JoinKind::kInner, {}, nullptr}));
}

// comparison(operands, row) as the condition of a mark join.
Result<ExprPtr> Resolver::attach_any(const Subquery& node, TextPosition where, Bound query, Bound& rows) {
  const Schema& columns = query.plan->schema;
  if (columns.size() != node.operands.size())
    return invalid(where, fmt::format("the left side of IN, ANY or ALL has {} column(s), the subquery {}",
                                      node.operands.size(), columns.size()));
  const auto left_columns = static_cast<uint32_t>(rows.scope.size());
  std::vector<std::pair<ExprPtr, ExprPtr>> pairs;
  for (uint32_t i = 0; i < columns.size(); ++i) {
    TRY(operand, resolve_untyped(*node.operands[i], rows.scope));
    pairs.emplace_back(operand, untyped_column_of(*query.plan, i, left_columns));
  }
  TRY(condition, compare_rows(node.comparison, pairs, where));
  return attach_mark(condition, query.plan, rows);
}

}  // namespace headrace
