// plan/resolver.h — the parts of resolve(): a plan being resolved travels with the names that the node above may use.
#pragma once

#include <vector>

#include "expr/typing.h"
#include "plan/catalog.h"
#include "plan/plan.h"

namespace headrace {

struct Bound {
  PlanPtr plan;  // resolved
  Scope scope;   // of plan->schema, column by column
};

class Resolver {
 public:
  explicit Resolver(Catalog& catalog) : catalog_(catalog) {}

  // kLimit: views nested deeper than kDepthMax, which includes a view that reads itself.
  Result<Bound> bind(const Plan& written);

 private:
  static constexpr uint32_t kDepthMax = 500;

  Result<Bound> bind_node(const Plan& written);
  Result<Bound> bind_file(const ScanFile& node);
  Result<Bound> bind_table(const ScanTable& node);
  Result<Bound> bind_alias(const Alias& node);
  Result<Bound> bind_union(const UnionAll& node);
  Result<Bound> bind_join(const Join& node);          // resolve_join.cc
  Result<Bound> bind_select(const Plan& written);     // resolve_select.cc: Sort, Project, Filter, Aggregation
  Result<Bound> bind_plain_sort(const Sort& node);

  Catalog& catalog_;
  uint32_t depth_ = 0;
};

// make_plan with the schema derived.
template <class Node>
PlanPtr make_resolved(Node node) {
  Plan plan{std::move(node), {}};
  plan.schema = derive_schema(plan);
  return std::make_shared<const Plan>(std::move(plan));
}

// The output column of a resolved plan as an expression for the node above.
ExprPtr column_of(const Schema& schema, uint32_t index);

// An ORDER BY or GROUP BY ordinal (from 1) as a column position; nullopt when the expression is no integer literal.
// kInvalidPlan when there is no such column.
Result<std::optional<uint32_t>> ordinal_of(const Expr& written, size_t columns, std::string_view clause);

}  // namespace headrace
