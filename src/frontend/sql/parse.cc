// Statements around a query: EXPLAIN, COPY, DESCRIBE, SUMMARIZE, SET, RESET, SHOW.
#include <fmt/format.h>

#include "base/nearest_name.h"
#include "frontend/sql/statement_parser.h"

namespace headrace {
namespace {

constexpr std::pair<std::string_view, std::string_view> kUnsupportedStatements[] = {
    {"merge", "make the table again from a join: CREATE OR REPLACE TABLE t AS SELECT …"},
    {"alter", "make the table again: CREATE OR REPLACE TABLE t AS SELECT …"},
    {"savepoint", "a block is written as a whole, or not at all"},
    {"attach", "tables live in files, which FROM 'file' reads, or in the session"},
    {"detach", "tables live in files, which FROM 'file' reads, or in the session"},
    {"use", "a session has one list of tables; there are no schemas"},
    {"call", ""},
    {"pivot", kPivotHint},
    {"unpivot", kUnpivotHint},
    {"grant", ""},
    {"revoke", ""},
    {"analyze", "statistics of a table in memory are read from its rows when they are needed"},
    {"vacuum", ""},
    {"checkpoint", ""},
    {"load", "there are no extensions"},
    {"install", "there are no extensions"},
    {"import", ""},
    {"export", "COPY t TO 'file' writes one table"}};

}  // namespace

Result<Statement> StatementParser::parse() {
  const size_t start = cursor_.offset();
  Statement statement{.node = {}, .where = cursor_.where(), .text = ""};
  TRY(node, parse_node());
  if (!cursor_.at_end() && !cursor_.at_symbol(";")) return queries_.unexpected_clause("the end of the statement");
  std::string_view text = cursor_.text().substr(start, cursor_.offset() - start);
  statement.text = text.substr(0, text.find_last_not_of(" \t\r\n\f\v") + 1);
  statement.node = std::move(node);
  return statement;
}

Result<StatementParser::Node> StatementParser::parse_node() {
  if (queries_.at_query()) {
    TRY(query, queries_.parse_query());
    return Node(QueryStatement{query.plan});
  }
  if (cursor_.accept_word("explain")) return parse_explain();
  if (cursor_.accept_word("copy")) return parse_copy();
  if (cursor_.accept_word("create")) return parse_create();
  if (cursor_.accept_word("insert")) return parse_insert();
  if (cursor_.accept_word("update")) return parse_update();
  if (cursor_.accept_word("delete")) return parse_delete();
  if (cursor_.accept_word("pragma")) return parse_pragma();
  if (cursor_.accept_word("drop")) return parse_drop();
  if (cursor_.accept_word("truncate")) return parse_truncate();
  if (cursor_.accept_word("set")) return parse_set();
  if (cursor_.accept_word("reset")) return parse_reset();
  if (cursor_.accept_word("show")) return parse_show();
  if (cursor_.accept_word("describe") || cursor_.accept_word("desc")) {
    TRY(described, parse_table_or_query("DESCRIBE"));
    return Node(DescribeStatement{described.plan});
  }
  if (cursor_.accept_word("summarize")) {
    TRY(summarized, parse_table_or_query("SUMMARIZE"));
    return Node(SummarizeStatement{summarized.plan});
  }
  if (cursor_.accept_word("prepare")) return parse_prepare();
  if (cursor_.accept_word("execute")) return parse_execute();
  if (cursor_.accept_word("deallocate")) return parse_deallocate();
  if (at_block()) return parse_block();
  for (const auto& [word, hint] : kUnsupportedStatements)
    if (cursor_.at_word(word))
      return cursor_.unsupported(
          cursor_.where(), fmt::format("{} is not supported", to_upper(cursor_.peek().text)),
          hint.empty()
              ? "statements are SELECT, COPY, CREATE, INSERT, UPDATE, DELETE, DROP, TRUNCATE, DESCRIBE, "
                "SUMMARIZE, EXPLAIN, SET, RESET, SHOW, PREPARE, EXECUTE, DEALLOCATE, BEGIN, COMMIT and ROLLBACK"
              : std::string(hint));
  return cursor_.expected(
      "a statement (SELECT, WITH, COPY, CREATE, INSERT, UPDATE, DELETE, DROP, PREPARE, EXECUTE, DESCRIBE, EXPLAIN, SET "
      "or SHOW)",
      kStatementWords);
}

bool StatementParser::at_block() const {
  for (const std::string_view word : {"begin", "start", "commit", "end", "rollback", "abort"})
    if (cursor_.at_word(word)) return true;
  return false;
}

// BEGIN | COMMIT | END | ROLLBACK | ABORT [WORK | TRANSACTION], or START TRANSACTION
Result<StatementParser::Node> StatementParser::parse_block() {
  if (cursor_.accept_word("start")) {
    TRY_STATUS(cursor_.expect_word("TRANSACTION"));
    return Node(BlockStatement{BlockKind::kBegin});
  }
  BlockKind kind = BlockKind::kRollback;
  if (cursor_.at_word("begin")) kind = BlockKind::kBegin;
  if (cursor_.at_word("commit") || cursor_.at_word("end")) kind = BlockKind::kCommit;
  cursor_.take();
  if (!cursor_.accept_word("transaction")) cursor_.accept_word("work");
  return Node(BlockStatement{kind});
}

// A name, a file in quotes, or a query.
Result<Relation> StatementParser::parse_table_or_query(std::string_view behind) {
  if (queries_.at_query()) return queries_.parse_query();
  const TextPosition where = cursor_.where();
  if (cursor_.peek().kind == TokenKind::kString) {
    const std::string path = unquoted(cursor_.take());
    if (path.empty()) return cursor_.error(where, "the name of a file is empty");
    return queries_.node(ScanFile{.file = {path, "", {}, where}, .table = {}, .columns = {}, .pruning = {}}, {});
  }
  TRY(name, cursor_.take_name(fmt::format("a table, 'file' or query after {}", behind)));
  return queries_.node(ScanTable{.name = name, .alias = "", .table = {}, .columns = {}, .where = where}, {});
}

// EXPLAIN [ANALYZE] [(STAGE name, FUSION, ANALYZE, FORMAT json)] query or COPY
Result<StatementParser::Node> StatementParser::parse_explain() {
  ExplainStatement explain{.plan = {}, .stage = "", .format = "text"};
  explain.analyze = cursor_.accept_word("analyze");
  if (cursor_.at_symbol("(") && !queries_.at_query()) {
    const TextPosition where = cursor_.take().where;
    TRY(options, queries_.parse_options(true));
    for (const auto& [name, value] : options) TRY_STATUS(apply_option(explain, name, value, where));
  }
  if (cursor_.at_word("copy")) {
    const TextPosition where = cursor_.take().where;
    TRY(copy, parse_copy());
    const auto* written = std::get_if<QueryStatement>(&copy);
    if (written == nullptr) return cursor_.unsupported(where, "EXPLAIN of COPY … FROM is not supported");
    explain.plan = written->plan;
  } else if (queries_.at_query()) {
    TRY(query, queries_.parse_query());
    explain.plan = query.plan;
  } else {
    return cursor_.expected("a query to explain", kStatementWords);
  }
  return Node(std::move(explain));
}

Status StatementParser::apply_option(ExplainStatement& explain, const std::string& name, const std::string& value,
                                     TextPosition where) {
  if (name == "stage") {
    explain.stage = to_lower(value);
  } else if (name == "format") {
    explain.format = to_lower(value);
    if (explain.format != "text" && explain.format != "json")
      return cursor_.error(where, fmt::format("EXPLAIN expects the format text or json, found {}", value));
  } else if (name == "fusion" || name == "analyze") {
    if (!equal_words(value, "true") && !equal_words(value, "false"))
      return cursor_.error(where, fmt::format("EXPLAIN expects {} to be true or false, found {}", name, value));
    (name == "fusion" ? explain.fusion : explain.analyze) = equal_words(value, "true");
  } else {
    constexpr std::string_view kOptions[] = {"stage", "fusion", "analyze", "format"};
    std::string hint = did_you_mean(name, kOptions);
    if (hint.empty()) hint = "options are stage, fusion, analyze and format";
    return cursor_.error(where, fmt::format("EXPLAIN has no option {}", name), std::move(hint));
  }
  return kDone;
}

// (query) | table [(columns)] TO 'path' [[WITH] (FORMAT name, …) | FORMAT name …], and the same FROM. COPY is taken.
Result<StatementParser::Node> StatementParser::parse_copy() {
  Relation input;
  const TextPosition where = cursor_.where();
  if (cursor_.accept_symbol("(")) {
    TRY(query, queries_.parse_query());
    TRY_STATUS(cursor_.expect_symbol(")"));
    input = query;
  } else {
    TRY(name, cursor_.take_name("a table or (SELECT …) after COPY"));
    std::vector<std::string> columns;
    if (cursor_.accept_symbol("(")) {
      TRY(names, parse_column_names());
      columns = std::move(names);
    }
    if (cursor_.accept_word("from")) return parse_copy_from(name, where, std::move(columns));
    TRY(table, queries_.node(ScanTable{.name = name, .alias = "", .table = {}, .columns = {}, .where = where}, {}));
    input = table;
    if (!columns.empty()) {
      Project project{table.plan, {}};
      for (const std::string& column : columns) project.columns.push_back({column_name("", column, where), ""});
      TRY(projected, queries_.node(std::move(project), std::array{table}));
      input = projected;
    }
  }
  TRY_STATUS(cursor_.expect_word("TO"));
  if (cursor_.peek().kind != TokenKind::kString) return cursor_.expected("the name of a file in single quotes");
  const TextPosition path_where = cursor_.where();
  Write write{.input = input.plan, .path = unquoted(cursor_.take()), .format = "", .options = {}};
  if (write.path.empty()) return cursor_.error(path_where, "the name of a file is empty");
  cursor_.accept_word("with");
  if (cursor_.at_symbol("(") || cursor_.peek().kind == TokenKind::kWord) {
    TRY(options, queries_.parse_options(cursor_.accept_symbol("(")));
    for (auto& option : options)
      if (option.first == "format")
        write.format = to_lower(option.second);
      else
        write.options.push_back(std::move(option));
  }
  TRY(result, queries_.node(std::move(write), std::array{input}));
  return Node(QueryStatement{result.plan});
}

// name = value, as SET has it; show_tables
Result<StatementParser::Node> StatementParser::parse_pragma() {
  const TextPosition where = cursor_.where();
  if (cursor_.at_symbol("=", 1)) return parse_set();
  if (cursor_.accept_word("show_tables")) return Node(ShowTablesStatement{});
  return cursor_.unsupported(where, "PRAGMA is not supported", "settings are changed by SET and listed by SHOW ALL");
}

// [SESSION | GLOBAL | LOCAL] name = value, or name TO value; TIME ZONE value
Result<StatementParser::Node> StatementParser::parse_set() {
  for (std::string_view scope : {"session", "global", "local"})
    if (cursor_.at_word(scope) && cursor_.peek(1).kind == TokenKind::kWord && !cursor_.at_word("to", 1)) cursor_.take();
  std::string name = "timezone", value;
  if (cursor_.at_word("time") && cursor_.at_word("zone", 1)) {
    cursor_.take();
    cursor_.take();
  } else {
    TRY(named, parse_setting_name());
    name = std::move(named);
    if (!cursor_.accept_symbol("=") && !cursor_.accept_word("to")) return cursor_.expected("'=' or TO");
  }
  if (cursor_.at_symbol("-") && cursor_.peek(1).kind == TokenKind::kNumber) value = cursor_.take().text;
  const TokenKind kind = cursor_.peek().kind;
  if (kind != TokenKind::kString && kind != TokenKind::kNumber && kind != TokenKind::kWord &&
      kind != TokenKind::kQuotedName)
    return cursor_.expected(fmt::format("a value for {}", name));
  value += unquoted(cursor_.take());
  return Node(SetStatement{std::move(name), std::move(value)});
}

// name | ALL
Result<StatementParser::Node> StatementParser::parse_reset() {
  if (cursor_.accept_word("all")) return Node(ResetStatement{});
  TRY(name, parse_setting_name());
  return Node(ResetStatement{std::move(name)});
}

// ALL [SETTINGS] | TABLES | SETTINGS | name of a setting
Result<StatementParser::Node> StatementParser::parse_show() {
  if (cursor_.at_word("all") && cursor_.at_word("tables", 1)) {
    cursor_.take();
    cursor_.take();
    return Node(ShowTablesStatement{});
  }
  if (cursor_.accept_word("all")) return Node(ShowStatement{});
  if (cursor_.accept_word("tables")) return Node(ShowTablesStatement{});
  TRY(name, parse_setting_name());
  return Node(ShowStatement{std::move(name)});
}

// Words and numbers with dots between them and no space: fusion.edge.0.3. Or a quoted name.
Result<std::string> StatementParser::parse_setting_name() {
  const Token first = cursor_.peek();
  TRY(name, cursor_.take_name("the name of a setting"));
  if (first.kind == TokenKind::kQuotedName) return to_lower(name);
  const char* end = first.text.data() + first.text.size();
  while (!cursor_.at_end() && cursor_.peek().text.data() == end &&
         (cursor_.at_symbol(".") || cursor_.peek().kind == TokenKind::kNumber ||
          cursor_.peek().kind == TokenKind::kWord)) {
    const Token part = cursor_.take();
    name += part.text;
    end += part.text.size();
  }
  return to_lower(name);
}

Result<std::vector<Statement>> parse_sql(std::string_view text, TextRules rules, const RulesAfter& rules_after) {
  TRY(cursor, TokenCursor::over(text, rules));
  std::vector<Statement> statements;
  for (;;) {
    while (cursor.accept_symbol(";")) continue;
    if (cursor.at_end()) return statements;
    TRY(statement, StatementParser(cursor).parse());
    if (rules_after != nullptr) cursor.set_rules(rules_after(statement));
    statements.push_back(std::move(statement));
  }
}

}  // namespace headrace
