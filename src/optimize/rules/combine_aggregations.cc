// Aggregations without keys over the same rows, beside each other in products (scalar subqueries, lists of one-row tables), become one. Where their
// inputs differ by a filter, each aggregate looks at the rows of its own: f(x) becomes f(CASE WHEN filter THEN x END), since it passes over nulls,
// count(*) counts the filter, and one scan keeps what any of the filters keeps. An exact sum of the same values is the same.
//
// Each filter is then asked of rows that another one kept: filters must not fault. A value that CASE does not choose does not fault, and
// each aggregation is one row with or without rows. Aggregates that look at the order of rows stay where they are. Filters of which each keeps so few
// rows that its scan may skip most of a table are left apart.
#include <algorithm>

#include "expr/calls.h"
#include "optimize/disjunctions.h"
#include "optimize/estimate.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"

namespace headrace {

namespace {

// Of a table, the share that several scans read together, below which one scan would read more.
constexpr double kShareMin = 0.1;

// An aggregation without keys, perhaps below a projection.
struct Part {
  size_t leaf;  // its place in the product
  const Aggregation* node;
  PlanPtr rows;  // below the filters
  ExprPtr filter;  // over `rows`; nullptr: all rows
};

bool is_product(const Plan& plan) {
  const auto* join = std::get_if<Join>(&plan.node);
  return join != nullptr && join->kind == JoinKind::kInner && join->keys.empty() && join->condition == nullptr;
}

void add_leaves(const PlanPtr& plan, std::vector<PlanPtr>& leaves) {
  if (!is_product(*plan)) {
    leaves.push_back(plan);
    return;
  }
  for (const PlanPtr& input : inputs_of(*plan)) add_leaves(input, leaves);
}

const Aggregation* aggregation_below(const Plan& plan) {
  if (const auto* project = std::get_if<Project>(&plan.node)) return aggregation_below(*project->input);
  return std::get_if<Aggregation>(&plan.node);
}

bool can_share_rows(const NamedAggregate& one, const Plan& input) {
  const Contract& contract = one.overload->aggregate->contract;
  if (one.overload->order != StateOrder::kFree || contract.order == RowOrder::kNeeded || !one.order.empty())
    return false;
  if (one.filter != nullptr && read_can_fault(*one.filter, input)) return false;
  return one.arguments.empty() || (contract.nulls == Nulls::kPropagate && !one.overload->keeps_nulls);
}

std::optional<Part> part_of(const PlanPtr& leaf, size_t place) {
  const Aggregation* node = aggregation_below(*leaf);
  if (node == nullptr || !node->keys.empty() || node->aggregates.empty() || node->window_us > 0) return std::nullopt;
  const auto shares = [&](const NamedAggregate& one) { return can_share_rows(one, *node->input); };
  if (!std::ranges::all_of(node->aggregates, shares)) return std::nullopt;
  Part part{place, node, node->input, nullptr};
  std::vector<ExprPtr> conjuncts;
  while (const auto* filter = std::get_if<Filter>(&part.rows->node)) {
    if (read_can_fault(*filter->predicate, *filter->input)) return std::nullopt;
    const std::vector<ExprPtr> own = conjuncts_of(filter->predicate);
    conjuncts.insert(conjuncts.begin(), own.begin(), own.end());
    part.rows = filter->input;
  }
  if (!conjuncts.empty()) part.filter = conjunction_of(conjuncts);
  return part;
}

ExprPtr value_where(const ExprPtr& condition, const ExprPtr& value) {
  const auto none = std::make_shared<const Expr>(Expr{Literal{null_value(value->type)}, value->type, true, {}});
  const auto chosen = resolve_if_else(condition, value, none, value->where);
  return chosen.ok() ? chosen.value() : nullptr;
}

ExprPtr one() { return std::make_shared<const Expr>(Expr{Literal{Value{kInt32, int32_t{1}}}, kInt32, false, {}}); }

const AggregateOverload* overload_for(const Aggregate& aggregate, TypeId argument) {
  for (const AggregateOverload& overload : aggregate.overloads)
    if (overload.arguments.size() == 1 && overload.accepts(0, argument)) return &overload;
  return nullptr;
}

// The aggregate of the rows for which the filter is true; false: it cannot be said.
bool restrict_to(const ExprPtr& filter, NamedAggregate& aggregate) {
  if (aggregate.filter != nullptr) {
    aggregate.filter = conjunction_of({filter, aggregate.filter});
    return true;
  }
  if (aggregate.arguments.empty()) {
    aggregate.overload = overload_for(*aggregate.overload->aggregate, TypeId::kInt32);
    aggregate.arguments.push_back(one());
  }
  // Literals behind the first argument, shares of quantiles and separators, stay literals.
  for (size_t i = 0; i < aggregate.arguments.size(); ++i)
    if (i == 0 || !std::holds_alternative<Literal>(aggregate.arguments[i]->node))
      aggregate.arguments[i] = value_where(filter, aggregate.arguments[i]);
  return aggregate.overload != nullptr && std::ranges::find(aggregate.arguments, nullptr) == aggregate.arguments.end();
}

bool same_filter(const ExprPtr& left, const ExprPtr& right) {
  return left == nullptr || right == nullptr ? left == right : same(*left, *right);
}

// The filter that keeps what any of the parts looks at; nullptr: all rows.
ExprPtr kept_by_any(const std::vector<Part>& parts) {
  std::vector<ExprPtr> filters;
  for (const Part& part : parts) {
    if (part.filter == nullptr) return nullptr;
    const auto is_same = [&](const ExprPtr& known) { return same(*known, *part.filter); };
    if (std::ranges::none_of(filters, is_same)) filters.push_back(part.filter);
  }
  return disjunction_of(filters);
}

bool one_scan_reads_less(const std::vector<Part>& parts) {
  const Estimate rows = estimate(*parts[0].rows);
  double share = 0;
  for (const Part& part : parts)
    share += part.filter == nullptr ? 1 : estimate_share(conjuncts_of(part.filter), rows.columns);
  return share >= kShareMin;
}

// One aggregation with the aggregates of all parts, one behind the other; nullptr: they stay apart.
PlanPtr combined(const std::vector<Part>& parts) {
  const auto is_alike = [&](const Part& part) { return same_filter(part.filter, parts[0].filter); };
  const bool alike = std::ranges::all_of(parts, is_alike);
  if (!alike && !one_scan_reads_less(parts)) return nullptr;
  Aggregation all{parts[0].rows, {}, {}};
  if (const ExprPtr any = kept_by_any(parts)) all.input = make_resolved(Filter{parts[0].rows, any});
  for (const Part& part : parts)
    for (NamedAggregate aggregate : part.node->aggregates) {
      if (!alike && part.filter != nullptr && !restrict_to(part.filter, aggregate)) return nullptr;
      all.aggregates.push_back(std::move(aggregate));
    }
  return make_resolved(std::move(all));
}

// What lies above a leaf's aggregation, over the columns of the combined one from `first` on.
std::vector<NamedExpr> outputs_of(const Plan& leaf, const Plan& all, uint32_t first) {
  std::vector<NamedExpr> outputs;
  if (const auto* project = std::get_if<Project>(&leaf.node)) {
    const std::vector<NamedExpr> below = outputs_of(*project->input, all, first);
    for (const NamedExpr& column : project->columns)
      outputs.push_back({map_columns(column.expr, [&](uint32_t index) { return below[index].expr; }), column.name});
    return outputs;
  }
  for (uint32_t i = 0; i < leaf.schema.size(); ++i)
    outputs.push_back({column_of(all.schema, first + i), leaf.schema[i].name});
  return outputs;
}

// The first parts of which several are over the same rows; fewer than two: there are none.
std::vector<Part> over_same_rows(const std::vector<PlanPtr>& leaves) {
  std::vector<Part> parts;
  for (size_t i = 0; i < leaves.size(); ++i)
    if (std::optional<Part> part = part_of(leaves[i], i)) parts.push_back(std::move(*part));
  for (const Part& first : parts) {
    std::vector<Part> alike;
    for (const Part& part : parts)
      if (same(*part.rows, *first.rows)) alike.push_back(part);
    if (alike.size() > 1) return alike;
  }
  return {};
}

// The product of the leaves, its columns in their order, with the parts made by one aggregation at the first one's place.
PlanPtr product_of(const std::vector<PlanPtr>& leaves, const std::vector<Part>& parts, const PlanPtr& all) {
  std::vector<NamedExpr> shared;
  std::vector<uint32_t> first_of_leaf(leaves.size(), 0);
  uint32_t aggregates = 0;
  for (const Part& part : parts) {
    first_of_leaf[part.leaf] = static_cast<uint32_t>(shared.size());
    for (NamedExpr& output : outputs_of(*leaves[part.leaf], *all, aggregates)) shared.push_back(std::move(output));
    aggregates += static_cast<uint32_t>(part.node->aggregates.size());
  }
  const PlanPtr outputs = make_resolved(Project{all, shared});
  const auto is_part = [&](size_t leaf) {
    return std::ranges::any_of(parts, [&](const Part& part) { return part.leaf == leaf; });
  };
  PlanPtr product;
  uint32_t columns = 0, first_shared = 0;
  for (size_t i = 0; i < leaves.size(); ++i) {
    const bool is_first = i == parts[0].leaf;
    if (is_part(i) && !is_first) continue;
    if (is_first) first_shared = columns;
    if (!is_part(i)) first_of_leaf[i] = columns;
    const PlanPtr& next = is_first ? outputs : leaves[i];
    columns += static_cast<uint32_t>(next->schema.size());
    product = product == nullptr ? next : make_resolved(Join{product, next, JoinKind::kInner, {}, nullptr});
  }
  std::vector<uint32_t> place;
  for (size_t i = 0; i < leaves.size(); ++i)
    for (uint32_t k = 0; k < leaves[i]->schema.size(); ++k)
      place.push_back(first_of_leaf[i] + (is_part(i) ? first_shared : 0) + k);
  return projected(product, place);
}

// A product is looked at as a whole.
PlanPtr with_combined(const PlanPtr& plan) {
  if (is_product(*plan)) {
    std::vector<PlanPtr> leaves;
    add_leaves(plan, leaves);
    const std::vector<Part> parts = over_same_rows(leaves);
    if (const PlanPtr all = parts.size() < 2 ? nullptr : combined(parts))
      return with_combined(product_of(leaves, parts, all));
  }
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  for (PlanPtr& input : inputs) input = with_combined(input);
  return inputs == inputs_of(*plan) ? plan : with_inputs(*plan, std::move(inputs));
}

}  // namespace

Result<PlanPtr> combine_aggregations(const PlanPtr& plan, const OptimizeContext&) { return with_combined(plan); }

}  // namespace headrace
