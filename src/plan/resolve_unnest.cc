// unnest(list), in a select list or in FROM: each row once for every element, the elements by their number.
#include <ranges>

#include <fmt/format.h>

#include "expr/calls.h"
#include "expr/coerce.h"
#include "expr/walk.h"
#include "plan/resolver.h"
#include "plan/select_list.h"
#include "types/nested_type.h"

namespace headrace {

namespace {

bool is_unnest(const Expr& written) {
  const auto* node = std::get_if<Call>(&written.node);
  return node != nullptr && node->overload == nullptr && node->function == "unnest" && node->arguments.size() == 1;
}

// Adds the arguments of all calls, from left to right.
void collect_lists(const ExprPtr& written, std::vector<ExprPtr>& lists) {
  if (is_unnest(*written)) lists.push_back(std::get<Call>(written->node).arguments[0]);
  for_each_child(*written, [&](const ExprPtr& part) { collect_lists(part, lists); });
}

// Each call as an element of its list; `next` is the list of the first call that is met.
Result<ExprPtr> with_elements(const ExprPtr& written, const ExprPtr& number, const ExprPtr*& next) {
  if (is_unnest(*written)) return call("list_extract", {*next++, number}, written->where);
  return with_children(written, [&](const ExprPtr& part) { return with_elements(part, number, next); });
}

// `list` as a column of the rows, behind all others: it is computed once for its row, not once for each of its elements.
ExprPtr as_column(const ExprPtr& list, Bound& rows) {
  if (std::holds_alternative<ColumnIndex>(list->node)) return list;
  Project project{rows.plan, {}};
  const auto columns = static_cast<uint32_t>(rows.scope.size());
  for (uint32_t i = 0; i < columns; ++i)
    project.columns.push_back({column_of(rows.plan->schema, i), rows.plan->schema[i].name});
  project.columns.push_back({list, "list"});
  rows.plan = make_resolved(std::move(project));
  rows.scope.push_back({"", rows.plan->schema.back(), true});
  return column_of(rows.plan->schema, columns);
}

}  // namespace

const Project* lateral_elements(const Plan& table) {
  const Plan* at = &table;
  while (const auto* alias = std::get_if<Alias>(&at->node)) at = alias->input.get();
  const auto* project = std::get_if<Project>(&at->node);
  if (project == nullptr || project->columns.size() != 1 || !is_unnest(*project->columns[0].expr) ||
      !std::holds_alternative<OneRow>(project->input->node))
    return nullptr;
  const ExprPtr& list = std::get<Call>(project->columns[0].expr->node).arguments[0];
  return has_subquery(*list) || resolve_expression(*list, {}).ok() ? nullptr : project;
}

// unnest(struct) as a column of its own: a column of each field.
Result<std::vector<NamedExpr>> Resolver::spread_structs(std::vector<NamedExpr> columns, Bound& rows) {
  std::vector<NamedExpr> spread;
  for (NamedExpr& column : columns) {
    if (!is_unnest(*column.expr)) {
      spread.push_back(std::move(column));
      continue;
    }
    const ExprPtr& written = std::get<Call>(column.expr->node).arguments[0];
    TRY(attached, attach_subqueries(written, rows));
    TRY(value, resolve_expression(*attached, rows.scope));
    if (value->type.id != TypeId::kStruct) {
      spread.push_back(std::move(column));
      continue;
    }
    for (const NestedField& field : fields_of(value->type))
      spread.push_back(
          {call("struct_extract", {attached, literal(Value{kUtf8, field.name})}, written->where), field.name});
  }
  return spread;
}

Result<std::vector<NamedExpr>> Resolver::attach_unnests(std::vector<NamedExpr> columns, Bound& rows) {
  TRY(spread, spread_structs(std::move(columns), rows));
  columns = std::move(spread);
  std::vector<ExprPtr> lists;
  for (const NamedExpr& column : columns) collect_lists(column.expr, lists);
  if (lists.empty()) return columns;
  std::vector<ExprPtr> counts;
  for (ExprPtr& written : lists) {
    TRY(attached, attach_subqueries(written, rows));
    TRY(list, resolve_expression(*attached, rows.scope));
    if (list->type.id != TypeId::kList)
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("unnest expects a list or struct, found {}", to_text(list->type)),
                   to_text(written->where), "unnest a list: [1, 2], string_split(…), a column of lists"};
    const TextPosition where = written->where;
    written = as_column(list, rows);
    TRY(count, resolve_call("cardinality", {written}, where));
    counts.push_back(count);
  }
  ExprPtr longest = counts[0];
  if (counts.size() > 1) {
    TRY(greatest, resolve_call("greatest", counts, {}));
    longest = greatest;
  }
  rows.plan = make_resolved(Unnest{rows.plan, longest});
  const auto index = static_cast<uint32_t>(rows.scope.size());
  rows.scope.push_back({"", {"number", kInt64, false}, true});
  const ExprPtr number = column_of(rows.plan->schema, index);
  const ExprPtr* next = lists.data();
  for (NamedExpr& column : columns) {
    const std::string label = column_label(column);
    TRY(expr, with_elements(column.expr, number, next));
    column = {expr, label};
  }
  return columns;
}

// LEFT JOIN … ON true: a row whose list has no elements comes out once, too; its first element is null.
Result<Bound> Resolver::bind_lateral(const Join& node, Bound left, const Project& elements) {
  const NamedExpr& unnest = elements.columns[0];
  const ExprPtr& written = std::get<Call>(unnest.expr->node).arguments[0];
  const auto* always = node.condition == nullptr ? nullptr : std::get_if<Literal>(&node.condition->node);
  const bool keeps = node.kind == JoinKind::kLeft;
  if (node.natural || !node.using_columns.empty() || (node.kind != JoinKind::kInner && !keeps) ||
      (keeps && (always == nullptr || always->value != Value{kBool, true})))
    return Error{ErrorCode::kUnsupported,
                 "unnest of columns to its left takes CROSS JOIN, JOIN … ON and LEFT JOIN … ON true",
                 to_text(written->where), "filter the elements with WHERE"};
  const size_t columns = left.scope.size();
  TRY(list, resolve_expression(*written, left.scope));
  if (list->type.id != TypeId::kList)
    return Error{ErrorCode::kInvalidPlan, fmt::format("unnest in FROM expects a list, found {}", to_text(list->type)),
                 to_text(written->where), "SELECT unnest(…) takes a struct"};
  const ExprPtr column = as_column(list, left);
  TRY(count, resolve_call("cardinality", {column}, written->where));
  if (keeps) {
    TRY(known, resolve_call("coalesce", {count, literal(Value{count->type, int64_t{1}})}, written->where));
    TRY(least, resolve_call("greatest", {known, literal(Value{count->type, int64_t{1}})}, written->where));
    count = least;
  }
  const PlanPtr rows = make_resolved(Unnest{left.plan, count});
  const ExprPtr number = column_of(rows->schema, static_cast<uint32_t>(rows->schema.size()) - 1);
  TRY(extracted, resolve_call("list_extract", {column, number}, written->where));
  const ExprPtr element = extracted->type == kNullType ? coerce(extracted, kInt32) : extracted;
  // The aliases of the table, from the innermost.
  std::vector<const Alias*> aliases;
  for (const Plan* at = node.right.get(); const auto* alias = std::get_if<Alias>(&at->node); at = alias->input.get())
    aliases.push_back(alias);
  ScopeColumn named{"", {column_label(unnest), element->type, true}};
  for (const Alias* alias : std::views::reverse(aliases)) {
    named.qualifier = alias->name;
    if (alias->columns.size() > 1)
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("{} names {} columns, but unnest has 1", alias->name, alias->columns.size()),
                   to_text(written->where), ""};
    if (alias->columns.empty()) continue;
    named.column.name = alias->columns[0];
    named.other_name = alias->function;
  }
  Project project{rows, {}};
  for (uint32_t i = 0; i < columns; ++i) project.columns.push_back({column_of(rows->schema, i), rows->schema[i].name});
  project.columns.push_back({element, named.column.name});
  left.plan = make_resolved(std::move(project));
  left.scope.resize(columns);
  named.column = left.plan->schema.back();
  left.scope.push_back(std::move(named));
  if (node.condition == nullptr || keeps) return left;
  const size_t width = left.scope.size();
  TRY(attached, attach_subqueries(node.condition, left));
  TRY(predicate, resolve_predicate(*attached, left.scope, "ON"));
  left.plan = make_resolved(Filter{left.plan, predicate});
  return first_columns(std::move(left), width);
}

}  // namespace headrace
