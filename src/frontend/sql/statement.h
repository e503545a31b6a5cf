// frontend/sql/statement.h — what a text of SQL asks for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "plan/plan.h"

namespace headrace {

// Plans are written, not resolved: names are looked up later, against the session's catalog.
struct QueryStatement {
  PlanPtr plan;
};  // also COPY … TO: the plan's root is a Write
struct ExplainStatement {
  PlanPtr plan;
  std::string stage;     // lower case; empty: the default
  bool fusion = false;
  bool analyze = false;
  std::string format;    // "text" or "json"
};
// What CREATE does when the name is taken.
enum class IfExists : uint8_t { kError, kSkip, kReplace };
struct CreateViewStatement {
  std::string name;
  PlanPtr plan;
  IfExists if_exists = IfExists::kError;
};
struct SetStatement {
  std::string name, value;
};  // name: lower case; value: as written, a string without its quotes
struct ResetStatement {
  std::string name;
};  // empty: RESET ALL
struct ShowStatement {
  std::string name;
};        // empty: SHOW ALL
struct ShowTablesStatement {};
struct DescribeStatement {
  PlanPtr plan;  // a ScanTable, or a query
};
struct SummarizeStatement {
  PlanPtr plan;
};

// What CREATE TABLE says of one column.
struct ColumnDefinition {
  std::string name;
  Type type;
  bool not_null = false;
  ExprPtr default_value;  // written, without columns; nullptr: NULL
};
struct CreateTableStatement {
  std::string name;
  IfExists if_exists = IfExists::kError;
  std::vector<ColumnDefinition> columns;  // empty: as the query gives them
  PlanPtr query;  // nullptr: no rows
  std::vector<std::string> names;  // of the query's columns, instead of its own; may be empty
};
struct InsertStatement {
  std::string table;
  TextPosition where;  // of the table's name
  std::vector<std::string> columns;  // empty: all, in order
  bool by_name = false;  // the query's columns go where their names say
  PlanPtr query;  // nullptr: DEFAULT VALUES
};
struct DropStatement {
  bool view = false;
  std::string name;
  bool if_exists = false;
};
struct TruncateStatement {
  std::string table;
};

struct Statement {
  std::variant<QueryStatement, ExplainStatement, CreateViewStatement, SetStatement, ResetStatement, ShowStatement,
               ShowTablesStatement, DescribeStatement, SummarizeStatement, CreateTableStatement, InsertStatement,
               DropStatement, TruncateStatement>
      node;
  TextPosition where;  // of its first word in the whole text
  std::string text;    // its own text, without the semicolon
};

// All statements of `text`, which semicolons separate; empty ones are skipped. The first mistake is the answer:
// kInvalidPlan, kLimit or kUnsupported with "line L, column C", the source line and a caret (text_error in expr/lexer.h).
// docs/design/sql.md says what is accepted and how a SELECT becomes plan nodes.
Result<std::vector<Statement>> parse_sql(std::string_view text);

// Upper case, sorted: what a person may be completing.
std::span<const std::string_view> sql_keywords();

}  // namespace headrace
