// (a AND b) OR (a AND c) becomes a AND (b OR c): what all branches of an OR ask for stands alone, where it can become a join key
// or move towards a scan. In filters and in the conditions of joins. The law holds with nulls; where something may fault, an
// AND hides other faults than it did, so such an OR stays.
#include <algorithm>

#include "optimize/disjunctions.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

bool holds(const std::vector<ExprPtr>& list, const ExprPtr& expr) {
  return std::any_of(list.begin(), list.end(), [&](const ExprPtr& one) { return same(*one, *expr); });
}

// The conjuncts that the OR is equal to; itself when its branches share none.
std::vector<ExprPtr> factored(const ExprPtr& predicate) {
  const std::vector<ExprPtr> disjuncts = disjuncts_of(predicate);
  if (disjuncts.size() < 2) return {predicate};
  std::vector<std::vector<ExprPtr>> branches;
  for (const ExprPtr& disjunct : disjuncts) branches.push_back(conjuncts_of(disjunct));
  std::vector<ExprPtr> common;
  for (const ExprPtr& one : branches[0])
    if (!holds(common, one) && std::all_of(branches.begin(), branches.end(),
                                           [&](const std::vector<ExprPtr>& branch) { return holds(branch, one); }))
      common.push_back(one);
  if (common.empty()) return {predicate};
  std::vector<ExprPtr> rests;
  for (const std::vector<ExprPtr>& branch : branches) {
    std::vector<ExprPtr> rest;
    for (const ExprPtr& one : branch)
      if (!holds(common, one)) rest.push_back(one);
    if (rest.empty()) return common;  // a OR (a AND b) is a
    rests.push_back(conjunction_of(rest));
  }
  common.push_back(disjunction_of(rests));
  return common;
}

ExprPtr factored_all(const ExprPtr& predicate) {
  std::vector<ExprPtr> result;
  bool changed = false;
  for (const ExprPtr& conjunct : conjuncts_of(predicate)) {
    const std::vector<ExprPtr> parts = factored(conjunct);
    changed = changed || parts.size() != 1 || parts[0] != conjunct;
    result.insert(result.end(), parts.begin(), parts.end());
  }
  return changed ? conjunction_of(result) : predicate;
}

}  // namespace

Result<PlanPtr> factor_disjunctions(const PlanPtr& plan, const OptimizeContext&) {
  return rewrite_up(plan, [](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* filter = std::get_if<Filter>(&node->node);
    const auto* join = std::get_if<Join>(&node->node);
    if ((filter == nullptr && (join == nullptr || join->condition == nullptr)) || node_can_fault(*node)) return node;
    const ExprPtr& predicate = filter != nullptr ? filter->predicate : join->condition;
    const ExprPtr better = factored_all(predicate);
    if (better == predicate) return node;
    if (filter != nullptr) return make_resolved(Filter{filter->input, better});
    Join result = *join;
    result.condition = better;
    return make_resolved(std::move(result));
  });
}

}  // namespace headrace
