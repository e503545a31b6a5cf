// Filters move towards the scans, and equalities over a cross product become join keys.
//
// Which rows fault is part of the answer. A conjunct moves below an operator only if
//   - it cannot fault itself: below, it meets rows that the operator would have removed;
//   - nothing that the operator reads can fault: it would no longer read the rows that the conjunct removes. A projection
//     reads nothing: its values fault where they are read (optimize/rewrite.h);
//   - it is never null, where a sibling of its AND can fault: null AND fault is a fault, false AND fault is not.
#include <algorithm>
#include <optional>

#include "base/check.h"
#include "optimize/disjunctions.h"
#include "optimize/equal_values.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

using Conjuncts = std::vector<ExprPtr>;

constexpr uint64_t kConjunctNodesMax = 256;  // a larger one is computed once, above, instead of again below

PlanPtr push(const PlanPtr& plan, Conjuncts above);

// The node over inputs that are optimised on their own, under the conjuncts that cannot pass it.
PlanPtr stop_at(const PlanPtr& plan, const Conjuncts& above) {
  std::vector<PlanPtr> inputs = inputs_of(*plan);
  for (PlanPtr& input : inputs) input = push(input, {});
  return filtered(inputs.empty() ? plan : with_inputs(*plan, std::move(inputs)), above);
}

// The scan may skip what a conjunct says never holds; whoever filters stays above.
PlanPtr with_pruning(const ScanFile& node, const Conjuncts& conjuncts) {
  ScanFile scan = node;
  for (const ExprPtr& one : conjuncts) {
    const auto known = [&](const ExprPtr& other) { return same(*one, *other); };
    if (!is_constant(*one) && std::none_of(scan.pruning.begin(), scan.pruning.end(), known))
      scan.pruning.push_back(one);
  }
  return make_resolved(std::move(scan));
}

// Comparisons, or an OR of them, that are null when one column is, the only one that they read: without that column they cannot
// fault. Nothing: another expression.
std::optional<uint32_t> only_column(const Expr& expr, bool top = true) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr.node)) return column->index;
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr || call->overload == nullptr) return std::nullopt;
  const bool any = top && call->function == "or";
  if (!any && call->overload->function->contract.nulls != Nulls::kPropagate) return std::nullopt;
  std::optional<uint32_t> only;
  for (const ExprPtr& argument : call->arguments) {
    if (!any && std::holds_alternative<Literal>(argument->node)) continue;
    const std::optional<uint32_t> one = only_column(*argument, any);
    if (!one || (only && *only != *one)) return std::nullopt;
    only = one;
  }
  return only;
}

// Of conjuncts that can fault, those by which a scan may skip all the same: a scan leaves out what it proves to be false without a fault, or null
// since the column is null; and then no other can fault, since each reads that column.
Conjuncts pruning_among(const Conjuncts& harmful) {
  if (harmful.empty()) return {};
  const std::optional<uint32_t> column = only_column(*harmful.front());
  const auto over_it = [&](const ExprPtr& one) { return only_column(*one) == column; };
  return column && std::ranges::all_of(harmful, over_it) ? harmful : Conjuncts{};
}

// Tells the scan below projections, if that is what the plan is.
PlanPtr tell_scan(const PlanPtr& plan, Conjuncts conjuncts) {
  if (conjuncts.empty()) return plan;
  if (const auto* scan = std::get_if<ScanFile>(&plan->node)) return with_pruning(*scan, conjuncts);
  const auto* project = std::get_if<Project>(&plan->node);
  if (project == nullptr) return plan;
  for (ExprPtr& one : conjuncts) one = map_columns(one, [&](uint32_t index) { return project->columns[index].expr; });
  const auto over_a_column = [](const ExprPtr& one) { return only_column(*one).has_value(); };
  if (!std::ranges::all_of(conjuncts, over_a_column)) return plan;
  const PlanPtr input = tell_scan(project->input, std::move(conjuncts));
  return input == project->input ? plan : make_resolved(Project{input, project->columns});
}

PlanPtr push_through_filter(const Filter& node, Conjuncts above) {
  const Conjuncts own = conjuncts_of(node.predicate);
  const auto harmful = [&](const ExprPtr& one) { return read_can_fault(*one, *node.input); };
  if (std::none_of(own.begin(), own.end(), harmful)) {
    Conjuncts all = own;
    all.insert(all.end(), above.begin(), above.end());
    return push(node.input, std::move(all));
  }
  Conjuncts down, stay, faulting;
  for (const ExprPtr& one : own) {
    (harmful(one) || one->nullable ? stay : down).push_back(one);
    if (harmful(one)) faulting.push_back(one);
  }
  const PlanPtr input = tell_scan(node.input, pruning_among(faulting));
  return filtered(filtered(push(input, std::move(down)), stay), above);
}

uint64_t count_nodes(const Expr& expr) {
  uint64_t nodes = 1;
  if (const auto* call = std::get_if<Call>(&expr.node))
    for (const ExprPtr& argument : call->arguments) nodes += count_nodes(*argument);
  return nodes;
}

// What the conjunct would be below: every column replaced by what computes it. Repeats multiply.
uint64_t nodes_below(const Expr& conjunct, const std::vector<uint64_t>& column_nodes) {
  uint64_t nodes = count_nodes(conjunct);
  for_each_column(conjunct, [&](uint32_t index) { nodes += column_nodes[index]; });
  return nodes;
}

PlanPtr push_through_project(const Project& node, const Conjuncts& above) {
  std::vector<uint64_t> column_nodes;
  for (const NamedExpr& column : node.columns) column_nodes.push_back(count_nodes(*column.expr));
  Conjuncts below, stay;
  for (const ExprPtr& one : above) {
    if (nodes_below(*one, column_nodes) > kConjunctNodesMax)
      stay.push_back(one);
    else
      below.push_back(map_columns(one, [&](uint32_t index) { return node.columns[index].expr; }));
  }
  return filtered(make_resolved(Project{push(node.input, std::move(below)), node.columns}), stay);
}

// Conjuncts over keys alone remove whole groups, where they do not tell equal keys apart. Without keys there is one group, also of
// no rows.
PlanPtr push_through_aggregation(const PlanPtr& plan, const Aggregation& node, const Conjuncts& above) {
  if (node_can_fault(*plan) || node.keys.empty() || node.window_us > 0) return stop_at(plan, above);
  Conjuncts below, stay;
  for (const ExprPtr& one : above) {
    bool over_keys = same_for_equal_values(*one);
    for_each_column(*one, [&](uint32_t index) { over_keys = over_keys && index < node.keys.size(); });
    if (over_keys)
      below.push_back(map_columns(one, [&](uint32_t index) { return node.keys[index].expr; }));
    else
      stay.push_back(one);
  }
  Aggregation result = node;
  result.input = push(node.input, std::move(below));
  return filtered(make_resolved(std::move(result)), stay);
}

struct Sides {
  bool left = false, right = false;
};
Sides sides_of(const Expr& expr, size_t left_columns) {
  Sides sides;
  for_each_column(expr, [&](uint32_t index) { (index < left_columns ? sides.left : sides.right) = true; });
  return sides;
}

// What an OR over both sides asks of one side in every branch: an OR over that side alone, which removes rows early; the whole
// one is still asked above. nullptr: some branch asks nothing of it.
ExprPtr implied_by(const ExprPtr& conjunct, size_t left_columns, bool of_left) {
  const Conjuncts branches = disjuncts_of(conjunct);
  if (branches.size() < 2) return nullptr;
  Conjuncts implied;
  for (const ExprPtr& branch : branches) {
    Conjuncts parts;
    for (const ExprPtr& one : conjuncts_of(branch)) {
      const Sides sides = sides_of(*one, left_columns);
      if (sides.left == of_left && sides.right != of_left) parts.push_back(one);
    }
    if (parts.empty()) return nullptr;
    implied.push_back(conjunction_of(parts));
  }
  return disjunction_of(implied);
}

// Of the conjuncts that reached an inner join from above. Requires that nothing can fault.
void add_implied(const Conjuncts& above, const Join& join, Conjuncts& left, Conjuncts& right) {
  const size_t left_columns = join.left->schema.size();
  for (const ExprPtr& one : above) {
    const Sides sides = sides_of(*one, left_columns);
    if (!sides.left || !sides.right) continue;
    if (const ExprPtr implied = implied_by(one, left_columns, true); implied && !has_pending_faults(*join.left))
      left.push_back(shift_columns(implied, 0, join.left->schema));
    if (const ExprPtr implied = implied_by(one, left_columns, false); implied && !has_pending_faults(*join.right))
      right.push_back(shift_columns(implied, -static_cast<int64_t>(left_columns), join.right->schema));
  }
}

PlanPtr push_through_join(const PlanPtr& plan, const Join& node, Conjuncts above) {
  if (node_can_fault(*plan)) return stop_at(plan, above);
  const bool inner = node.kind == JoinKind::kInner;
  // A conjunct over one side's columns alone removes rows that no row of the other side needs.
  const bool to_left = !keeps_right_rows(node.kind);
  const bool to_right = gives_right_columns(node.kind) && !keeps_left_rows(node.kind);
  const Schema& left_schema = node.left->schema;
  const Schema& right_schema = node.right->schema;
  Conjuncts left, right, both, stay;
  if (inner) add_implied(above, node, left, right);
  if (inner && node.condition != nullptr) {
    const Conjuncts condition = conjuncts_of(node.condition);
    above.insert(above.begin(), condition.begin(), condition.end());
  }
  Join join = node;
  if (inner) join.condition = nullptr;
  // The join reads every column that it carries.
  const bool left_settled = !has_pending_faults(*node.left), right_settled = !has_pending_faults(*node.right);
  for (const ExprPtr& one : above) {
    const Sides sides = sides_of(*one, left_schema.size());
    if (sides.left && !sides.right && to_left && left_settled)
      left.push_back(shift_columns(one, 0, left_schema));
    else if (sides.right && !sides.left && to_right && right_settled)
      right.push_back(shift_columns(one, -static_cast<int64_t>(left_schema.size()), right_schema));
    else if ((sides.left || sides.right) && inner)
      both.push_back(one);
    else
      stay.push_back(one);
  }
  if (!both.empty()) split_condition(conjunction_of(both), join);
  join.left = push(node.left, std::move(left));
  join.right = push(node.right, std::move(right));
  return filtered(make_resolved(std::move(join)), stay);
}

PlanPtr push_through_union(const UnionAll& node, const Conjuncts& above) {
  UnionAll result;
  for (const PlanPtr& input : node.inputs) {
    Conjuncts below;
    for (const ExprPtr& one : above) below.push_back(shift_columns(one, 0, input->schema));
    result.inputs.push_back(push(input, std::move(below)));
  }
  return make_resolved(std::move(result));
}

// The Filter above still decides.
PlanPtr prune_scan(const ScanFile& node, const Conjuncts& above) { return filtered(with_pruning(node, above), above); }

// `plan` under a Filter of `above`, pushed down. Requires that no conjunct can fault.
PlanPtr push(const PlanPtr& plan, Conjuncts above) {
  DCHECK(std::none_of(above.begin(), above.end(), [&](const ExprPtr& one) { return read_can_fault(*one, *plan); }));
  if (const auto* filter = std::get_if<Filter>(&plan->node)) return push_through_filter(*filter, std::move(above));
  if (const auto* project = std::get_if<Project>(&plan->node)) return push_through_project(*project, above);
  if (const auto* aggregation = std::get_if<Aggregation>(&plan->node))
    return push_through_aggregation(plan, *aggregation, above);
  if (const auto* join = std::get_if<Join>(&plan->node)) return push_through_join(plan, *join, std::move(above));
  if (const auto* all = std::get_if<UnionAll>(&plan->node)) return push_through_union(*all, above);
  if (const auto* scan = std::get_if<ScanFile>(&plan->node)) return prune_scan(*scan, above);
  if (const auto* sort = std::get_if<Sort>(&plan->node); sort != nullptr && !node_can_fault(*plan))
    return make_resolved(Sort{push(sort->input, std::move(above)), sort->keys});
  return stop_at(plan, above);
}

}  // namespace

Result<PlanPtr> push_filters(const PlanPtr& plan, const OptimizeContext&) { return push(plan, {}); }

}  // namespace headrace
