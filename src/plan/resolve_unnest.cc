// unnest(list) in a select list: each row once for every element, the elements by their number.
#include <fmt/format.h>

#include "expr/calls.h"
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

Result<ExprPtr> with_elements(const ExprPtr& written, const ExprPtr& number) {
  TRY(replaced, with_children(written, [&](const ExprPtr& part) { return with_elements(part, number); }));
  if (!is_unnest(*replaced)) return replaced;
  return call("list_extract", {std::get<Call>(replaced->node).arguments[0], number}, replaced->where);
}

}  // namespace

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
  for (const ExprPtr& written : lists) {
    TRY(attached, attach_subqueries(written, rows));
    TRY(list, resolve_expression(*attached, rows.scope));
    if (list->type.id != TypeId::kList)
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("unnest expects a list or struct, found {}", to_text(list->type)),
                   to_text(written->where), "unnest a list: [1, 2], string_split(…), a column of lists"};
    TRY(count, resolve_call("cardinality", {list}, written->where));
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
  for (NamedExpr& column : columns) {
    const std::string label = column_label(column);
    TRY(expr, with_elements(column.expr, number));
    column = {expr, label};
  }
  return columns;
}

}  // namespace headrace
