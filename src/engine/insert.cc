// INSERT and COPY … FROM: a query whose columns are cast to the table's, then appended as a whole.
#include <fmt/format.h>

#include "engine/run_statement.h"
#include "expr/lexer.h"
#include "expr/typing.h"
#include "io/format/csv_dialect.h"
#include "io/format/formats.h"
#include "plan/resolve.h"

namespace headrace {

namespace {

using Answer = Result<std::shared_ptr<const RowsCore>>;

// By column of the table: which column of the query; nullopt: the default.
using Targets = std::vector<std::optional<uint32_t>>;

Result<Targets> targets_of(const SessionTable& table, const InsertStatement& statement, const Schema& given) {
  Targets targets(table.declared().size());
  std::vector<std::string> names = statement.columns;
  if (statement.by_name)
    for (const Column& column : given) names.push_back(column.name);
  if (names.empty()) {
    if (given.size() != targets.size())
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("table '{}' has {} columns, but the rows to insert have {}", table.name(),
                               targets.size(), given.size()),
                   to_text(statement.where), "name those that are given: INSERT INTO t (a, b) …"};
    for (uint32_t column = 0; column < targets.size(); ++column) targets[column] = column;
    return targets;
  }
  if (given.size() != names.size())
    return Error{ErrorCode::kInvalidPlan,
                 fmt::format("INSERT names {} columns, but the rows have {}", names.size(), given.size()),
                 to_text(statement.where), ""};
  for (uint32_t from = 0; from < names.size(); ++from) {
    TRY(column, find_column(table, names[from], statement.where));
    if (targets[column].has_value())
      return Error{ErrorCode::kInvalidPlan, fmt::format("two of the query's columns are named '{}'", names[from]),
                   to_text(statement.where), ""};
    targets[column] = from;
  }
  return targets;
}

ExprPtr cast_to(ExprPtr input, Type type) {
  return std::make_shared<const Expr>(Expr{.node = CastTo{std::move(input), type}, .where = {}});
}

// With NULL in the place of each DEFAULT: columns of the query's types.
PlanPtr without_defaults(const PlanPtr& query) {
  const auto* given = std::get_if<Values>(&query->node);
  if (given == nullptr) return query;
  Values values = *given;
  for (auto& row : values.rows)
    for (ExprPtr& value : row)
      if (value == nullptr) value = literal(null_value(kNullType));
  return make_plan(std::move(values));
}

// The rows of VALUES, each value cast where it stands, so that rows need not agree on a type with each other, only with the table.
PlanPtr fitted_values(const Values& given, const SessionTable& table, const Targets& targets) {
  const Schema& declared = table.declared();
  Values values;
  for (const std::vector<ExprPtr>& from : given.rows) {
    std::vector<ExprPtr>& row = values.rows.emplace_back();
    for (uint32_t column = 0; column < declared.size(); ++column) {
      ExprPtr value = targets[column].has_value() ? from[*targets[column]] : nullptr;
      if (value == nullptr) value = table.defaults()[column];
      if (value == nullptr) value = literal(null_value(declared[column].type));
      row.push_back(cast_to(std::move(value), declared[column].type));
    }
  }
  std::vector<std::string> names;
  for (const Column& column : declared) names.push_back(column.name);
  return make_plan(Alias{make_plan(std::move(values)), "inserted", std::move(names)});
}

// The table's columns, each from the query's or from its default.
PlanPtr fitted(const PlanPtr& query, const SessionTable& table, const Targets& targets) {
  if (const auto* values = std::get_if<Values>(&query->node)) return fitted_values(*values, table, targets);
  const Schema& declared = table.declared();
  const bool row = std::holds_alternative<OneRow>(query->node);
  std::vector<std::string> names;
  for (const auto& from : targets)
    if (from.has_value()) names.push_back(fmt::format("c{}", names.size()));
  Project project{row ? query : make_plan(Alias{query, "inserted", names}), {}};
  for (uint32_t column = 0; column < declared.size(); ++column) {
    ExprPtr value = table.defaults()[column];
    if (targets[column].has_value()) value = column_name("", names[*targets[column]]);
    if (value == nullptr) value = literal(null_value(declared[column].type));
    project.columns.push_back({cast_to(std::move(value), declared[column].type), declared[column].name});
  }
  return make_plan(std::move(project));
}

// COPY … FROM reads a text file with the types of the columns that it fills, one after the other.
Result<PlanPtr> with_types(SessionCore& session, const PlanPtr& query, const SessionTable& table,
                           const InsertStatement& statement) {
  const auto* scan = std::get_if<ScanFile>(&query->node);
  if (scan == nullptr) return query;
  TRY(format, find_read_format(scan->file));
  if (format->name != "csv") return query;
  TRY(opened, session.catalog.open_file(scan->file));
  const Schema& given = opened->schema();
  std::vector<std::pair<std::string, Type>> types;
  for (size_t from = 0; from < given.size(); ++from) {
    uint32_t column = static_cast<uint32_t>(from);
    if (!statement.columns.empty()) {
      if (from >= statement.columns.size()) break;
      TRY(found, find_column(table, statement.columns[from], statement.where));
      column = found;
    }
    if (column >= table.declared().size()) break;
    types.emplace_back(given[from].name, table.declared()[column].type);
  }
  ScanFile typed = *scan;
  if (!types.empty()) typed.file.options.emplace_back("types", csv_types_option(types));
  return make_plan(std::move(typed));
}

}  // namespace

Answer insert(SessionCore& session, const InsertStatement& statement) {
  TRY(table, changeable_table(session, statement.table, statement.where));
  PlanPtr query = statement.query;
  Targets targets(table->declared().size());
  if (query == nullptr) {
    query = make_plan(OneRow{});
  } else {
    TRY(typed, with_types(session, query, *table, statement));
    query = typed;
    TRY(resolved, resolve(*without_defaults(query), session.catalog));
    TRY(found, targets_of(*table, statement, resolved->schema));
    targets = std::move(found);
  }
  TRY(rows, run_plan(session, *fitted(query, *table, targets)));
  TRY_STATUS(check_rows(session, *table, rows->batches));
  TRY_STATUS(table->append(rows->batches));
  return count_row(session, "rows", rows->rows);
}

}  // namespace headrace
