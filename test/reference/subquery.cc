// Subqueries in expressions. They run once, before the rows that they are compared with.
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
    const auto* query = std::get_if<Subquery>(&expr.node);
    if (query == nullptr) return std::nullopt;
    const auto inside = weak.lock();
    return value_of(*query, surroundings, [&](const ExprPtr& one) { return term_of(*one, scope, *inside); });
  };
  return [self](const Expr& expr) { return (*self)(expr); };
}

}  // namespace headrace::reference
