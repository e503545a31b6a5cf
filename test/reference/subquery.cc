// Subqueries in expressions. They run once, before the rows that they are compared with, or, where they name their columns, for each.
#include <set>

#include "base/error.h"
#include "expr/walk.h"
#include "reference/relation.h"

namespace headrace::reference {
namespace {

std::vector<Row> rows_of(const Relation& relation) {
  const Read all(relation.scope.size(), true);
  std::vector<Row> rows = all_rows(relation, all);
  for (const Row& row : rows) look_at(row, all);
  return rows;
}

Term any_of(const std::vector<Term>& terms, size_t first, size_t count) {
  if (count == 0) return value_term({false}, kBool);
  if (count == 1) return terms[first];
  const size_t half = count / 2;
  return bind_call("or", {any_of(terms, first, half), any_of(terms, first + half, count - half)});
}

// comparison(operands, row) or comparison(operands, the next row) or …
Term any_row(const Subquery& query, const std::vector<Term>& operands, const Relation& relation) {
  if (operands.size() != relation.scope.size()) refuse("IN with another number of columns");
  std::vector<Term> matches;
  for (const Row& row : rows_of(relation)) {
    Term match = value_term({query.comparison != "ne"}, kBool);
    for (size_t i = 0; i < operands.size(); ++i) {
      const Term compared = bind_call(query.comparison, {operands[i], value_term(row[i], relation.scope[i].type)});
      match = bind_call(query.comparison == "ne" ? "or" : "and", {match, compared});
    }
    matches.push_back(match);
  }
  return any_of(matches, 0, matches.size());
}

Term value_of(const Subquery& query, const Surroundings& surroundings,
              const std::function<Term(const ExprPtr&)>& operand) {
  const Relation relation = relation_of(*query.plan, surroundings);
  if (query.form == Subquery::Form::kExists) {
    const Read none(relation.scope.size(), false);
    return value_term({!all_rows(relation, none).empty()}, kBool);
  }
  if (query.form == Subquery::Form::kScalar) {
    if (relation.scope.size() != 1) refuse("a value of several columns");
    const std::vector<Row> rows = rows_of(relation);
    if (rows.size() > 1) throw Error{ErrorCode::kFault, "more than one row", "", ""};
    return value_term(rows.empty() ? null() : rows[0][0], relation.scope[0].type);
  }
  std::vector<Term> operands;
  for (const ExprPtr& one : query.operands) operands.push_back(with_type(operand(one)));
  return any_row(query, operands, relation);
}

using Operand = std::function<Term(const ExprPtr&)>;

// What the subquery is with `value` for each column of the query around it.
Term value_for(const Subquery& query, const Surroundings& surroundings, const Scope& scope,
               const std::function<Term(uint32_t column)>& value, const Operand& operand) {
  Surroundings inside = surroundings;
  inside.around = [&](const ColumnName& name) -> std::optional<Term> {
    if (const auto found = find_column(name, scope)) return value(*found);
    return surroundings.around ? surroundings.around(name) : std::nullopt;
  };
  return value_of(query, inside, operand);
}

// As value_of, of a query that may name columns of `scope`.
Term subquery_term(const Subquery& query, const Surroundings& surroundings, const Scope& scope,
                   const Operand& operand) {
  std::set<uint32_t> named;
  const Term over_nulls = value_for(
      query, surroundings, scope,
      [&](uint32_t column) {
        named.insert(column);
        return value_term(null(), scope[column].type);
      },
      operand);
  if (named.empty()) return over_nulls;
  Term term{Term::Kind::kQuery, over_nulls.type};
  term.function = query.form == Subquery::Form::kScalar ? "value" : "mark";
  for (const uint32_t column : named) term.arguments.push_back(column_term(column, scope[column].type));
  for (const ExprPtr& one : query.operands) term.arguments.push_back(operand(one));
  term.query = std::make_shared<const std::function<Datum(const Row&)>>([=, &surroundings](const Row& row) {
    const auto of_row = [&](uint32_t column) { return value_term(looked_at(row[column]), scope[column].type); };
    return evaluate(value_for(query, surroundings, scope, of_row, operand), row, surroundings.on_fault);
  });
  return term;
}

}  // namespace

bool has_subquery(const Expr& written) {
  return find_node(written, [](const Expr& part) { return std::holds_alternative<Subquery>(part.node); }) != nullptr;
}

Substitute with_subqueries(const Surroundings& surroundings, const Scope& scope, Substitute other) {
  const auto self = std::make_shared<Substitute>();
  // The copy that is returned holds the one that operands are bound with.
  const std::weak_ptr<Substitute> weak = self;
  *self = [&surroundings, scope, other, weak](const Expr& expr) -> std::optional<Term> {
    if (other)
      if (auto term = other(expr)) return term;
    const auto* name = std::get_if<ColumnName>(&expr.node);
    if (name != nullptr && surroundings.around && !find_column(*name, scope)) return surroundings.around(*name);
    const auto* query = std::get_if<Subquery>(&expr.node);
    if (query == nullptr) return std::nullopt;
    return subquery_term(*query, surroundings, scope,
                         [inside = weak.lock(), scope](const ExprPtr& one) { return term_of(*one, scope, *inside); });
  };
  return [self](const Expr& expr) { return (*self)(expr); };
}

}  // namespace headrace::reference
