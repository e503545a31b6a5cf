// CREATE TABLE, CREATE VIEW, DROP, TRUNCATE.
#include <fmt/format.h>

#include <algorithm>

#include "engine/run_statement.h"
#include "expr/lexer.h"
#include "expr/typing.h"
#include "io/unique_names.h"

namespace headrace {

namespace {

using Answer = Result<std::shared_ptr<const RowsCore>>;

Error invalid(std::string message, std::string hint) {
  return {ErrorCode::kInvalidPlan, std::move(message), "", std::move(hint)};
}

bool is_view(SessionCore& session, const std::string& name) { return session.catalog.find_view(name) != nullptr; }
bool is_table(SessionCore& session, const std::string& name) { return session.catalog.find_table(name) != nullptr; }

// Whether a table or view is to be made under the name; false: one is there and stays.
Result<bool> may_create(SessionCore& session, const std::string& name, IfExists if_exists, bool view) {
  const char* kind = view ? "VIEW" : "TABLE";
  const bool other = view ? is_table(session, name) : is_view(session, name);
  if (other)
    return invalid(fmt::format("'{}' exists already as a {}", name, view ? "table" : "view"),
                   fmt::format("take another name, or DROP {} {}", view ? "TABLE" : "VIEW", name));
  if (view ? !is_view(session, name) : !is_table(session, name)) return true;
  if (if_exists == IfExists::kError)
    return invalid(fmt::format("{} '{}' exists already", view ? "view" : "table", name),
                   fmt::format("use CREATE OR REPLACE {0}, or CREATE {0} IF NOT EXISTS", kind));
  return if_exists == IfExists::kReplace;
}

Answer create_from_query(SessionCore& session, const CreateTableStatement& statement) {
  PlanPtr query = statement.query;
  if (!statement.names.empty()) query = make_plan(Alias{query, statement.name, statement.names});
  TRY(rows, run_plan(session, *query));
  Schema declared = with_unique_names(rows->schema);
  for (Column& column : declared) column.nullable = true;
  std::vector<ExprPtr> defaults(declared.size());
  const auto table =
      std::make_shared<SessionTable>(statement.name, std::move(declared), std::move(defaults), session.engine->budget);
  TRY_STATUS(table->append(rows->batches));
  session.catalog.register_session_table(table);
  return count_row(session, "rows", rows->rows);
}

Status add_constraints(SessionCore& session, SessionTable& table, const CreateTableStatement& statement) {
  for (const std::vector<std::string>& names : statement.keys) {
    UniqueKey key{.name = "", .columns = {}};
    for (const std::string& name : names) {
      TRY(column, find_column(table, name, {}));
      key.columns.push_back(column);
    }
    TRY_STATUS(table.add_key(std::move(key)));
  }
  for (const ExprPtr& check : statement.checks) table.add_check(check);
  return check_rows(session, table, {});
}

}  // namespace

Answer create_table(SessionCore& session, const CreateTableStatement& statement) {
  TRY(wanted, may_create(session, statement.name, statement.if_exists, false));
  if (!wanted) return no_rows(session);
  if (statement.query != nullptr) return create_from_query(session, statement);
  Schema declared;
  std::vector<ExprPtr> defaults;
  for (const ColumnDefinition& column : statement.columns) {
    const auto is_key = [&](const std::string& name) { return equal_words(name, column.name); };
    declared.push_back(
        {column.name, column.type, !column.not_null && !std::ranges::any_of(statement.not_null, is_key)});
    defaults.push_back(column.default_value);
    if (column.default_value == nullptr) continue;
    const auto constant = resolve_expression(*column.default_value, {});
    if (!constant.ok()) {
      Error error = constant.error();
      error.message = fmt::format("DEFAULT of column '{}' is no constant: {}", column.name, error.message);
      return error;
    }
  }
  const auto table =
      std::make_shared<SessionTable>(statement.name, std::move(declared), std::move(defaults), session.engine->budget);
  TRY_STATUS(add_constraints(session, *table, statement));
  session.catalog.register_session_table(table);
  return no_rows(session);
}

Answer create_view(SessionCore& session, const CreateViewStatement& statement) {
  TRY(wanted, may_create(session, statement.name, statement.if_exists, true));
  if (wanted) session.catalog.register_view(statement.name, statement.plan);
  return no_rows(session);
}

Answer drop(SessionCore& session, const DropStatement& statement) {
  if (statement.index) {
    for (const auto& table : session.catalog.session_tables())
      if (table->drop_index(statement.name)) return no_rows(session);
    if (statement.if_exists) return no_rows(session);
    return invalid(fmt::format("there is no index '{}'", statement.name), "");
  }
  const bool view = is_view(session, statement.name), table = is_table(session, statement.name);
  if (!view && !table) {
    if (statement.if_exists) return no_rows(session);
    return no_such_table(session, statement.name, {});
  }
  if (view != statement.view)
    return invalid(fmt::format("'{}' is a {}", statement.name, view ? "view" : "table"),
                   fmt::format("use DROP {}", view ? "VIEW" : "TABLE"));
  session.catalog.drop(statement.name);
  return no_rows(session);
}

Answer truncate(SessionCore& session, const TruncateStatement& statement) {
  const auto table = session.catalog.find_session_table(statement.table);
  if (table == nullptr) {
    if (!is_view(session, statement.table) && !is_table(session, statement.table))
      return no_such_table(session, statement.table, {});
    return invalid(fmt::format("'{}' is no table of statements, and keeps its rows", statement.table),
                   "CREATE TABLE makes one that can be changed");
  }
  const uint64_t rows = *table->snapshot()->row_count();
  table->clear();
  return count_row(session, "rows", rows);
}

}  // namespace headrace
