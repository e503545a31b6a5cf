// frontend/sql/statement_parser.h — one statement out of the tokens: parse.cc (queries and what explains, copies and sets),
// statements.cc (tables and views), change_rows.cc, prepare.cc.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/sql/query_parser.h"
#include "frontend/sql/statement.h"

namespace headrace {

inline constexpr std::array kStatementWords = std::to_array<std::string_view>(
    {"SELECT", "WITH",    "FROM",     "VALUES",     "COPY",      "CREATE",  "INSERT", "UPDATE",
     "DELETE", "DROP",    "TRUNCATE", "DESCRIBE",   "SUMMARIZE", "EXPLAIN", "SET",    "RESET",
     "SHOW",   "PREPARE", "EXECUTE",  "DEALLOCATE", "BEGIN",     "START",   "COMMIT", "ROLLBACK"});

class StatementParser {
 public:
  explicit StatementParser(TokenCursor& cursor) : cursor_(cursor), queries_(cursor) {}

  Result<Statement> parse();

 private:
  using Node = decltype(Statement::node);

  // parse.cc
  Result<Node> parse_node();
  Result<Node> parse_explain();
  Status apply_option(ExplainStatement& explain, const std::string& name, const std::string& value, TextPosition where);
  Result<Node> parse_copy();  // COPY … TO or COPY … FROM
  Result<Node> parse_set();
  Result<Node> parse_pragma();
  Result<Node> parse_reset();
  Result<Node> parse_show();
  bool at_block() const;
  Result<Node> parse_block();
  Result<std::string> parse_setting_name();

  // prepare.cc
  Result<Node> parse_prepare();
  Result<Node> parse_execute();
  Result<Node> parse_deallocate();

  Result<Relation> parse_table_or_query(std::string_view behind);

  // statements.cc
  Result<Node> parse_create();
  Result<Node> parse_create_view(IfExists if_exists);
  Result<Node> parse_create_table(IfExists if_exists);
  Result<IfExists> parse_if_not_exists(IfExists if_exists, std::string_view kind);
  Result<bool> parse_if_exists();
  Status parse_column_definitions(CreateTableStatement& create);
  Result<ColumnDefinition> parse_column_definition(CreateTableStatement& create);
  Result<bool> parse_table_constraint(CreateTableStatement& create);  // false: a column stands here
  Result<bool> parse_key(CreateTableStatement& create, const std::string& column);
  Result<Node> parse_create_index(bool unique);
  Result<Node> parse_update();
  Status parse_assignment(UpdateStatement& update);
  Result<Node> parse_delete();
  Result<ExprPtr> parse_condition();  // [WHERE …]; nullptr: none
  Result<Node> parse_insert();
  Result<Node> parse_drop();
  Result<Node> parse_truncate();
  Result<Node> parse_copy_from(std::string table, TextPosition where, std::vector<std::string> columns);
  Result<std::vector<std::string>>
  parse_column_names();  // behind the opening parenthesis, up to and with the closing one
  Result<PlanPtr> parse_whole_query();

  TokenCursor& cursor_;
  QueryParser queries_;
};

}  // namespace headrace
