#include "frontend/sql/statement.h"

namespace headrace {

std::span<const std::string_view> sql_keywords() {
  static constexpr std::string_view kWords[] = {
      "ALL",       "ANALYZE",  "AND",      "ANTI",        "ANY",    "AS",         "ASC",     "BETWEEN", "BY",
      "CASE",      "CAST",     "COPY",     "CREATE",      "CROSS",  "DEALLOCATE", "DEFAULT", "DELETE",  "DELIMITER",
      "DESC",      "DESCRIBE", "DISTINCT", "DROP",        "ELSE",   "END",        "EXCEPT",  "EXCLUDE", "EXECUTE",
      "EXISTS",    "EXPLAIN",  "FALSE",    "FILTER",      "FIRST",  "FORMAT",     "FROM",    "FULL",    "GROUP",
      "HAVING",    "HEADER",   "IF",       "ILIKE",       "IN",     "INDEX",      "INNER",   "INSERT",  "INTERSECT",
      "INTERVAL",  "INTO",     "IS",       "JOIN",        "LAST",   "LEFT",       "LIKE",    "LIMIT",   "NAME",
      "NATURAL",   "NOT",      "NULL",     "NULLS",       "OFFSET", "ON",         "OR",      "ORDER",   "OUTER",
      "PREPARE",   "REPLACE",  "RESET",    "RIGHT",       "SAMPLE", "SELECT",     "SEMI",    "SET",     "SHOW",
      "SUMMARIZE", "TABLE",    "TABLES",   "TABLESAMPLE", "TEMP",   "THEN",       "TO",      "TRUE",    "TRUNCATE",
      "TRY_CAST",  "UNION",    "UNIQUE",   "UPDATE",      "USING",  "VALUES",     "VIEW",    "WHEN",    "WHERE",
      "WITH",
  };
  return kWords;
}

}  // namespace headrace
