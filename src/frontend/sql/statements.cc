// Statements about tables and views: CREATE, INSERT, DROP, TRUNCATE, COPY … FROM. What changes rows: change_rows.cc.
#include <fmt/format.h>

#include <algorithm>

#include "frontend/sql/statement_parser.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

constexpr std::string_view kConstraintHint = "NOT NULL, DEFAULT, PRIMARY KEY, UNIQUE and CHECK are kept";

}  // namespace

Result<PlanPtr> StatementParser::parse_whole_query() {
  if (!queries_.at_query()) return cursor_.expected("a query", kStatementWords);
  TRY(query, queries_.parse_query());
  return query.plan;
}

// [OR REPLACE] [TEMP | TEMPORARY] VIEW | TABLE. CREATE is taken.
Result<StatementParser::Node> StatementParser::parse_create() {
  IfExists if_exists = IfExists::kError;
  if (cursor_.accept_word("or")) {
    TRY_STATUS(cursor_.expect_word("REPLACE"));
    if_exists = IfExists::kReplace;
  }
  if (!cursor_.accept_word("temp")) cursor_.accept_word("temporary");
  if (cursor_.accept_word("table")) return parse_create_table(if_exists);
  if (cursor_.accept_word("view")) return parse_create_view(if_exists);
  if (cursor_.at_word("index") || (cursor_.at_word("unique") && cursor_.at_word("index", 1))) {
    const bool unique = cursor_.accept_word("unique");
    cursor_.take();
    return parse_create_index(unique);
  }
  for (std::string_view word : {"schema", "function", "macro", "sequence", "type", "recursive", "materialized",
                                "database", "trigger", "secret"})
    if (cursor_.at_word(word))
      return cursor_.unsupported(cursor_.where(),
                                 fmt::format("CREATE {} is not supported", to_upper(cursor_.peek().text)),
                                 "CREATE TABLE keeps rows in the session; CREATE VIEW names a query");
  constexpr std::string_view kWords[] = {"TABLE", "VIEW", "INDEX", "TEMP", "OR REPLACE"};
  return cursor_.expected("TABLE or VIEW", kWords);
}

Result<IfExists> StatementParser::parse_if_not_exists(IfExists if_exists, std::string_view kind) {
  if (!cursor_.at_word("if") || !cursor_.at_word("not", 1)) return if_exists;
  const TextPosition where = cursor_.take().where;
  cursor_.take();
  TRY_STATUS(cursor_.expect_word("EXISTS"));
  if (if_exists == IfExists::kReplace)
    return cursor_.error(where, fmt::format("CREATE {} takes OR REPLACE or IF NOT EXISTS, found both", kind));
  return IfExists::kSkip;
}

// [IF NOT EXISTS] name [(columns)] AS query
Result<StatementParser::Node> StatementParser::parse_create_view(IfExists given) {
  CreateViewStatement create{.name = "", .plan = {}};
  TRY(if_exists, parse_if_not_exists(given, "VIEW"));
  create.if_exists = if_exists;
  TRY(name, cursor_.take_name("a name for the view"));
  create.name = std::move(name);
  std::vector<std::string> columns;
  if (cursor_.accept_symbol("(")) {
    TRY(names, parse_column_names());
    columns = std::move(names);
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

// [IF NOT EXISTS] name (column type …, …) | name [(columns)] AS query [WITH [NO] DATA]
Result<StatementParser::Node> StatementParser::parse_create_table(IfExists given) {
  CreateTableStatement create{.name = "", .columns = {}, .query = {}, .names = {}};
  TRY(if_exists, parse_if_not_exists(given, "TABLE"));
  create.if_exists = if_exists;
  const TextPosition where = cursor_.where();
  TRY(name, cursor_.take_name("a name for the table"));
  create.name = std::move(name);
  if (cursor_.at_symbol("."))
    return cursor_.unsupported(where, "a table is named by itself, without a schema",
                               "tables live in the session: CREATE TABLE t …");
  if (cursor_.accept_symbol("(")) {
    const bool names_only = cursor_.at_symbol(",", 1) || cursor_.at_symbol(")", 1);
    if (names_only) {
      TRY(names, parse_column_names());
      create.names = std::move(names);
      if (!cursor_.at_word("as"))
        return cursor_.error(where, fmt::format("the columns of '{}' have no types", create.name),
                             "write CREATE TABLE t (a integer, b varchar)");
    } else {
      TRY_STATUS(parse_column_definitions(create));
      return Node(std::move(create));
    }
  }
  constexpr std::string_view kWords[] = {"AS"};
  if (!cursor_.accept_word("as")) return cursor_.expected("AS or a list of columns in parentheses", kWords);
  TRY(query, parse_whole_query());
  create.query = query;
  if (cursor_.accept_word("with")) {
    const bool without = cursor_.accept_word("no");
    TRY_STATUS(cursor_.expect_word("DATA"));
    if (without) create.query = make_plan(Limit{create.query, 0, 0});
  }
  return Node(std::move(create));
}

// Behind the opening parenthesis.
Status StatementParser::parse_column_definitions(CreateTableStatement& create) {
  do {
    TRY(constraint, parse_table_constraint(create));
    if (constraint) continue;
    const TextPosition where = cursor_.where();
    TRY(column, parse_column_definition(create));
    const auto is_same = [&](const ColumnDefinition& other) { return equal_words(other.name, column.name); };
    if (std::ranges::any_of(create.columns, is_same))
      return cursor_.error(where, fmt::format("the table has two columns named '{}'", column.name));
    create.columns.push_back(std::move(column));
  } while (cursor_.accept_symbol(",") && !cursor_.at_symbol(")"));
  return cursor_.expect_symbol(")");
}

// [CONSTRAINT name] PRIMARY KEY (columns) | UNIQUE (columns) | CHECK (expression)
Result<bool> StatementParser::parse_table_constraint(CreateTableStatement& create) {
  const size_t named = cursor_.at_word("constraint") && cursor_.peek(1).kind != TokenKind::kSymbol &&
                               (cursor_.at_word("primary", 2) || cursor_.at_word("foreign", 2) ||
                                cursor_.at_word("unique", 2) || cursor_.at_word("check", 2))
                           ? 2
                           : 0;
  const bool two = cursor_.at_word("key", named + 1);
  const bool call = cursor_.at_symbol("(", named + 1);
  if (two && cursor_.at_word("foreign", named))
    return cursor_.unsupported(cursor_.where(), "FOREIGN KEY is not kept for tables in memory",
                               std::string(kConstraintHint));
  if (!(two && cursor_.at_word("primary", named)) &&
      !(call && (cursor_.at_word("unique", named) || cursor_.at_word("check", named))))
    return false;
  for (size_t i = 0; i < named; ++i) cursor_.take();
  return parse_key(create, "");
}

// PRIMARY KEY, UNIQUE or CHECK, of one column, or else with a list of them. false: none of these.
Result<bool> StatementParser::parse_key(CreateTableStatement& create, const std::string& column) {
  if (cursor_.accept_word("check")) {
    TRY_STATUS(cursor_.expect_symbol("("));
    const TextPosition where = cursor_.where();
    TRY(check, parse_expression(cursor_));
    if (first_aggregate(*check) != nullptr) return cursor_.error(where, "CHECK is about one row, found an aggregate");
    TRY_STATUS(cursor_.expect_symbol(")"));
    create.checks.push_back(std::move(check));
    return true;
  }
  const bool primary = cursor_.accept_word("primary");
  if (primary) {
    TRY_STATUS(cursor_.expect_word("KEY"));
  } else if (!cursor_.accept_word("unique")) {
    return false;
  }
  std::vector<std::string> columns = {column};
  if (column.empty()) {
    TRY_STATUS(cursor_.expect_symbol("("));
    TRY(names, parse_column_names());
    columns = std::move(names);
  }
  if (primary && !create.not_null.empty())
    return cursor_.error(cursor_.where(), "the table has two primary keys", "write one of them as UNIQUE");
  if (primary) create.not_null = columns;
  create.keys.push_back(std::move(columns));
  return true;
}

// name type [NOT NULL | NULL | DEFAULT value | [CONSTRAINT name] PRIMARY KEY | UNIQUE | CHECK (…)]…
Result<ColumnDefinition> StatementParser::parse_column_definition(CreateTableStatement& create) {
  ColumnDefinition column{.name = "", .type = {}, .default_value = {}};
  TRY(name, cursor_.take_name("a column name"));
  column.name = std::move(name);
  TRY(type, parse_type(cursor_));
  column.type = with_nulls_as(type, kInt32);
  for (;;) {
    if (cursor_.accept_word("constraint")) TRY_STATUS(cursor_.take_name("a name for the constraint"));
    if (cursor_.at_word("not") && cursor_.at_word("null", 1)) {
      cursor_.take();
      cursor_.take();
      column.not_null = true;
    } else if (cursor_.accept_word("null")) {
      column.not_null = false;
    } else if (cursor_.accept_word("default")) {
      const TextPosition where = cursor_.where();
      TRY(value, parse_expression(cursor_));
      if (first_aggregate(*value) != nullptr)
        return cursor_.error(where, "DEFAULT expects a constant, found an aggregate");
      column.default_value = value;
    } else {
      TRY(key, parse_key(create, column.name));
      if (!key) break;
    }
  }
  for (std::string_view word : {"references", "generated", "collate", "as"})
    if (cursor_.at_word(word))
      return cursor_.unsupported(cursor_.where(),
                                 fmt::format("{} is not kept for tables in memory", to_upper(cursor_.peek().text)),
                                 std::string(kConstraintHint));
  return column;
}

Result<std::vector<std::string>> StatementParser::parse_column_names() {
  std::vector<std::string> names;
  do {
    const TextPosition where = cursor_.where();
    TRY(name, cursor_.take_name("a column name"));
    if (std::ranges::any_of(names, [&](const std::string& other) { return equal_words(other, name); }))
      return cursor_.error(where, fmt::format("the column '{}' is named twice", name));
    names.push_back(std::move(name));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return names;
}

// INTO table [(columns)] [BY NAME | BY POSITION] query | DEFAULT VALUES. INSERT is taken. VALUES may have DEFAULT in its rows.
Result<StatementParser::Node> StatementParser::parse_insert() {
  if (cursor_.at_word("or"))
    return cursor_.unsupported(cursor_.where(), "INSERT OR … is not supported",
                               "leave out what is there: INSERT INTO t SELECT … ANTI JOIN t USING (key)");
  TRY_STATUS(cursor_.expect_word("INTO"));
  InsertStatement insert{.table = "", .where = cursor_.where(), .columns = {}, .query = {}};
  TRY(table, cursor_.take_name("the table to insert into"));
  insert.table = std::move(table);
  if (cursor_.at_symbol("(") && !queries_.at_query()) {
    cursor_.take();
    TRY(columns, parse_column_names());
    insert.columns = std::move(columns);
  }
  if (cursor_.accept_word("by")) {
    constexpr std::string_view kWords[] = {"NAME", "POSITION"};
    insert.by_name = cursor_.accept_word("name");
    if (!insert.by_name && !cursor_.accept_word("position")) return cursor_.expected("NAME or POSITION", kWords);
    if (insert.by_name && !insert.columns.empty())
      return cursor_.error(insert.where, "INSERT takes a list of columns or BY NAME, found both");
  }
  if (cursor_.accept_word("default")) {
    TRY_STATUS(cursor_.expect_word("VALUES"));
    if (!insert.columns.empty())
      return cursor_.error(insert.where, "INSERT takes a list of columns or DEFAULT VALUES, found both");
    return Node(std::move(insert));
  }
  size_t ahead = 0;
  while (cursor_.at_symbol("(", ahead)) ++ahead;
  if (cursor_.at_word("values", ahead)) queries_.allow_defaults();
  TRY(query, parse_whole_query());
  insert.query = query;
  if (queries_.default_where().line > 0 && !std::holds_alternative<Values>(query->node))
    return cursor_.error(queries_.default_where(), "DEFAULT stands in the rows of INSERT … VALUES alone");
  for (std::string_view word : {"on", "returning"})
    if (cursor_.at_word(word))
      return cursor_.unsupported(cursor_.where(),
                                 fmt::format("INSERT … {} is not supported", to_upper(cursor_.peek().text)));
  return Node(std::move(insert));
}

Result<bool> StatementParser::parse_if_exists() {
  if (!cursor_.at_word("if") || !cursor_.at_word("exists", 1)) return false;
  cursor_.take();
  cursor_.take();
  return true;
}

// TABLE | VIEW [IF EXISTS] name [CASCADE | RESTRICT]. DROP is taken.
Result<StatementParser::Node> StatementParser::parse_drop() {
  DropStatement drop{.name = ""};
  constexpr std::string_view kWords[] = {"TABLE", "VIEW", "INDEX"};
  drop.view = cursor_.accept_word("view");
  drop.index = !drop.view && cursor_.accept_word("index");
  if (!drop.view && !drop.index && !cursor_.accept_word("table")) {
    if (cursor_.at_word("schema") || cursor_.at_word("sequence") || cursor_.at_word("macro") ||
        cursor_.at_word("type") || cursor_.at_word("function"))
      return cursor_.unsupported(cursor_.where(),
                                 fmt::format("DROP {} is not supported", to_upper(cursor_.peek().text)),
                                 "DROP TABLE and DROP VIEW are");
    return cursor_.expected("TABLE or VIEW", kWords);
  }
  TRY(if_exists, parse_if_exists());
  drop.if_exists = if_exists;
  TRY(name, cursor_.take_name(drop.view    ? "the name of a view"
                              : drop.index ? "the name of an index"
                                           : "the name of a table"));
  drop.name = std::move(name);
  if (!cursor_.accept_word("cascade")) cursor_.accept_word("restrict");
  return Node(std::move(drop));
}

Result<StatementParser::Node> StatementParser::parse_truncate() {
  cursor_.accept_word("table");
  TRY(name, cursor_.take_name("the name of a table"));
  return Node(TruncateStatement{std::move(name)});
}

// 'path' [[WITH] (FORMAT name, …) | FORMAT name …], which becomes an INSERT from the file. FROM is taken.
Result<StatementParser::Node> StatementParser::parse_copy_from(std::string table, TextPosition where,
                                                               std::vector<std::string> columns) {
  InsertStatement insert{.table = std::move(table), .where = where, .columns = std::move(columns), .query = {}};
  const TextPosition path_where = cursor_.where();
  TRY(path, queries_.parse_path());
  FileRef file{path, "", {}, path_where};
  cursor_.accept_word("with");
  if (cursor_.at_symbol("(") || cursor_.peek().kind == TokenKind::kWord) {
    TRY(options, queries_.parse_options(cursor_.accept_symbol("(")));
    for (auto& option : options)
      if (option.first == "format")
        file.format = to_lower(option.second);
      else
        file.options.push_back(std::move(option));
  }
  TRY(scan, queries_.node(ScanFile{.file = std::move(file), .table = {}, .columns = {}, .pruning = {}}, {}));
  insert.query = scan.plan;
  return Node(std::move(insert));
}

}  // namespace headrace
