// WITH RECURSIVE: the columns have the names and types of the rows that it begins with, and may all be null.
#include <fmt/format.h>

#include <utility>

#include "expr/coerce.h"
#include "plan/resolver.h"

namespace headrace {

Result<Bound> Resolver::bind_recursion(const Recursion& node) {
  TRY(first, bind(*node.base));
  TRY(base, with_whole_types(first.plan));
  Schema columns = base->schema;
  for (Column& column : columns) column.nullable = true;
  const std::map<uint32_t, Schema> around = working_;  // a view's recursion may have the id of one around it
  working_[node.id] = columns;
  auto bound = bind(*node.step);
  working_ = around;
  TRY(step, std::move(bound));
  const Schema& given = step.plan->schema;
  if (given.size() != columns.size())
    return Error{ErrorCode::kInvalidPlan,
                 fmt::format("a recursive query expects the same number of columns from both parts, found {} and {}",
                             columns.size(), given.size()),
                 to_text(node.where), ""};
  Project cast{step.plan, {}};
  bool differs = false;
  for (uint32_t i = 0; i < columns.size(); ++i) {
    const ExprPtr column = untyped_column_of(*step.plan, i);
    TRY(converted, cast_expr(column->type == kNullType ? literal(null_value(kNullType)) : column, columns[i].type));
    differs = differs || given[i].type != columns[i].type;
    cast.columns.push_back({converted, columns[i].name});
  }
  const PlanPtr same_types = differs ? make_resolved(std::move(cast)) : step.plan;
  const PlanPtr rows = make_resolved(Recursion{base, same_types, node.id, node.distinct, node.where});
  return Bound{rows, scope_of(rows->schema, "")};
}

Result<Bound> Resolver::bind_working_rows(const WorkingRows& node) {
  const auto at = working_.find(node.id);
  if (at == working_.end())
    return Error{ErrorCode::kInvalidPlan, "a recursive query reads itself where there are no rows of it",
                 to_text(node.where),
                 "only the last part of its UNION may read it, but not in LIMIT and OFFSET: first rows UNION ALL "
                 "SELECT … FROM the query"};
  const PlanPtr rows = make_resolved(WorkingRows{node.id, at->second, node.where});
  return Bound{rows, scope_of(rows->schema, "")};
}

}  // namespace headrace
