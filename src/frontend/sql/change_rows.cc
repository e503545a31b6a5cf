// UPDATE, DELETE and CREATE INDEX: statements about rows that a table has.
#include <fmt/format.h>

#include <algorithm>

#include "frontend/sql/statement_parser.h"

namespace headrace {

Result<ExprPtr> StatementParser::parse_condition() {
  ExprPtr condition;
  if (cursor_.accept_word("where")) {
    const TextPosition where = cursor_.where();
    TRY(written, queries_.parse_value());
    if (first_aggregate(*written) != nullptr)
      return cursor_.error(where, "WHERE is about one row, found an aggregate", "compare with (SELECT max(x) FROM t)");
    condition = std::move(written);
  }
  if (cursor_.at_word("returning")) return cursor_.unsupported(cursor_.where(), "RETURNING is not supported");
  return condition;
}

// table [[AS] alias] SET column = value | (columns) = (values), … [WHERE …]. UPDATE is taken.
Result<StatementParser::Node> StatementParser::parse_update() {
  UpdateStatement update{.table = "", .alias = "", .where = cursor_.where(), .columns = {}, .condition = {}};
  if (cursor_.at_word("or")) return cursor_.unsupported(cursor_.where(), "UPDATE OR … is not supported");
  TRY(table, cursor_.take_name("the table to update"));
  update.table = update.alias = std::move(table);
  if (cursor_.accept_word("as") || !cursor_.at_word("set")) {
    TRY(alias, cursor_.take_name("a name for the table, or SET"));
    update.alias = std::move(alias);
  }
  TRY_STATUS(cursor_.expect_word("SET"));
  do {
    TRY_STATUS(parse_assignment(update));
  } while (cursor_.accept_symbol(","));
  if (cursor_.at_word("from"))
    return cursor_.unsupported(cursor_.where(), "UPDATE … FROM is not supported",
                               "make the table again from a join: CREATE OR REPLACE TABLE t AS SELECT …");
  TRY(condition, parse_condition());
  update.condition = condition;
  return Node(std::move(update));
}

Status StatementParser::parse_assignment(UpdateStatement& update) {
  const TextPosition where = cursor_.where();
  const bool several = cursor_.accept_symbol("(");
  std::vector<std::string> names;
  if (several) {
    TRY(columns, parse_column_names());
    names = std::move(columns);
  } else {
    TRY(name, cursor_.take_name("a column"));
    names.push_back(std::move(name));
  }
  TRY_STATUS(cursor_.expect_symbol("="));
  if (several) {
    cursor_.accept_word("row");
    TRY_STATUS(cursor_.expect_symbol("("));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    const auto is_same = [&](const auto& other) { return equal_words(other.first, names[i]); };
    if (std::ranges::any_of(update.columns, is_same))
      return cursor_.error(where, fmt::format("the column '{}' is set twice", names[i]));
    if (i > 0) TRY_STATUS(cursor_.expect_symbol(","));
    ExprPtr value;
    if (!cursor_.accept_word("default")) {
      TRY(written, queries_.parse_value());
      if (first_aggregate(*written) != nullptr)
        return cursor_.error(where, "SET is about one row, found an aggregate", "take it from (SELECT max(x) FROM t)");
      value = std::move(written);
    }
    update.columns.emplace_back(std::move(names[i]), std::move(value));
  }
  return several ? cursor_.expect_symbol(")") : kDone;
}

// FROM table [[AS] alias] [WHERE …]. DELETE is taken.
Result<StatementParser::Node> StatementParser::parse_delete() {
  TRY_STATUS(cursor_.expect_word("FROM"));
  DeleteStatement removed{.table = "", .alias = "", .where = cursor_.where(), .condition = {}};
  TRY(table, cursor_.take_name("the table to delete from"));
  removed.table = removed.alias = std::move(table);
  if (cursor_.at_word("using"))
    return cursor_.unsupported(cursor_.where(), "DELETE … USING is not supported",
                               "write WHERE key IN (SELECT key FROM …)");
  if (cursor_.accept_word("as") ||
      (cursor_.peek().kind == TokenKind::kWord && !cursor_.at_word("where") && !cursor_.at_word("returning"))) {
    TRY(alias, cursor_.take_name("a name for the table"));
    removed.alias = std::move(alias);
  }
  TRY(condition, parse_condition());
  removed.condition = condition;
  return Node(std::move(removed));
}

// [IF NOT EXISTS] [name] ON table [USING method] (key [ASC | DESC], …). CREATE [UNIQUE] INDEX is taken.
Result<StatementParser::Node> StatementParser::parse_create_index(bool unique) {
  CreateIndexStatement create{.name = "", .table = "", .where = {}, .unique = unique, .keys = {}};
  TRY(if_exists, parse_if_not_exists(IfExists::kError, "INDEX"));
  create.if_exists = if_exists;
  if (!cursor_.at_word("on")) {
    TRY(name, cursor_.take_name("a name for the index"));
    create.name = std::move(name);
  }
  TRY_STATUS(cursor_.expect_word("ON"));
  create.where = cursor_.where();
  TRY(table, cursor_.take_name("the table of the index"));
  create.table = std::move(table);
  if (cursor_.accept_word("using")) TRY_STATUS(cursor_.take_name("the kind of index"));
  TRY_STATUS(cursor_.expect_symbol("("));
  do {
    const TextPosition where = cursor_.where();
    TRY(key, parse_expression(cursor_));
    if (first_aggregate(*key) != nullptr) return cursor_.error(where, "an index is about rows, found an aggregate");
    SortKey direction{key};
    TRY_STATUS(parse_sort_direction(cursor_, direction));
    create.keys.push_back(std::move(key));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return Node(std::move(create));
}

}  // namespace headrace
