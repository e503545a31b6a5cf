// unnest(list) in a select list: every row as often as its longest list has elements, and of the lists the elements in turn.
#include <algorithm>

#include "base/error.h"
#include "expr/walk.h"
#include "plan/select_list.h"
#include "reference/relation.h"
#include "types/nested_type.h"

namespace headrace::reference {
namespace {

bool is_unnest(const Expr& written) {
  const auto* node = std::get_if<Call>(&written.node);
  return node != nullptr && node->arguments.size() == 1 && same_name(node->function, "unnest");
}

void collect_lists(const ExprPtr& written, std::vector<ExprPtr>& lists) {
  if (is_unnest(*written)) lists.push_back(std::get<Call>(written->node).arguments[0]);
  for_each_child(*written, [&](const ExprPtr& part) { collect_lists(part, lists); });
}

// The calls of unnest as elements of the columns that hold their lists, which begin at `next`.
ExprPtr with_elements(const ExprPtr& written, uint32_t& next, const Scope& scope) {
  if (is_unnest(*written)) {
    const auto column = [&](uint32_t index) { return column_index(index, "", scope[index].type, true); };
    return call("list_extract", {column(next++), column(static_cast<uint32_t>(scope.size()) - 1)});
  }
  return with_children(written,
                       [&](const ExprPtr& part) -> Result<ExprPtr> { return with_elements(part, next, scope); })
      .value();
}

// Appends the lists to the row; the number of elements of the longest.
int64_t append_lists(const std::vector<Term>& lists, Row& row, OnFault on_fault) {
  const Row below = row;
  int64_t most = 0;
  for (const Term& term : lists) {
    row.push_back(looked_at(evaluate(term, below, on_fault)));
    if (!row.back().is_null()) most = std::max(most, static_cast<int64_t>(row.back().fields().size()));
  }
  return most;
}

// unnest(struct) as a column of its own stands for a column of each field.
std::vector<NamedExpr> with_structs_spread(const std::vector<NamedExpr>& columns, const Scope& scope,
                                           const Substitute& subqueries) {
  std::vector<NamedExpr> spread;
  for (const NamedExpr& column : columns) {
    const auto* node = is_unnest(*column.expr) ? &std::get<Call>(column.expr->node) : nullptr;
    const Type type = node != nullptr ? term_of(*node->arguments[0], scope, subqueries).type : kNullType;
    if (type.id != TypeId::kStruct) {
      spread.push_back(column);
      continue;
    }
    for (const NestedField& field : fields_of(type))
      spread.push_back({call("struct_extract", {node->arguments[0], literal(Value{kUtf8, field.name})}), field.name});
  }
  return spread;
}

}  // namespace

Relation unnested(std::vector<NamedExpr>& columns, Relation input, const Surroundings& surroundings) {
  const Substitute subqueries = with_subqueries(surroundings, input.scope);
  columns = with_structs_spread(columns, input.scope, subqueries);
  std::vector<ExprPtr> written;
  for (const NamedExpr& column : columns) collect_lists(column.expr, written);
  if (written.empty()) return input;
  Relation result = input;
  std::vector<Term> lists;
  for (const ExprPtr& one : written) {
    lists.push_back(term_of(*one, input.scope, subqueries));
    if (lists.back().type.id != TypeId::kList) refuse("unnest of " + to_text(lists.back().type));
    result.scope.push_back({"", "", lists.back().type, true});
  }
  result.scope.push_back({"", "number", kInt64, true});
  auto next = static_cast<uint32_t>(input.scope.size());
  for (NamedExpr& column : columns) column = {with_elements(column.expr, next, result.scope), column_label(column)};
  result.literals.clear();
  result.open = [=, on_fault = surroundings.on_fault, columns_below = input.scope.size()](Read read) -> Rows {
    read.resize(columns_below);
    for (const Term& list : lists) add_columns(list, read);
    return [=, next = input.open(read), current = Row(), at = int64_t{0}, most = int64_t{0}](Row& row) mutable {
      while (at == most) {
        if (!next(current)) return false;
        at = 0;
        most = append_lists(lists, current, on_fault);
      }
      row = current;
      row.push_back({BigInteger(++at)});
      return true;
    };
  };
  return result;
}

}  // namespace headrace::reference
