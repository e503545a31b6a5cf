// What stands between operators: columns, literals, parentheses, CASE, CAST.
#include <fmt/format.h>
#include <array>
#include <charconv>

#include "expr/coerce.h"
#include "expr/parse_parts.h"
#include "types/parse_value.h"

namespace headrace {

Result<Parsed> ExpressionParser::parse_postfix() {
  TRY(value, parse_primary());
  for (;;) {
    const TextPosition where = cursor_.where();
    if (cursor_.accept_symbol("::")) {
      TRY(type, parse_type(cursor_));
      TRY(cast, node(Expr{.node = CastTo{value.expr, type}, .where = where}, std::array{value}));
      value = cast;
    } else if (cursor_.at_symbol("[")) {
      TRY(part, parse_subscript(value));
      value = part;
    } else if (cursor_.at_symbol(".") && !cursor_.at_symbol("*", 1)) {
      TRY(field, parse_field(value));
      value = field;
    } else if (cursor_.at_word("collate")) {
      return cursor_.unsupported(where, "COLLATE is not supported", "text is compared by its bytes");
    } else {
      return value;
    }
  }
}

Result<Parsed> ExpressionParser::parse_primary() {
  const Token& token = cursor_.peek();
  const TextPosition where = token.where;
  switch (token.kind) {
    case TokenKind::kNumber: return parse_number(false);
    case TokenKind::kString: return Parsed{literal(Value{kUtf8, unquoted(cursor_.take())}, where)};
    case TokenKind::kWord: return parse_word();
    case TokenKind::kQuotedName:
      if (cursor_.at_symbol("(", 1)) return parse_call();
      return parse_column();
    case TokenKind::kColumnIndex: return parse_column();
    case TokenKind::kSymbol:
      if (token.text == "-") return parse_number(true);  // parse_left() has seen the number behind it
      if (token.text == "(") return parse_parenthesised();
      if (token.text == "[") return parse_list();
      if (token.text == "{") return parse_struct();
      if (token.text != "?") break;
      [[fallthrough]];
    case TokenKind::kParameter:
      return Parsed{std::make_shared<const Expr>(Expr{.node = Parameter{cursor_.take_parameter()}, .where = where})};
    case TokenKind::kEnd: break;
  }
  return cursor_.expected("an expression");
}

Result<Parsed> ExpressionParser::parse_word() {
  const TextPosition where = cursor_.where();
  const bool call_follows = cursor_.at_symbol("(", 1);
  if (cursor_.peek(1).kind == TokenKind::kColumnIndex) return parse_column();
  if (cursor_.at_word("case")) return parse_case();
  if (call_follows && (cursor_.at_word("cast") || cursor_.at_word("try_cast")))
    return parse_cast(cursor_.at_word("try_cast"));
  if (call_follows && cursor_.at_word("exists") && query_follows(cursor_, 2)) {
    cursor_.take();
    cursor_.take();
    return parse_subquery({.form = Subquery::Form::kExists, .plan = {}}, {}, where);
  }
  if (cursor_.at_word("array") && cursor_.at_symbol("[", 1)) {
    cursor_.take();
    return parse_list();
  }
  if (cursor_.at_word("array") && call_follows && query_follows(cursor_, 2))
    return cursor_.unsupported(where, "ARRAY (SELECT …) is not supported", "write (SELECT list(x) FROM …)");
  if (cursor_.at_word("map") && cursor_.at_symbol("{", 1)) return parse_map();
  if (at_interval()) return parse_interval();
  if (at_computed_interval()) return parse_computed_interval();
  if (at_bytes()) return parse_bytes();
  TRY(typed, parse_typed_literal());
  if (typed) return *typed;
  if (cursor_.at_word("lambda") && cursor_.peek(1).kind == TokenKind::kWord) return no_lambdas(where, "lambdas");
  if (is_reserved_in_expressions(cursor_.peek().text)) return cursor_.expected("an expression");
  if (call_follows) return parse_call();
  if (!cursor_.at_symbol(".", 1)) {
    if (cursor_.accept_word("null")) return Parsed{literal(null_value(kNullType), where)};
    if (cursor_.accept_word("true")) return Parsed{literal(Value{kBool, true}, where)};
    if (cursor_.accept_word("false")) return Parsed{literal(Value{kBool, false}, where)};
    for (std::string_view word :
         {"current_date", "current_timestamp", "current_time", "localtimestamp", "localtime", "current_user"})
      if (cursor_.at_word(word)) return call_of(to_lower(cursor_.take().text), {}, where);
  }
  return parse_column();
}

// name, table.name; name#3: the resolved column 3; #3: the third column of what is read
Result<Parsed> ExpressionParser::parse_column() {
  const TextPosition where = cursor_.where();
  const bool bare = cursor_.peek().kind == TokenKind::kColumnIndex;
  std::string name;
  if (!bare) name = unquoted(cursor_.take());
  if (cursor_.peek().kind == TokenKind::kColumnIndex) {
    const std::string_view digits = cursor_.peek().text.substr(1);
    uint32_t index = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), index).ec != std::errc())
      return cursor_.expected("a column index below 2^32");
    if (bare && index == 0) return cursor_.expected("a column's place, from #1 on");
    cursor_.take();
    if (bare) --index;
    return Parsed{std::make_shared<const Expr>(Expr{.node = ColumnIndex{index, std::move(name)}, .where = where})};
  }
  std::string table;
  if (cursor_.accept_symbol(".")) {
    table = std::move(name);
    TRY(column, cursor_.take_name("a column name after '.'"));
    name = std::move(column);
    if (cursor_.at_symbol("("))
      return cursor_.unsupported(where, "a function is named by itself, without a schema or a dot in front",
                                 fmt::format("write {}(…)", name));
  }
  if (name.empty()) return cursor_.error(where, "a name must not be empty");
  return Parsed{column_name(std::move(table), std::move(name), where)};
}

// (a), (a, b) or (query)
Result<Parsed> ExpressionParser::parse_parenthesised() {
  const TextPosition where = cursor_.take().where;
  if (query_follows(cursor_)) return parse_subquery({.form = Subquery::Form::kScalar, .plan = {}}, {}, where);
  TRY(inside, parse(kLoosest));
  if (cursor_.accept_symbol(")")) return inside;
  std::vector<Parsed> values = {std::move(inside)};
  while (cursor_.accept_symbol(",")) {
    TRY(value, parse(kLoosest));
    values.push_back(std::move(value));
  }
  TRY_STATUS(cursor_.expect_symbol(")"));
  return row_of(std::move(values), where);
}

Result<Parsed> ExpressionParser::parse_subquery(Subquery made, std::span<const Parsed> operands, TextPosition where) {
  if (!queries_)
    return cursor_.unsupported(where, "a subquery may not stand here",
                               "subqueries belong into the clauses of a SELECT");
  const size_t start = cursor_.offset();
  TRY(query, queries_());
  const std::string_view text = cursor_.text().substr(start, cursor_.offset() - start);
  for (const char letter : text) {  // on one line
    const bool blank = letter == ' ' || letter == '\n' || letter == '\t' || letter == '\r';
    if (!blank) made.text += letter;
    if (blank && !made.text.empty() && made.text.back() != ' ') made.text += ' ';
  }
  while (made.text.ends_with(' ')) made.text.pop_back();
  TRY_STATUS(cursor_.expect_symbol(")"));
  made.plan = std::move(query.plan);
  std::vector<Parsed> parts(operands.begin(), operands.end());
  for (const Parsed& operand : operands) made.operands.push_back(operand.expr);
  const auto nodes = static_cast<uint32_t>(std::min<uint64_t>(query.nodes, UINT32_MAX / 2));
  parts.push_back(Parsed{nullptr, 1, nodes});
  return node(Expr{.node = std::move(made), .where = where}, parts);
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
      TRY(equality, compare("eq", operand, when, when.expr->where));
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

// CAST(x AS type), TRY_CAST(x AS type)
Result<Parsed> ExpressionParser::parse_cast(bool try_) {
  const TextPosition where = cursor_.take().where;
  TRY_STATUS(cursor_.expect_symbol("("));
  TRY(input, parse(kLoosest));
  TRY_STATUS(cursor_.expect_word("AS"));
  TRY(type, parse_type(cursor_));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return node(Expr{.node = CastTo{input.expr, type, try_}, .where = where}, std::array{input});
}

// DATE '…', TIMESTAMP '…', DECIMAL(5, 2) '1.50': nothing when no type with a string behind it is at the cursor.
Result<std::optional<Parsed>> ExpressionParser::parse_typed_literal() {
  const TokenKind next = cursor_.peek(1).kind;
  const bool maybe = next == TokenKind::kString || next == TokenKind::kWord || cursor_.at_symbol("(", 1);
  if (!maybe || is_reserved_in_expressions(cursor_.peek().text)) return std::optional<Parsed>();
  const TextPosition where = cursor_.where();
  TokenCursor ahead = cursor_;
  const auto type = parse_type(ahead);
  if (!type.ok() || ahead.peek().kind != TokenKind::kString) return std::optional<Parsed>();
  cursor_ = ahead;
  const Token token = cursor_.take();
  const std::string text = unquoted(token);
  if (auto read = value_of_text(text, type.value())) return std::optional(Parsed{literal(std::move(*read), where)});
  const auto value = parse_value(text, type.value());
  if (!value.ok()) return cursor_.error(token.where, value.error().message, value.error().hint);
  return std::optional(Parsed{literal(value.value(), where)});
}

}  // namespace headrace
