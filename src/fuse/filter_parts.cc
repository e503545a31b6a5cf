#include "fuse/filter_parts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "expr/fold.h"
#include "fuse/predicate_share.h"

namespace headrace {

namespace {

struct Part {
  std::set<uint32_t> columns;
  std::vector<ExprPtr> conjuncts;
  double cost_ns = 0;
  double share = 1;  // of rows, as guessed
  size_t place = 0;  // as written

  // What dropping a row costs.
  double rank() const { return cost_ns / (1.0 - std::min(share, 0.99)); }
};

double cost_of(const Expr& expr) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return 0;
  double cost_ns = call->overload->function->contract.cost_ns;
  for (const ExprPtr& argument : call->arguments) cost_ns += cost_of(*argument);
  return cost_ns;
}

double decode_cost_of(const Expr& expr) {
  if (std::holds_alternative<ColumnIndex>(expr.node)) return decode_ns(expr.type, 1.0);
  double cost_ns = 0;
  if (const auto* call = std::get_if<Call>(&expr.node))
    for (const ExprPtr& argument : call->arguments) cost_ns += decode_cost_of(*argument);
  return cost_ns;
}

}  // namespace

std::vector<ExprPtr> filter_parts(const ExprPtr& predicate) {
  const bool faults = can_fault(*predicate);
  std::vector<Part> parts;
  std::vector<ExprPtr> rest;
  for (const ExprPtr& conjunct : conjuncts_of(predicate)) {
    if (faults && (conjunct->nullable || can_fault(*conjunct))) {
      rest.push_back(conjunct);
      continue;
    }
    std::set<uint32_t> columns;
    for_each_column(*conjunct, [&](uint32_t column) { columns.insert(column); });
    auto part = std::ranges::find(parts, columns, &Part::columns);
    if (part == parts.end()) {
      part = parts.insert(parts.end(), Part{columns, {}, 0, 1, parts.size()});
      part->cost_ns += decode_cost_of(*conjunct);
    }
    part->conjuncts.push_back(conjunct);
    part->cost_ns += cost_of(*conjunct);
    const auto* call = std::get_if<Call>(&conjunct->node);
    part->share *= call == nullptr ? 0.5 : predicate_share(call->function);
  }
  std::ranges::sort(parts, {}, [](const Part& part) { return std::pair(part.rank(), part.place); });
  std::vector<ExprPtr> filters;
  for (const Part& part : parts) filters.push_back(conjunction_of(part.conjuncts));
  if (!rest.empty()) filters.push_back(conjunction_of(rest));
  return filters;
}

}  // namespace headrace
