// frontend/sql/statement.h — what a text of SQL asks for.
#pragma once

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
struct CreateViewStatement {
  std::string name;
  PlanPtr plan;
  bool or_replace = false;
};
struct SetStatement {
  std::string name, value;
};  // name: lower case; value: as written, a string without its quotes
struct ShowStatement {
  std::string name;
};        // empty: SHOW ALL

struct Statement {
  std::variant<QueryStatement, ExplainStatement, CreateViewStatement, SetStatement, ShowStatement> node;
  TextPosition where;  // of its first word in the whole text
  std::string text;    // its own text, without the semicolon
};

// All statements of `text`, which semicolons separate; empty ones are skipped. The first mistake is the answer:
// kInvalidPlan, kLimit or kUnsupported with "line L, column C", the source line and a caret (text_error in expr/lexer.h).
// docs/design/sql.md says what is accepted and how a SELECT becomes plan nodes.
Result<std::vector<Statement>> parse_sql(std::string_view text);

}  // namespace headrace
