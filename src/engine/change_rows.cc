// UPDATE, DELETE and CREATE INDEX: a query over the rows as they are gives those that take their place.
#include <fmt/format.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "engine/run_statement.h"
#include "expr/lexer.h"
#include "expr/typing.h"
#include "plan/resolve.h"

namespace headrace {

namespace {

using Answer = Result<std::shared_ptr<const RowsCore>>;

constexpr std::string_view kNewRows = "rows to check";  // a table under this name, while they are looked at
constexpr std::string_view kChanges = "row changes";  // a column: whether the condition holds

ExprPtr is_true(const ExprPtr& condition) { return call("coalesce", {condition, literal(Value{kBool, false})}); }

PlanPtr scan_of(const std::string& table, const std::string& alias, TextPosition where) {
  return make_plan(ScanTable{.name = table, .alias = alias, .table = {}, .columns = {}, .where = where});
}

// UPDATE as a query: the table's columns, each changed where the condition holds, and behind them whether it does.
PlanPtr updated(const SessionTable& table, const UpdateStatement& statement, const std::vector<ExprPtr>& values) {
  const ExprPtr condition = statement.condition == nullptr ? literal(Value{kBool, true}) : statement.condition;
  Project marked{scan_of(statement.table, statement.alias, statement.where), {}};
  marked.columns.push_back({std::make_shared<const Expr>(Expr{.node = Star{}, .where = {}}), ""});
  marked.columns.push_back({is_true(condition), std::string(kChanges)});
  Project project{make_plan(Alias{make_plan(std::move(marked)), statement.alias, {}}), {}};
  const ExprPtr changes = column_name("", std::string(kChanges));
  for (size_t column = 0; column < values.size(); ++column) {
    const Column& declared = table.declared()[column];
    ExprPtr value = column_name("", declared.name);
    if (values[column] != nullptr) {
      const auto cast = std::make_shared<const Expr>(Expr{.node = CastTo{values[column], declared.type}, .where = {}});
      value = std::make_shared<const Expr>(Expr{.node = Case{{{changes, cast}}, value}, .where = {}});
    }
    project.columns.push_back({std::move(value), declared.name});
  }
  project.columns.push_back({changes, std::string(kChanges)});
  return make_plan(std::move(project));
}

uint64_t count_true(const Vector& column, uint32_t rows) {
  uint64_t count = 0;
  for (uint32_t row = 0; row < rows; ++row) count += column.as<uint8_t>()[column.index_of(row)] != 0 ? 1 : 0;
  return count;
}

}  // namespace

Result<std::shared_ptr<SessionTable>> changeable_table(SessionCore& session, const std::string& name,
                                                       TextPosition where) {
  auto table = session.catalog.find_session_table(name);
  if (table != nullptr) return table;
  if (session.catalog.find_table(name) == nullptr && session.catalog.find_view(name) == nullptr)
    return no_such_table(session, name, where);
  return Error{ErrorCode::kInvalidPlan,
               fmt::format("the rows of '{}' cannot be changed: it is no table of statements", name), to_text(where),
               "CREATE TABLE makes one"};
}

Result<uint32_t> find_column(const SessionTable& table, const std::string& name, TextPosition where) {
  std::vector<std::string_view> names;
  for (uint32_t column = 0; column < table.declared().size(); ++column) {
    if (equal_words(table.declared()[column].name, name)) return column;
    names.push_back(table.declared()[column].name);
  }
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) hint = fmt::format("its columns are {}", fmt::join(names, ", "));
  return Error{ErrorCode::kInvalidPlan, fmt::format("table '{}' has no column '{}'", table.name(), name),
               to_text(where), std::move(hint)};
}

Status check_rows(SessionCore& session, const SessionTable& table, std::span<const Batch> batches) {
  if (table.checks().empty()) return kDone;
  const std::string name(kNewRows);
  session.catalog.register_table(name, make_memory_table(name, table.declared(), batches));
  Status status = kDone;
  for (const ExprPtr& check : table.checks()) {
    const ExprPtr broken = call("not", {call("coalesce", {check, literal(Value{kBool, true})})});
    const auto rows =
        run_plan(session, *make_plan(Limit{make_plan(Filter{scan_of(name, table.name(), {}), broken}), 1, 0}));
    if (!rows.ok())
      status = rows.error();
    else if (rows.value()->rows > 0)
      status = Error{ErrorCode::kBadInput,
                     fmt::format("a row for table '{}' breaks CHECK {}", table.name(), to_text(*check)), "",
                     "leave out such rows"};
    if (!status.ok()) break;
  }
  session.catalog.drop(name);
  return status;
}

Answer update(SessionCore& session, const UpdateStatement& statement) {
  TRY(table, changeable_table(session, statement.table, statement.where));
  std::vector<ExprPtr> values(table->declared().size());
  for (const auto& [name, value] : statement.columns) {
    TRY(column, find_column(*table, name, statement.where));
    values[column] = value != nullptr                       ? value
                     : table->defaults()[column] != nullptr ? table->defaults()[column]
                                                            : literal(null_value(table->declared()[column].type));
  }
  TRY(rows, run_plan(session, *updated(*table, statement, values)));
  std::vector<Batch> batches = rows->batches;
  uint64_t changed = 0;
  for (Batch& batch : batches) {
    changed += count_true(batch.columns.back(), batch.rows);
    batch.columns.pop_back();
  }
  TRY_STATUS(check_rows(session, *table, batches));
  TRY_STATUS(table->replace(batches));
  return count_row(session, "rows", changed);
}

Answer remove(SessionCore& session, const DeleteStatement& statement) {
  TRY(table, changeable_table(session, statement.table, statement.where));
  const uint64_t before = *table->snapshot()->row_count();
  if (statement.condition == nullptr) {
    table->clear();
    return count_row(session, "rows", before);
  }
  const ExprPtr stays = call("not", {is_true(statement.condition)});
  TRY(rows, run_plan(session, *make_plan(Filter{scan_of(statement.table, statement.alias, statement.where), stays})));
  TRY_STATUS(table->replace(rows->batches));
  return count_row(session, "rows", before - rows->rows);
}

// An index is no more than its name: scans need none. One that is UNIQUE is a key of the table.
Answer create_index(SessionCore& session, const CreateIndexStatement& statement) {
  TRY(table, changeable_table(session, statement.table, statement.where));
  for (const auto& other : session.catalog.session_tables()) {
    if (statement.name.empty() || !other->has_index(statement.name)) continue;
    if (statement.if_exists == IfExists::kSkip) return no_rows(session);
    return Error{ErrorCode::kInvalidPlan, fmt::format("index '{}' exists already", statement.name), "",
                 "use CREATE INDEX IF NOT EXISTS"};
  }
  UniqueKey key{.name = statement.name, .columns = {}};
  Project project{scan_of(statement.table, "", statement.where), {}};
  for (const ExprPtr& written : statement.keys) {
    project.columns.push_back({written, ""});
    const auto* column = std::get_if<ColumnName>(&written->node);
    if (column == nullptr && statement.unique)
      return Error{ErrorCode::kUnsupported, "a unique index over an expression is not supported",
                   to_text(statement.where), "name columns"};
    if (column == nullptr) continue;
    TRY(found, find_column(*table, column->name, statement.where));
    key.columns.push_back(found);
  }
  TRY_STATUS(resolve(*make_plan(std::move(project)), session.catalog));
  if (statement.unique) TRY_STATUS(table->add_key(std::move(key)));
  if (!statement.name.empty()) table->add_index(statement.name);
  return no_rows(session);
}

}  // namespace headrace
