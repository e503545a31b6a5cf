// Grouping of rows that are groups already: where the keys of an aggregation tell its rows apart (optimize/unique_rows.h), each group is one row.
//   - The aggregation becomes a projection, if each of its aggregates of one row is known: DISTINCT over GROUP BY, count(*).
//   - DISTINCT inside an aggregate goes away where keys and arguments together tell the rows apart.
//   - The right side of a semi, anti or mark join need not be distinct: copies change nothing about who finds a match. Only where there are none, or
//     the estimate sees few: a join table keeps them all.
// An aggregation reads its keys and arguments: none may fault. A group's key is a stored value, which is not the row's where equal values
// differ (−0 and +0): such keys stay, unless they are groups' keys already. Groups have no order, and a row's order must not become visible to
// a limit or to ties of a sort.
#include <algorithm>

#include "optimize/equal_values.h"
#include "optimize/estimate.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "optimize/unique_rows.h"

namespace headrace {

namespace {

// Of rows by group of a build side, the most for which the join may keep all of them.
constexpr double kCopiesMax = 1.5;

// These give the only value of a group, null for null.
constexpr std::string_view kOfOneValue[] = {"min",     "max",      "first",   "last",  "any_value",
                                            "bool_or", "bool_and", "bit_and", "bit_or"};

// Whether the value is one of a key's of a group, in the form that groups store.
bool is_group_key(const Plan& plan, uint32_t column) {
  if (const auto* aggregation = std::get_if<Aggregation>(&plan.node)) return column < aggregation->keys.size();
  if (const auto* project = std::get_if<Project>(&plan.node)) {
    const auto* below = std::get_if<ColumnIndex>(&project->columns[column].expr->node);
    return below != nullptr && is_group_key(*project->input, below->index);
  }
  if (const auto* filter = std::get_if<Filter>(&plan.node)) return is_group_key(*filter->input, column);
  if (const auto* sort = std::get_if<Sort>(&plan.node)) return is_group_key(*sort->input, column);
  return false;
}

bool stays_as_key(const Expr& key, const Plan& input) {
  if (equal_is_same(key.type)) return true;
  const auto* column = std::get_if<ColumnIndex>(&key.node);
  return column != nullptr && is_group_key(input, column->index);
}

ExprPtr one_row(Type type) {
  return std::make_shared<const Expr>(Expr{Literal{Value{type, int64_t{1}}}, type, false, {}});
}

// The aggregate of one row; nullptr: it is not known without computing it.
ExprPtr of_one_row(const NamedAggregate& one, const Plan& input) {
  const std::string_view name = one.overload->aggregate->name;
  if (one.filter != nullptr) return nullptr;
  if (name == "count") {
    const bool counts = one.arguments.empty() || never_null(*one.arguments[0], input);
    return counts && one.type == kInt64 ? one_row(one.type) : nullptr;
  }
  if (std::ranges::find(kOfOneValue, name) == std::end(kOfOneValue) || one.arguments.size() != 1) return nullptr;
  const Expr& value = *one.arguments[0];
  return value.type == one.type && equal_is_same(value.type) ? one.arguments[0] : nullptr;
}

// The projection that the aggregation is; nullptr: it is none.
PlanPtr as_projection(const Aggregation& node) {
  Project project{node.input, {}};
  for (const NamedExpr& key : node.keys) {
    if (!stays_as_key(*key.expr, *node.input)) return nullptr;
    project.columns.push_back(key);
  }
  for (const NamedAggregate& one : node.aggregates) {
    ExprPtr value = of_one_row(one, *node.input);
    if (value == nullptr) return nullptr;
    project.columns.push_back({std::move(value), one.name});
  }
  return make_resolved(std::move(project));
}

PlanPtr without_distinct_arguments(const PlanPtr& plan, const Aggregation& node) {
  Aggregation result = node;
  bool changed = false;
  for (NamedAggregate& one : result.aggregates) {
    if (!one.distinct) continue;
    std::vector<uint32_t> columns = columns_among(node.keys);
    for (const ExprPtr& argument : one.arguments)
      if (const auto* column = std::get_if<ColumnIndex>(&argument->node)) columns.push_back(column->index);
    if (!tells_rows_apart(columns, *node.input)) continue;
    one.distinct = false;
    changed = true;
  }
  return changed ? make_resolved(std::move(result)) : plan;
}

PlanPtr grouped_once(const PlanPtr& plan, const Aggregation& node, bool order_is_seen) {
  if (node.window_us > 0 || node_can_fault(*plan)) return plan;
  const bool hides_order = !order_is_seen || !is_ordered(*node.input);
  if (!node.keys.empty() && hides_order && tells_rows_apart(columns_among(node.keys), *node.input))
    if (PlanPtr projection = as_projection(node)) return projection;
  return without_distinct_arguments(plan, node);
}

// The rows that an aggregation of keys alone, below projections that cannot fault, makes distinct; `plan` itself when it is none.
PlanPtr with_copies(const PlanPtr& plan) {
  if (const auto* project = std::get_if<Project>(&plan->node); project != nullptr && !has_pending_faults(*plan)) {
    const PlanPtr input = with_copies(project->input);
    return input == project->input ? plan : make_resolved(Project{input, project->columns});
  }
  const auto* node = std::get_if<Aggregation>(&plan->node);
  if (node == nullptr || node->keys.empty() || !node->aggregates.empty() || node->window_us > 0) return plan;
  const auto is_same = [](const NamedExpr& key) { return equal_is_same(key.expr->type); };
  if (!std::ranges::all_of(node->keys, is_same)) return plan;
  if (node_can_fault(*plan)) return plan;
  const std::optional<double> rows = estimate_rows(*node->input), groups = estimate_rows(*plan);
  const bool has_few_copies = rows && groups && *rows <= *groups * kCopiesMax;
  if (!has_few_copies && !tells_rows_apart(columns_among(node->keys), *node->input)) return plan;
  return make_resolved(Project{node->input, node->keys});
}

PlanPtr without_distinct(const PlanPtr& plan, bool order_is_seen) {
  const bool below = sees_order(*plan, order_is_seen);
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  const auto* join = std::get_if<Join>(&plan->node);
  if (join != nullptr && !gives_right_columns(join->kind)) inputs[1] = with_copies(inputs[1]);
  for (PlanPtr& input : inputs) input = without_distinct(input, below);
  const PlanPtr node = inputs == inputs_of(*plan) ? plan : with_inputs(*plan, std::move(inputs));
  const auto* aggregation = std::get_if<Aggregation>(&node->node);
  return aggregation == nullptr ? node : grouped_once(node, *aggregation, order_is_seen);
}

}  // namespace

// What the result's rows have no order for may come in one.
Result<PlanPtr> drop_distinct(const PlanPtr& plan, const OptimizeContext&) { return without_distinct(plan, false); }

}  // namespace headrace
