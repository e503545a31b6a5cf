// DESCRIBE and SUMMARIZE.
#include <fmt/format.h>

#include "engine/run_statement.h"
#include "expr/lexer.h"
#include "plan/resolve.h"

namespace headrace {

namespace {

using Answer = Result<std::shared_ptr<const RowsCore>>;

// What CREATE TABLE would say.
std::string sql_name(Type type) {
  switch (type.id) {
    case TypeId::kBool: return "BOOLEAN";
    case TypeId::kInt32: return "INTEGER";
    case TypeId::kInt64: return "BIGINT";
    case TypeId::kFloat64: return "DOUBLE";
    case TypeId::kUtf8: return "VARCHAR";
    default: return to_upper(to_text(type));
  }
}

}  // namespace

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

Answer summarize(SessionCore&, const PlanPtr&) {
  return Error{ErrorCode::kUnsupported, "SUMMARIZE is not supported", "", "DESCRIBE lists names and types"};
}

}  // namespace headrace
