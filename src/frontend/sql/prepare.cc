// PREPARE, EXECUTE, DEALLOCATE: a statement with parameters that is kept under a name.
#include <fmt/format.h>

#include <algorithm>

#include "frontend/sql/statement_parser.h"

namespace headrace {

// name AS query | INSERT | UPDATE | DELETE. PREPARE is taken.
Result<StatementParser::Node> StatementParser::parse_prepare() {
  TRY(name, cursor_.take_name("a name for the prepared statement"));
  if (cursor_.at_symbol("("))
    return cursor_.unsupported(cursor_.where(), "a prepared statement has no list of types",
                               "write the type where the parameter stands: $1::integer");
  TRY_STATUS(cursor_.expect_word("AS"));
  constexpr std::string_view kWords[] = {"SELECT", "WITH", "FROM", "VALUES", "INSERT", "UPDATE", "DELETE"};
  const auto at_word = [&](std::string_view word) { return cursor_.at_word(word); };
  if (!queries_.at_query() && std::ranges::none_of(std::span(kWords).last(3), at_word))
    return cursor_.expected("a query, INSERT, UPDATE or DELETE after AS", kWords);
  const size_t start = cursor_.offset();
  Statement inside{.node = {}, .where = cursor_.where(), .text = ""};
  TRY(node, parse_node());
  inside.node = std::move(node);
  inside.text = cursor_.text().substr(start, cursor_.offset() - start);
  return Node(PrepareStatement{std::move(name), std::make_shared<const Statement>(std::move(inside)),
                               std::string(cursor_.text().substr(0, cursor_.offset()))});
}

// name [([parameter := | =>] value, …)]. EXECUTE is taken.
Result<StatementParser::Node> StatementParser::parse_execute() {
  ExecuteStatement execute{.name = "", .where = cursor_.where(), .arguments = {}};
  TRY(name, cursor_.take_name("the name of a prepared statement"));
  execute.name = std::move(name);
  if (!cursor_.accept_symbol("(")) return Node(std::move(execute));
  if (cursor_.accept_symbol(")")) return Node(std::move(execute));
  size_t unnamed = 0;
  do {
    const TextPosition where = cursor_.where();
    std::string parameter;
    if (cursor_.at_symbol(":=", 1) || cursor_.at_symbol("=>", 1)) {
      TRY(given, cursor_.take_name("the name of a parameter"));
      parameter = std::move(given);
      cursor_.take();
    } else {
      parameter = std::to_string(++unnamed);
    }
    if (unnamed > 0 && unnamed < execute.arguments.size() + 1)
      return cursor_.error(where, "EXECUTE takes values by their places or by their names, found both");
    const auto is_same = [&](const auto& other) { return equal_words(other.first, parameter); };
    if (std::ranges::any_of(execute.arguments, is_same))
      return cursor_.error(where, fmt::format("the parameter ${} has two values", parameter));
    TRY(value, parse_expression(cursor_));
    if (first_aggregate(*value) != nullptr)
      return cursor_.error(where, "EXECUTE takes values, found an aggregate", "compute it in a query before");
    execute.arguments.emplace_back(std::move(parameter), std::move(value));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return Node(std::move(execute));
}

// [PREPARE] name | ALL. DEALLOCATE is taken.
Result<StatementParser::Node> StatementParser::parse_deallocate() {
  if (cursor_.at_word("prepare") && !cursor_.at_symbol(";", 1) && cursor_.peek(1).kind != TokenKind::kEnd)
    cursor_.take();
  if (cursor_.accept_word("all")) return Node(DeallocateStatement{});
  TRY(name, cursor_.take_name("the name of a prepared statement, or ALL"));
  return Node(DeallocateStatement{std::move(name)});
}

}  // namespace headrace
