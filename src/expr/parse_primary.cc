// What stands between operators: columns, literals, parentheses, CASE, CAST.
#include <fmt/format.h>
#include <array>
#include <charconv>

#include "expr/parse_parts.h"
#include "types/parse_value.h"

namespace headrace {

Result<Parsed> ExpressionParser::parse_postfix() {
  TRY(value, parse_primary());
  for (;;) {
    const TextPosition where = cursor_.where();
    if (!cursor_.accept_symbol("::")) return value;
    TRY(type, parse_type(cursor_));
    TRY(cast, node(Expr{.node = CastTo{value.expr, type}, .where = where}, std::array{value}));
    value = cast;
  }
}

Result<Parsed> ExpressionParser::parse_primary() {
  const Token& token = cursor_.peek();
  switch (token.kind) {
    case TokenKind::kNumber: return parse_number(false);
    case TokenKind::kString: {
      const TextPosition where = token.where;
      return Parsed{literal(Value{kUtf8, unquoted(cursor_.take())}, where)};
    }
    case TokenKind::kWord: return parse_word();
    case TokenKind::kQuotedName:
      if (cursor_.at_symbol("(", 1)) return parse_call();
      return parse_column();
    case TokenKind::kColumnIndex: return parse_column();
    case TokenKind::kSymbol:
      if (token.text == "-") return parse_number(true);  // parse_left() has seen the number behind it
      if (token.text == "(") return parse_parenthesised();
      if (token.text == "?") return cursor_.unsupported(token.where, "parameters are not supported");
      break;
    case TokenKind::kEnd: break;
  }
  return cursor_.expected("an expression");
}

Result<Parsed> ExpressionParser::parse_word() {
  const TextPosition where = cursor_.where();
  const bool call_follows = cursor_.at_symbol("(", 1);
  const TokenKind next = cursor_.peek(1).kind;
  if (next == TokenKind::kColumnIndex) return parse_column();
  if (cursor_.at_word("case")) return parse_case();
  if (cursor_.at_word("cast") && call_follows) return parse_cast();
  if (cursor_.at_word("try_cast") && call_follows)
    return cursor_.unsupported(where, "TRY_CAST is not supported",
                               "use CAST, with SET on_error = 'null' if it may fail");
  if (cursor_.at_word("exists") && call_follows)
    return cursor_.unsupported(where, "EXISTS (SELECT …) is not supported", "join with the subquery instead");
  if (next == TokenKind::kString && cursor_.at_word("date")) return parse_typed_literal(kDate);
  if (next == TokenKind::kString && cursor_.at_word("timestamp")) return parse_typed_literal(kTimestamp);
  if (at_interval())
    return cursor_.unsupported(where, "an INTERVAL stands only behind + or -", "write date + INTERVAL '1' DAY");
  if (is_reserved_in_expressions(cursor_.peek().text)) return cursor_.expected("an expression");
  if (call_follows) return parse_call();
  if (!cursor_.at_symbol(".", 1)) {
    if (cursor_.accept_word("null")) return Parsed{literal(null_value(kNullType), where)};
    if (cursor_.accept_word("true")) return Parsed{literal(Value{kBool, true}, where)};
    if (cursor_.accept_word("false")) return Parsed{literal(Value{kBool, false}, where)};
  }
  return parse_column();
}

// name, table.name, name#3, #3
Result<Parsed> ExpressionParser::parse_column() {
  const TextPosition where = cursor_.where();
  std::string name;
  if (cursor_.peek().kind != TokenKind::kColumnIndex) name = unquoted(cursor_.take());
  if (cursor_.peek().kind == TokenKind::kColumnIndex) {
    const std::string_view digits = cursor_.peek().text.substr(1);
    uint32_t index = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), index).ec != std::errc())
      return cursor_.expected("a column index below 2^32");
    cursor_.take();
    return Parsed{std::make_shared<const Expr>(Expr{.node = ColumnIndex{index, std::move(name)}, .where = where})};
  }
  std::string table;
  if (cursor_.accept_symbol(".")) {
    table = std::move(name);
    TRY(column, cursor_.take_name("a column name after '.'"));
    name = std::move(column);
    if (cursor_.at_symbol("."))
      return cursor_.unsupported(cursor_.where(), "a column is named by itself or as table.column",
                                 "schemas and fields of structs are not supported");
  }
  if (name.empty()) return cursor_.error(where, "a name must not be empty");
  return Parsed{column_name(std::move(table), std::move(name), where)};
}

Result<Parsed> ExpressionParser::parse_parenthesised() {
  cursor_.take();
  if (cursor_.at_word("select") || cursor_.at_word("with"))
    return cursor_.unsupported(cursor_.where(), "a subquery as a value is not supported",
                               "join with the subquery instead");
  TRY(inside, parse(kLoosest));
  if (cursor_.at_symbol(","))
    return cursor_.unsupported(cursor_.where(), "rows of several values are not supported", "compare column by column");
  TRY_STATUS(cursor_.expect_symbol(")"));
  return inside;
}

// CASE [operand] WHEN … THEN … [ELSE …] END
Result<Parsed> ExpressionParser::parse_case() {
  const TextPosition where = cursor_.take().where;
  Parsed operand;
  if (!cursor_.at_word("when")) {
    TRY(given, parse(kLoosest));
    operand = given;
  }
  Case made;
  std::vector<Parsed> parts;
  TRY_STATUS(cursor_.expect_word("WHEN"));
  do {
    TRY(when, parse(kLoosest));
    if (operand.expr != nullptr) {
      TRY(equality, call_of("eq", std::array{operand, when}, when.expr->where));
      when = equality;
    }
    TRY_STATUS(cursor_.expect_word("THEN"));
    TRY(then, parse(kLoosest));
    made.arms.emplace_back(when.expr, then.expr);
    parts.push_back(std::move(when));
    parts.push_back(std::move(then));
  } while (cursor_.accept_word("when"));
  if (cursor_.accept_word("else")) {
    TRY(otherwise, parse(kLoosest));
    made.otherwise = otherwise.expr;
    parts.push_back(std::move(otherwise));
  }
  constexpr std::string_view kWords[] = {"WHEN", "ELSE", "END"};
  if (!cursor_.accept_word("end")) return cursor_.expected("WHEN, ELSE or END", kWords);
  return node(Expr{.node = std::move(made), .where = where}, parts);
}

Result<Parsed> ExpressionParser::parse_cast() {
  const TextPosition where = cursor_.take().where;
  TRY_STATUS(cursor_.expect_symbol("("));
  TRY(input, parse(kLoosest));
  TRY_STATUS(cursor_.expect_word("AS"));
  TRY(type, parse_type(cursor_));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return node(Expr{.node = CastTo{input.expr, type}, .where = where}, std::array{input});
}

// DATE '…', TIMESTAMP '…'
Result<Parsed> ExpressionParser::parse_typed_literal(Type type) {
  const TextPosition where = cursor_.take().where;
  const Token token = cursor_.take();
  const auto value = parse_value(unquoted(token), type);
  if (!value.ok()) return cursor_.error(token.where, value.error().message, value.error().hint);
  return Parsed{literal(value.value(), where)};
}

Result<Type> parse_type(TokenCursor& cursor) {
  const TextPosition where = cursor.where();
  TRY(name, cursor.take_name("a type"));
  if (equal_words(name, "double") && cursor.accept_word("precision")) name += " precision";
  if (equal_words(name, "timestamp") && cursor.at_word("without")) {
    for (std::string_view word : {"without", "time", "zone"}) {
      TRY_STATUS(cursor.expect_word(word));
      name += fmt::format(" {}", word);
    }
  }
  if (cursor.accept_symbol("(")) {
    name += '(';
    do {
      if (cursor.peek().kind != TokenKind::kNumber) return cursor.expected("a number");
      if (name.back() != '(') name += ',';
      name += cursor.take().text;
    } while (cursor.accept_symbol(","));
    TRY_STATUS(cursor.expect_symbol(")"));
    name += ')';
  }
  const auto type = parse_type(std::string_view(name));
  if (!type.ok()) return cursor.error(where, type.error().message, type.error().hint);
  return type.value();
}

}  // namespace headrace
