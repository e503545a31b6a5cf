#include "optimize/empty.h"

#include <algorithm>

#include "base/overloaded.h"
#include "optimize/rewrite.h"

namespace headrace {

namespace {

bool carries_faults(const Join& node) { return has_pending_faults(*node.left) || has_pending_faults(*node.right); }

// The node itself: what it reads of its rows, not what it computes and hands on.
bool node_reads_faults(const Plan& plan) {
  if (std::holds_alternative<Project>(plan.node)) return false;
  if (const auto* join = std::get_if<Join>(&plan.node); join != nullptr && carries_faults(*join)) return true;
  if (const auto* limit = std::get_if<Limit>(&plan.node)) return has_pending_faults(*limit->input);
  if (std::holds_alternative<Write>(plan.node)) return true;
  if (const auto* scan = std::get_if<ScanFile>(&plan.node)) return scan->table->checks_values();  // bad records
  return node_can_fault(plan);
}

ExprPtr null_of(const Column& column) {
  return std::make_shared<const Expr>(Expr{Literal{null_value(column.type)}, column.type, true, {}});
}

void add_columns(const Schema& schema, std::vector<NamedExpr>& columns) {
  for (uint32_t index = 0; index < schema.size(); ++index)
    columns.push_back({column_of(schema, index), schema[index].name});
}
void add_nulls(const Schema& schema, std::vector<NamedExpr>& columns) {
  for (const Column& column : schema) columns.push_back({null_of(column), column.name});
}

// The join with an empty left side; nullptr: it stays.
PlanPtr without_left(const Join& node, const Schema& schema) {
  if (!keeps_right_rows(node.kind)) return empty_of(schema);
  Project result{node.right, {}};
  add_nulls(node.left->schema, result.columns);
  add_columns(node.right->schema, result.columns);
  return make_resolved(std::move(result));
}

PlanPtr without_right(const Join& node, const Schema& schema) {
  if (node.kind == JoinKind::kAnti) return node.left;
  if (node.kind != JoinKind::kMark && !keeps_left_rows(node.kind)) return empty_of(schema);
  Project result{node.left, {}};
  add_columns(node.left->schema, result.columns);
  if (node.kind == JoinKind::kMark)
    result.columns.push_back({literal(Value{kBool, false}), schema.back().name});
  else
    add_nulls(node.right->schema, result.columns);
  return make_resolved(std::move(result));
}

PlanPtr join_without_empty(const PlanPtr& plan, const Join& node) {
  const bool left = is_empty(*node.left), right = is_empty(*node.right);
  if ((!left && !right) || carries_faults(node) || node_can_fault(*plan)) return plan;
  const PlanPtr result = left ? without_left(node, plan->schema) : without_right(node, plan->schema);
  // The side that goes has been read.
  if (!is_empty(*result)) return result;
  return reads_can_fault(*plan) ? plan : result;
}

PlanPtr union_without_empty(const PlanPtr& plan, const UnionAll& node) {
  UnionAll rest;
  for (const PlanPtr& input : node.inputs)
    if (!is_empty(*input)) rest.inputs.push_back(input);
  if (rest.inputs.size() == node.inputs.size()) return plan;
  if (rest.inputs.empty()) return empty_of(plan->schema);
  if (rest.inputs.size() > 1 && rest.inputs[0] == node.inputs[0]) return make_resolved(std::move(rest));
  // The first input has given the names.
  for (PlanPtr& input : rest.inputs) {
    Project named{input, {}};
    add_columns(input->schema, named.columns);
    for (size_t i = 0; i < named.columns.size(); ++i) named.columns[i].name = plan->schema[i].name;
    input = make_resolved(std::move(named));
  }
  return rest.inputs.size() == 1 ? rest.inputs[0] : make_resolved(std::move(rest));
}

PlanPtr simplified(const PlanPtr& plan) {
  const auto over_one = [&](const PlanPtr& input) { return is_empty(*input) ? empty_of(plan->schema) : plan; };
  return std::visit(
      Overloaded{[&](const Filter& n) { return over_one(n.input); },
                 [&](const Project& n) { return over_one(n.input); }, [&](const Sort& n) { return over_one(n.input); },
                 [&](const TopN& n) { return over_one(n.input); }, [&](const Limit& n) { return over_one(n.input); },
                 [&](const Sample& n) { return over_one(n.input); }, [&](const Repeat& n) { return over_one(n.input); },
                 [&](const Aggregation& n) { return n.keys.empty() ? plan : over_one(n.input); },
                 [&](const Join& n) { return join_without_empty(plan, n); },
                 [&](const UnionAll& n) { return union_without_empty(plan, n); },
                 [&](const ScalarRow& n) -> PlanPtr {
                   if (!is_empty(*n.input)) return plan;
                   Project nulls{make_resolved(OneRow{}), {}};
                   add_nulls(plan->schema, nulls.columns);
                   return make_resolved(std::move(nulls));
                 },
                 [&](const auto&) { return plan; }},
      plan->node);
}

}  // namespace

bool reads_can_fault(const Plan& plan) {
  if (node_reads_faults(plan)) return true;
  const std::vector<PlanPtr> inputs = inputs_of(plan);
  return std::any_of(inputs.begin(), inputs.end(), [](const PlanPtr& input) { return reads_can_fault(*input); });
}

bool is_empty(const Plan& plan) {
  const auto* values = std::get_if<Values>(&plan.node);
  return values != nullptr && values->rows.empty();
}

PlanPtr empty_of(const Schema& schema) { return make_resolved(Values{{}, schema}); }

PlanPtr without_empty(const PlanPtr& plan, bool keeps_order) {
  PlanPtr result = simplified(plan);
  return keeps_order && is_ordered(*result) != is_ordered(*plan) ? plan : result;
}

}  // namespace headrace
