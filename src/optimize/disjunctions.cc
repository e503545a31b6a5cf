#include "optimize/disjunctions.h"

#include "base/check.h"

namespace headrace {

namespace {

void add_disjuncts(const ExprPtr& predicate, std::vector<ExprPtr>& disjuncts) {
  const auto* call = std::get_if<Call>(&predicate->node);
  if (call == nullptr || call->function != "or") {
    disjuncts.push_back(predicate);
    return;
  }
  for (const ExprPtr& argument : call->arguments) add_disjuncts(argument, disjuncts);
}

}  // namespace

std::vector<ExprPtr> disjuncts_of(const ExprPtr& predicate) {
  std::vector<ExprPtr> disjuncts;
  add_disjuncts(predicate, disjuncts);
  return disjuncts;
}

ExprPtr disjunction_of(const std::vector<ExprPtr>& disjuncts) {
  CHECK(!disjuncts.empty());
  const Function* logical_or = find_function("or");
  CHECK(logical_or != nullptr && !logical_or->overloads.empty());
  ExprPtr result = disjuncts[0];
  for (size_t i = 1; i < disjuncts.size(); ++i)
    result = resolved_call(logical_or->overloads[0], {result, disjuncts[i]});
  return result;
}

}  // namespace headrace
