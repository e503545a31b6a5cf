// frontend/sql/statement.h — what a text of SQL asks for.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "expr/token_cursor.h"
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
  std::vector<std::vector<std::string>> keys = {};  // PRIMARY KEY, UNIQUE: columns in which no two rows agree
  std::vector<std::string> not_null = {};  // columns of the PRIMARY KEY
  std::vector<ExprPtr> checks = {};  // CHECK: written, false for no row
};
struct CreateIndexStatement {
  std::string name;
  std::string table;
  TextPosition where;  // of the table's name
  bool unique = false;
  IfExists if_exists = IfExists::kError;
  std::vector<ExprPtr> keys;  // written
};
struct InsertStatement {
  std::string table;
  TextPosition where;  // of the table's name
  std::vector<std::string> columns;  // empty: all, in order
  bool by_name = false;  // the query's columns go where their names say
  PlanPtr query;  // nullptr: DEFAULT VALUES. Values: nullptr in its rows stands for DEFAULT
};
// No rows move: one that is changed stays where it is.
struct UpdateStatement {
  std::string table, alias;
  TextPosition where;  // of the table's name
  std::vector<std::pair<std::string, ExprPtr>> columns;  // what they become; nullptr: their default
  ExprPtr condition;  // nullptr: all rows
};
struct DeleteStatement {
  std::string table, alias;
  TextPosition where;
  ExprPtr condition;  // nullptr: all rows
};
struct DropStatement {
  bool view = false, index = false;  // else a table
  std::string name;
  bool if_exists = false;
};
struct TruncateStatement {
  std::string table;
};

// COPYs between BEGIN and COMMIT are written together; ROLLBACK drops them.
enum class BlockKind : uint8_t { kBegin, kCommit, kRollback };
struct BlockStatement {
  BlockKind kind;
};

struct Statement;
struct PrepareStatement {
  std::string name;
  std::shared_ptr<const Statement> statement;  // a query, INSERT, UPDATE or DELETE, with parameters
  std::string text;  // the whole text up to its end: positions in `statement` are places in it
};
struct ExecuteStatement {
  std::string name;
  TextPosition where;  // of the name
  // Written, without columns. Names as in plan/parameters.h: "1" for the first value without one.
  std::vector<std::pair<std::string, ExprPtr>> arguments;
};
struct DeallocateStatement {
  std::string name;  // empty: all
};

struct Statement {
  std::variant<QueryStatement, ExplainStatement, CreateViewStatement, SetStatement, ResetStatement, ShowStatement,
               ShowTablesStatement, DescribeStatement, SummarizeStatement, CreateTableStatement, InsertStatement,
               DropStatement, TruncateStatement, CreateIndexStatement, UpdateStatement, DeleteStatement,
               PrepareStatement, ExecuteStatement, DeallocateStatement, BlockStatement>
      node;
  TextPosition where;  // of its first word in the whole text
  std::string text;    // its own text, without the semicolon
};

// All statements of `text`, which semicolons separate; empty ones are skipped. The first mistake is the answer:
// kInvalidPlan, kLimit or kUnsupported with "line L, column C", the source line and a caret (text_error in expr/lexer.h).
// docs/design/sql.md says what is accepted and how a SELECT becomes plan nodes.
// `rules_after` gives the rules of what stands behind a statement.
using RulesAfter = std::function<TextRules(const Statement&)>;
Result<std::vector<Statement>> parse_sql(std::string_view text, TextRules rules = {},
                                         const RulesAfter& rules_after = {});

// Upper case, sorted: what a person may be completing.
std::span<const std::string_view> sql_keywords();

}  // namespace headrace
