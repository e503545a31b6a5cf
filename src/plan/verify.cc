#include <fmt/format.h>

#include <string>

#include "base/overloaded.h"
#include "plan/plan.h"

namespace headrace {

namespace {

Error broken(std::string message, std::string where) {
  return {ErrorCode::kInvalidPlan, std::move(message), std::move(where),
          "this plan was changed by hand or by a faulty pass; look at it with explain"};
}

Status verify_expr(const Expr& expr, const Schema& input) {
  return std::visit(
      Overloaded{[&](const ColumnIndex& n) -> Status {
                   if (n.index >= input.size())
                     return broken(
                         fmt::format("column index {} is beyond the input's {} columns", n.index, input.size()),
                         to_text(expr));
                   const Column& column = input[n.index];
                   if (column.type != expr.type)
                     return broken(fmt::format("column {} is {} in the input, {} in the expression", n.index,
                                               to_text(column.type), to_text(expr.type)),
                                   to_text(expr));
                   if (column.nullable && !expr.nullable)
                     return broken(fmt::format("column {} may be null, but is used as if it never were", n.index),
                                   to_text(expr));
                   return kDone;
                 },
                 [&](const Literal& n) -> Status {
                   if (n.value.type != expr.type || expr.type.id == TypeId::kNull)
                     return broken("a literal has no type or another one than its value", to_text(expr));
                   return kDone;
                 },
                 [&](const Call& n) -> Status {
                   if (n.overload == nullptr) return broken("a call names no overload", to_text(expr));
                   if (!n.overload->gives(expr.type.id) || n.overload->arguments.size() != n.arguments.size())
                     return broken(fmt::format("the call does not fit overload {}", n.overload->symbol), to_text(expr));
                   for (size_t i = 0; i < n.arguments.size(); ++i) {
                     if (!n.overload->accepts(i, n.arguments[i]->type.id))
                       return broken(fmt::format("argument {} of {} has type {}", i + 1, n.overload->symbol,
                                                 to_text(n.arguments[i]->type)),
                                     to_text(expr));
                     TRY_STATUS(verify_expr(*n.arguments[i], input));
                   }
                   return kDone;
                 },
                 [&](const auto&) -> Status { return broken("the expression is not resolved", to_text(expr)); }},
      expr.node);
}

Status verify_bool(const Expr& expr, const Schema& input) {
  if (expr.type != kBool) return broken(fmt::format("a predicate is {}, not bool", to_text(expr.type)), to_text(expr));
  return verify_expr(expr, input);
}

Status verify_scan(const TablePtr& table, const std::vector<uint32_t>& columns) {
  if (table == nullptr) return broken("a scan has no table", "");
  for (const uint32_t index : columns)
    if (index >= table->schema().size())
      return broken(fmt::format("a scan reads column {} of {}", index, table->schema().size()), table->describe());
  return kDone;
}

Status verify_aggregation(const Aggregation& n) {
  const Schema& input = n.input->schema;
  for (const NamedExpr& key : n.keys) TRY_STATUS(verify_expr(*key.expr, input));
  for (const NamedAggregate& aggregate : n.aggregates) {
    if (aggregate.overload == nullptr) return broken("an aggregate names no overload", aggregate.name);
    const AggregateOverload& overload = *aggregate.overload;
    bool fits = overload.arguments.size() == aggregate.arguments.size() && overload.gives(aggregate.type.id);
    for (size_t i = 0; fits && i < aggregate.arguments.size(); ++i)
      fits = overload.accepts(i, aggregate.arguments[i]->type.id);
    if (!fits) return broken(fmt::format("the aggregate does not fit {}", aggregate.overload->symbol), aggregate.name);
    for (const ExprPtr& argument : aggregate.arguments) TRY_STATUS(verify_expr(*argument, input));
    if (aggregate.filter != nullptr) TRY_STATUS(verify_bool(*aggregate.filter, input));
    for (const SortKey& key : aggregate.order) TRY_STATUS(verify_expr(*key.expr, input));
  }
  if (n.window_us > 0 && (n.keys.empty() || !is_integer(n.keys[0].expr->type)) &&
      (n.keys.empty() || n.keys[0].expr->type != kTimestamp))
    return broken("a windowed aggregation's first key must be the window's start", "");
  return kDone;
}

Status verify_join(const Join& n) {
  for (const auto& [left, right, nulls_equal] : n.keys) {
    TRY_STATUS(verify_expr(*left, n.left->schema));
    TRY_STATUS(verify_expr(*right, n.right->schema));
    if (left->type != right->type)
      return broken(fmt::format("join keys have types {} and {}", to_text(left->type), to_text(right->type)),
                    to_text(*left));
  }
  return n.condition == nullptr ? Status(kDone) : verify_bool(*n.condition, pair_schema(n));
}

Status verify_sort(const std::vector<SortKey>& keys, const Schema& input) {
  if (keys.empty()) return broken("a sort has no key", "");
  for (const SortKey& key : keys) TRY_STATUS(verify_expr(*key.expr, input));
  return kDone;
}

Status verify_union(const UnionAll& n) {
  if (n.inputs.empty()) return broken("UNION ALL has no input", "");
  const Schema& first = n.inputs[0]->schema;
  for (const PlanPtr& input : n.inputs) {
    if (input->schema.size() != first.size())
      return broken("inputs of UNION ALL differ in their number of columns", "");
    for (size_t i = 0; i < first.size(); ++i)
      if (input->schema[i].type != first[i].type)
        return broken(fmt::format("inputs of UNION ALL differ in the type of column {}", i + 1), first[i].name);
  }
  return kDone;
}

// That every WorkingRows of the recursion in its step has the types of what it reads.
Status verify_working_rows(const Plan& step, const Recursion& recursion) {
  if (const auto* inner = std::get_if<Recursion>(&step.node); inner != nullptr && inner->id == recursion.id)
    return verify_working_rows(*inner->base, recursion);
  if (const auto* rows = std::get_if<WorkingRows>(&step.node); rows != nullptr && rows->id == recursion.id) {
    const Schema& base = recursion.base->schema;
    if (rows->columns.size() != base.size())
      return broken("working rows differ from their recursion in the number of columns", fmt::format("{}", rows->id));
    for (size_t i = 0; i < base.size(); ++i)
      if (rows->columns[i].type != base[i].type || !rows->columns[i].nullable)
        return broken(fmt::format("working rows have column {} as {}, expected {} with nulls", i + 1,
                                  to_text(rows->columns[i].type), to_text(base[i].type)),
                      rows->columns[i].name);
  }
  for (const PlanPtr& input : inputs_of(step)) TRY_STATUS(verify_working_rows(*input, recursion));
  return kDone;
}

Status verify_recursion(const Recursion& n) {
  const Schema &base = n.base->schema, &step = n.step->schema;
  if (base.empty() || base.size() != step.size())
    return broken(fmt::format("a recursion begins with {} columns and goes on with {}", base.size(), step.size()), "");
  for (size_t i = 0; i < base.size(); ++i)
    if (base[i].type != step[i].type)
      return broken(fmt::format("a recursion changes the type of column {}", i + 1), base[i].name);
  return verify_working_rows(*n.step, n);
}

Status verify_values(const Values& n) {
  for (const auto& row : n.rows) {
    if (row.size() != n.columns.size()) return broken("a row of values has another length than the columns", "");
    for (size_t i = 0; i < row.size(); ++i) {
      if (!std::holds_alternative<Literal>(row[i]->node)) return broken("a value is no literal", to_text(*row[i]));
      if (row[i]->type != n.columns[i].type) return broken("a value has not its column's type", to_text(*row[i]));
      if (row[i]->nullable && !n.columns[i].nullable)
        return broken("a value is null in a column that is never null", to_text(*row[i]));
    }
  }
  return kDone;
}

Status verify_write_all(const WriteAll& n) {
  if (n.inputs.empty()) return broken("writes nothing", "");
  for (const PlanPtr& input : n.inputs)
    if (!std::holds_alternative<Write>(input->node)) return broken("an input is no Write", "");
  return kDone;
}

Status verify_node(const Plan& plan) {
  return std::visit(
      Overloaded{[](const ScanFile& n) -> Status {
                   TRY_STATUS(verify_scan(n.table, n.columns));
                   if (n.checked.has_value()) TRY_STATUS(verify_scan(n.table, *n.checked));
                   for (const FieldPath& path : n.fields)
                     if (!is_path(n.table->schema(), path))
                       return broken("a scan reads a field that is none", n.table->describe());
                   const Schema output = derive_schema(Plan{n, {}});
                   for (const ExprPtr& conjunct : n.pruning) TRY_STATUS(verify_bool(*conjunct, output));
                   return kDone;
                 },
                 [](const ScanTable& n) { return verify_scan(n.table, n.columns); },
                 [](const Range& n) -> Status {
                   if (n.end < n.begin) return broken("a range ends before it begins", "");
                   return kDone;
                 },
                 [](const OneRow&) -> Status { return kDone; },
                 [](const Values& n) { return verify_values(n); },
                 [](const SetOperation&) -> Status { return broken("a set operation is left in a resolved plan", ""); },
                 [](const Repeat& n) -> Status {
                   const Schema& input = n.input->schema;
                   if (n.count >= input.size() || input[n.count].type != kInt64 || input[n.count].nullable)
                     return broken("a count of rows is not an int64 that is never null", fmt::format("#{}", n.count));
                   return kDone;
                 },
                 [](const Unnest& n) -> Status {
                   if (n.count->type != kInt64) return broken("a count of copies is not an int64", to_text(*n.count));
                   return verify_expr(*n.count, n.input->schema);
                 },
                 [](const ScalarRow&) -> Status { return kDone; },
                 [](const Recursion& n) { return verify_recursion(n); },
                 [](const WorkingRows&) -> Status { return kDone; },
                 [](const Filter& n) { return verify_bool(*n.predicate, n.input->schema); },
                 [](const Project& n) -> Status {
                   for (const NamedExpr& column : n.columns) TRY_STATUS(verify_expr(*column.expr, n.input->schema));
                   return kDone;
                 },
                 [](const Aggregation& n) { return verify_aggregation(n); },
                 [](const Join& n) { return verify_join(n); },
                 [](const Sort& n) { return verify_sort(n.keys, n.input->schema); },
                 [](const TopN& n) { return verify_sort(n.keys, n.input->schema); },
                 [](const Limit&) -> Status { return kDone; },
                 [](const Sample& n) { return verify(n.spec); },
                 [](const UnionAll& n) { return verify_union(n); },
                 [](const Alias& n) -> Status { return broken("an alias is left in a resolved plan", n.name); },
                 [](const Write& n) -> Status {
                   if (n.path.empty()) return broken("a write has no path", "");
                   return kDone;
                 },
                 [](const WriteAll& n) { return verify_write_all(n); }},
      plan.node);
}

}  // namespace

Status verify(const Plan& plan) {
  for (const PlanPtr& input : inputs_of(plan)) {
    if (input == nullptr) return broken("a node has no input", "");
    TRY_STATUS(verify(*input));
  }
  if (auto status = verify_node(plan); !status.ok()) {
    Error error = status.error();
    const std::string text = to_text(plan);
    error.where = fmt::format("{} in {}", error.where, text.substr(0, text.find('\n')));
    return error;
  }
  const Schema expected = derive_schema(plan);
  if (expected != plan.schema)
    return broken(fmt::format("the schema is {}, expected {}", to_text(plan.schema), to_text(expected)), "");
  return kDone;
}

}  // namespace headrace
