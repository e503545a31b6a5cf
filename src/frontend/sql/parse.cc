// Statements: everything around a query.
#include <fmt/format.h>
#include <array>

#include "base/nearest_name.h"
#include "frontend/sql/query_parser.h"
#include "frontend/sql/statement.h"

namespace headrace {
namespace {

constexpr std::array kStatementWords =
    std::to_array<std::string_view>({"SELECT", "WITH", "FROM", "VALUES", "COPY", "CREATE", "EXPLAIN", "SET", "SHOW"});
constexpr std::string_view kUnsupportedStatements[] = {
    "insert", "update",   "delete",    "merge",  "drop", "alter",   "truncate", "begin", "commit", "rollback",
    "attach", "detach",   "use",       "pragma", "call", "execute", "prepare",  "grant", "revoke", "analyze",
    "vacuum", "describe", "summarize", "reset",  "load", "install", "import",   "export"};

class StatementParser {
 public:
  explicit StatementParser(TokenCursor& cursor) : cursor_(cursor), queries_(cursor) {}

  Result<Statement> parse() {
    const size_t start = cursor_.offset();
    Statement statement{.node = {}, .where = cursor_.where(), .text = ""};
    TRY(node, parse_node());
    if (!cursor_.at_end() && !cursor_.at_symbol(";")) return queries_.unexpected_clause("the end of the statement");
    std::string_view text = cursor_.text().substr(start, cursor_.offset() - start);
    statement.text = text.substr(0, text.find_last_not_of(" \t\r\n\f\v") + 1);
    statement.node = std::move(node);
    return statement;
  }

 private:
  using Node = decltype(Statement::node);

  Result<Node> parse_node() {
    if (queries_.at_query()) {
      TRY(query, queries_.parse_query());
      return Node(QueryStatement{query.plan});
    }
    if (cursor_.accept_word("explain")) return parse_explain();
    if (cursor_.at_word("copy")) return parse_copy_statement();
    if (cursor_.accept_word("create")) return parse_create();
    if (cursor_.accept_word("set")) return parse_set();
    if (cursor_.accept_word("show")) return parse_show();
    for (std::string_view word : kUnsupportedStatements)
      if (cursor_.at_word(word))
        return cursor_.unsupported(cursor_.where(), fmt::format("{} is not supported", to_upper(cursor_.peek().text)),
                                   "statements are SELECT, COPY … TO, CREATE VIEW, EXPLAIN, SET and SHOW");
    return cursor_.expected("a statement (SELECT, WITH, COPY, CREATE VIEW, EXPLAIN, SET or SHOW)", kStatementWords);
  }

  // EXPLAIN [ANALYZE] [(STAGE name, FUSION, ANALYZE, FORMAT json)] query or COPY
  Result<Node> parse_explain() {
    ExplainStatement explain{.plan = {}, .stage = "", .format = "text"};
    explain.analyze = cursor_.accept_word("analyze");
    if (cursor_.at_symbol("(") && !queries_.at_query()) {
      const TextPosition where = cursor_.take().where;
      TRY(options, queries_.parse_options(true));
      for (const auto& [name, value] : options) TRY_STATUS(apply_option(explain, name, value, where));
    }
    if (cursor_.at_word("copy")) {
      TRY(copy, parse_copy());
      explain.plan = copy;
    } else if (queries_.at_query()) {
      TRY(query, queries_.parse_query());
      explain.plan = query.plan;
    } else {
      return cursor_.expected("a query to explain", kStatementWords);
    }
    return Node(std::move(explain));
  }

  Status apply_option(ExplainStatement& explain, const std::string& name, const std::string& value,
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

  Result<Node> parse_copy_statement() {
    TRY(copy, parse_copy());
    return Node(QueryStatement{copy});
  }

  // COPY (query) | table TO 'path' [[WITH] (FORMAT name, …) | FORMAT name …]
  Result<PlanPtr> parse_copy() {
    cursor_.take();
    Relation input;
    if (cursor_.at_symbol("(")) {
      cursor_.take();
      TRY(query, queries_.parse_query());
      TRY_STATUS(cursor_.expect_symbol(")"));
      input = query;
    } else {
      const TextPosition where = cursor_.where();
      TRY(name, cursor_.take_name("a table or (SELECT …) after COPY"));
      TRY(table, queries_.node(ScanTable{.name = name, .alias = "", .table = {}, .columns = {}, .where = where}, {}));
      input = table;
    }
    if (cursor_.at_word("from"))
      return cursor_.unsupported(cursor_.where(), "COPY … FROM is not supported",
                                 "read a file with SELECT … FROM 'file'");
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
    return result.plan;
  }

  // CREATE [OR REPLACE] [TEMP | TEMPORARY] VIEW name [(columns)] AS query
  Result<Node> parse_create() {
    CreateViewStatement create{.name = "", .plan = {}};
    if (cursor_.accept_word("or")) {
      TRY_STATUS(cursor_.expect_word("REPLACE"));
      create.or_replace = true;
    }
    if (!cursor_.accept_word("temp")) cursor_.accept_word("temporary");
    for (std::string_view word : {"table", "index", "schema", "function", "macro", "sequence", "type"})
      if (cursor_.at_word(word))
        return cursor_.unsupported(cursor_.where(),
                                   fmt::format("CREATE {} is not supported", to_upper(cursor_.peek().text)),
                                   "CREATE VIEW names a query; COPY … TO writes its rows to a file");
    TRY_STATUS(cursor_.expect_word("VIEW"));
    TRY(name, cursor_.take_name("a name for the view"));
    create.name = std::move(name);
    std::vector<std::string> columns;
    if (cursor_.accept_symbol("(")) {
      do {
        TRY(column, cursor_.take_name("a column name"));
        columns.push_back(std::move(column));
      } while (cursor_.accept_symbol(","));
      TRY_STATUS(cursor_.expect_symbol(")"));
    }
    TRY_STATUS(cursor_.expect_word("AS"));
    if (!queries_.at_query()) return cursor_.expected("a query", kStatementWords);
    TRY(query, queries_.parse_query());
    if (!columns.empty()) {
      TRY(renamed, queries_.node(Alias{query.plan, create.name, std::move(columns)}, std::array{query}));
      query = renamed;
    }
    create.plan = query.plan;
    return Node(std::move(create));
  }

  // SET name = value, SET name TO value
  Result<Node> parse_set() {
    TRY(name, parse_setting_name());
    if (!cursor_.accept_symbol("=") && !cursor_.accept_word("to")) return cursor_.expected("'=' or TO");
    std::string value;
    if (cursor_.at_symbol("-") && cursor_.peek(1).kind == TokenKind::kNumber) value = cursor_.take().text;
    const TokenKind kind = cursor_.peek().kind;
    if (kind != TokenKind::kString && kind != TokenKind::kNumber && kind != TokenKind::kWord &&
        kind != TokenKind::kQuotedName)
      return cursor_.expected(fmt::format("a value for {}", name));
    value += unquoted(cursor_.take());
    return Node(SetStatement{std::move(name), std::move(value)});
  }

  Result<Node> parse_show() {
    if (cursor_.accept_word("all")) return Node(ShowStatement{});
    TRY(name, parse_setting_name());
    return Node(ShowStatement{std::move(name)});
  }

  // Words and numbers with dots between them and no space: fusion.edge.0.3. Or a quoted name.
  Result<std::string> parse_setting_name() {
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

  TokenCursor& cursor_;
  QueryParser queries_;
};

}  // namespace

Result<std::vector<Statement>> parse_sql(std::string_view text) {
  TRY(cursor, TokenCursor::over(text));
  std::vector<Statement> statements;
  for (;;) {
    while (cursor.accept_symbol(";")) continue;
    if (cursor.at_end()) return statements;
    TRY(statement, StatementParser(cursor).parse());
    statements.push_back(std::move(statement));
  }
}

}  // namespace headrace
