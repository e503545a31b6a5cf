// DESCRIBE and SUMMARIZE.
#include <fmt/format.h>

#include "engine/run_statement.h"
#include "expr/lexer.h"
#include "plan/resolve.h"
#include "types/sql_name.h"

namespace headrace {

using Answer = Result<std::shared_ptr<const RowsCore>>;

Answer describe(SessionCore& session, const Plan& plan) {
  TRY(resolved, resolve(plan, session.catalog));
  Schema schema = resolved->schema;
  std::vector<ExprPtr> defaults(schema.size());
  const auto* scan = std::get_if<ScanTable>(&plan.node);
  const auto table = scan == nullptr ? nullptr : session.catalog.find_session_table(scan->name);
  if (table != nullptr) {
    schema = table->declared();
    defaults = table->defaults();
  }
  std::vector<TextRow> rows;
  for (size_t column = 0; column < schema.size(); ++column) {
    const bool not_null = table != nullptr && !schema[column].nullable;
    TextRow row = {schema[column].name, sql_name(schema[column].type), not_null ? "NO" : "YES", {}, {}, {}};
    if (defaults[column] != nullptr) row[4] = to_text(*defaults[column]);
    rows.push_back(std::move(row));
  }
  return text_rows(session.engine, {"column_name", "column_type", "null", "key", "default", "extra"}, rows);
}

namespace {

constexpr std::string_view kSummarized = "summarized rows";  // a view under this name, while SUMMARIZE runs

// The aggregates of one column: min, max, avg, std, q25, q50, q75, how many are not null.
std::vector<std::string> summary_of(const Column& column) {
  const std::string name = quoted_text(column.name, '"');
  const auto text = [](const std::string& expression) { return fmt::format("CAST({} AS varchar)", expression); };
  const bool number = is_numeric(column.type);
  std::vector<std::string> parts = {text(fmt::format("min({})", name)), text(fmt::format("max({})", name))};
  if (number) {
    parts.push_back(text(fmt::format("avg({})", name)));
    parts.push_back(text(fmt::format("stddev({})", name)));
    for (const char* share : {"0.25", "0.5", "0.75"})
      parts.push_back(text(fmt::format("quantile_cont({}, {})", name, share)));
  } else {
    parts.insert(parts.end(), 5, "CAST(NULL AS varchar)");
  }
  parts.push_back(fmt::format("count({})", name));
  return parts;
}

std::string literal_text(const std::optional<std::string>& value) {
  return value.has_value() ? quoted_text(*value, '\'') : "CAST(NULL AS varchar)";
}

Result<std::shared_ptr<const RowsCore>> run_text(SessionCore& session, const std::string& text) {
  TRY(statements, parse_sql(text));
  return run_statement(session, statements.at(0));
}

Result<std::string> distinct_values(SessionCore& session, const std::string& column) {
  TRY(found, run_text(session, fmt::format("SELECT count(DISTINCT {}) FROM {}", quoted_text(column, '"'),
                                           quoted_text(kSummarized, '"'))));
  return to_display(value_at(found->batches.at(0).columns[0], 0));
}

// One aggregation over all columns, then its single row as a row for each column.
Answer summarize_view(SessionCore& session, const Schema& schema) {
  constexpr size_t kParts = 8;
  std::string query = "SELECT count(*)";
  for (const Column& column : schema)
    for (const std::string& part : summary_of(column)) query += ", " + part;
  TRY(found, run_text(session, query + " FROM " + quoted_text(kSummarized, '"')));
  std::vector<std::optional<std::string>> values;
  for (const Vector& vector : found->batches.at(0).columns)
    values.push_back(vector.is_valid(0) ? std::optional(to_display(value_at(vector, 0))) : std::nullopt);
  const double all = std::stod(*values[0]);
  std::string rows;
  for (size_t column = 0; column < schema.size(); ++column) {
    rows += fmt::format("{}({}, {}", column == 0 ? "" : ", ", quoted_text(schema[column].name, '\''),
                        quoted_text(sql_name(schema[column].type), '\''));
    for (size_t part = 0; part + 1 < kParts; ++part) {
      rows += ", " + literal_text(values[1 + column * kParts + part]);
      if (part != 1) continue;
      TRY(distinct, distinct_values(session, schema[column].name));
      rows += fmt::format(", CAST({} AS bigint)", distinct);
    }
    const double nulls = all == 0 ? 0 : 100 * (1 - std::stod(*values[column * kParts + kParts]) / all);
    rows += fmt::format(", CAST({} AS bigint), CAST({:.2f} AS decimal(9, 2)))", *values[0], nulls);
  }
  return run_text(
      session,
      "SELECT * FROM (VALUES " + rows +
          ") AS s(column_name, column_type, min, max, approx_unique, avg, std, q25, q50, q75, count, null_percentage)");
}

}  // namespace

Answer summarize(SessionCore& session, const PlanPtr& plan) {
  TRY(resolved, resolve(*plan, session.catalog));
  const std::string view(kSummarized);
  session.catalog.register_view(view, plan);
  auto rows = summarize_view(session, resolved->schema);
  session.catalog.drop(view);
  if (rows.ok()) return rows;
  Error error = rows.error();  // its place is in a text that nobody has written
  error.where.clear();
  return error;
}

}  // namespace headrace
