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

std::optional<Relation> lateral(const Join& node, const Relation& left, const Surroundings& surroundings) {
  const Plan* at = node.right.get();
  std::string qualifier, name, other_name;
  while (const auto* alias = std::get_if<Alias>(&at->node)) {
    if (qualifier.empty()) qualifier = alias->name;
    if (name.empty() && !alias->columns.empty()) {
      name = alias->columns[0];
      other_name = alias->function;
    }
    at = alias->input.get();
  }
  const auto* project = std::get_if<Project>(&at->node);
  if (project == nullptr || project->columns.size() != 1 || !is_unnest(*project->columns[0].expr)) return std::nullopt;
  const Expr& list = *std::get<Call>(project->columns[0].expr->node).arguments[0];
  if (find_node(list, [](const Expr& part) { return std::holds_alternative<ColumnName>(part.node); }) == nullptr)
    return std::nullopt;
  const OnFault on_fault = surroundings.on_fault;
  const Term term = term_of(list, left.scope, with_subqueries(surroundings, left.scope));
  if (term.type.id != TypeId::kList) refuse("unnest of " + to_text(term.type));
  Relation result = left;
  result.literals.clear();
  const size_t width = left.scope.size();
  result.scope.push_back(
      {qualifier, name.empty() ? column_label(project->columns[0]) : name, element_type(term.type), false, other_name});
  const bool keeps = keeps_left_rows(node.kind);
  result.open = [=](Read read) -> Rows {
    read.resize(width);
    add_columns(term, read);
    return [=, next = left.open(read), current = Row(), elements = std::vector<Datum>(),
            at_element = size_t{0}](Row& row) mutable {
      while (at_element == elements.size()) {
        if (!next(current)) return false;
        const Datum found = looked_at(evaluate(term, current, on_fault));
        elements =
            found.is_null() ? std::vector<Datum>() : std::vector<Datum>(found.fields().begin(), found.fields().end());
        if (elements.empty() && keeps) elements.push_back(null());
        at_element = 0;
      }
      row = current;
      row.push_back(elements[at_element++]);
      return true;
    };
  };
  if (node.condition == nullptr || keeps) return result;
  return filtered(result, bind_predicate(*node.condition, result.scope, with_subqueries(surroundings, result.scope)),
                  on_fault);
}

}  // namespace headrace::reference
