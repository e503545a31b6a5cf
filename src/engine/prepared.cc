#include "engine/prepared.h"

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "engine/run_statement.h"
#include "expr/lexer.h"
#include "expr/typing.h"
#include "types/nested_type.h"
#include "types/value.h"

namespace headrace {

namespace {

using Answer = Result<std::shared_ptr<const RowsCore>>;

// Where a statement may have parameters.
struct Places {
  std::vector<PlanPtr*> plans;
  std::vector<ExprPtr*> expressions;
};

Result<Places> places_of(Statement& statement) {
  if (auto* query = std::get_if<QueryStatement>(&statement.node)) return Places{{&query->plan}, {}};
  if (auto* insert = std::get_if<InsertStatement>(&statement.node)) return Places{{&insert->query}, {}};
  if (auto* removal = std::get_if<DeleteStatement>(&statement.node)) return Places{{}, {&removal->condition}};
  if (auto* update = std::get_if<UpdateStatement>(&statement.node)) {
    Places places{{}, {&update->condition}};
    for (auto& [name, value] : update->columns) places.expressions.push_back(&value);
    return places;
  }
  return Error{ErrorCode::kUnsupported, "only a query, INSERT, UPDATE and DELETE take parameters", "",
               "write the values into the text"};
}

Result<ParameterValues> values_of(SessionCore& session, const ExecuteStatement& statement) {
  ParameterValues values;
  for (const auto& [name, written] : statement.arguments) {
    TRY(value, parameter_value(session, name, written));
    values.emplace_back(name, value);
  }
  return values;
}

// An error in a prepared statement shows its text, not that of EXECUTE.
Error in_prepared(Error error, const PrepareStatement& prepared) {
  error = with_excerpt(std::move(error), prepared.text);
  error.where = error.where.empty() ? fmt::format("the prepared statement {}", prepared.name)
                                    : fmt::format("{} of the prepared statement {}", error.where, prepared.name);
  return error;
}

Error no_such_statement(const SessionCore& session, const std::string& name, TextPosition where) {
  std::vector<std::string> known;
  for (const auto& [key, prepared] : session.prepared) known.push_back(prepared.name);
  return {ErrorCode::kInvalidPlan, fmt::format("there is no prepared statement '{}'", name), to_text(where),
          did_you_mean(name, known)};
}

}  // namespace

Result<Literal> parameter_value(SessionCore& session, const std::string& name, const ExprPtr& written) {
  if (const auto* given = std::get_if<Literal>(&written->node)) return *given;
  TRY(rows, run_plan(session, *make_plan(Project{make_plan(OneRow{}), {{written, name}}})));
  Value value = value_at(rows->batches.at(0).columns.at(0), 0);
  const auto untyped = resolve_untyped(*written, {});
  if (untyped.ok() && is_nested(value.type.id) && fills_nulls(untyped.value()->type, value.type))
    value.type = untyped.value()->type;  // [] still takes the type of what it meets
  return Literal{std::move(value), /*typed=*/true};
}

Result<Statement> with_values(const Statement& statement, const ParameterValues& values) {
  Statement changed = statement;
  TRY(places, places_of(changed));
  std::vector<std::string> names;
  for (const PlanPtr* plan : places.plans) note_parameters(*plan, names);
  for (const ExprPtr* expr : places.expressions) note_parameters(*expr, names);
  TRY_STATUS(check_parameters(names, values));
  for (PlanPtr* plan : places.plans) {
    TRY(filled, with_parameters(*plan, values));
    *plan = filled;
  }
  for (ExprPtr* expr : places.expressions) {
    TRY(filled, with_parameters(*expr, values));
    *expr = filled;
  }
  return changed;
}

Answer prepare(SessionCore& session, const PrepareStatement& statement) {
  session.prepared.insert_or_assign(to_lower(statement.name), statement);
  return no_rows(session);
}

Answer execute(SessionCore& session, const ExecuteStatement& statement) {
  const auto at = session.prepared.find(to_lower(statement.name));
  if (at == session.prepared.end()) return no_such_statement(session, statement.name, statement.where);
  const PrepareStatement prepared = at->second;
  TRY(values, values_of(session, statement));
  TRY(filled, with_values(*prepared.statement, values));
  auto rows = run_statement(session, filled);
  if (!rows.ok()) return in_prepared(rows.error(), prepared);
  return rows;
}

Answer deallocate(SessionCore& session, const DeallocateStatement& statement) {
  if (statement.name.empty())
    session.prepared.clear();
  else if (session.prepared.erase(to_lower(statement.name)) == 0)
    return no_such_statement(session, statement.name, {});
  return no_rows(session);
}

}  // namespace headrace
