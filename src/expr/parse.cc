#include "expr/parse.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/overloaded.h"
#include "expr/parse_parts.h"

namespace headrace {
namespace {

// Levels of precedence; a larger one binds more tightly.
enum Precedence : int {
  kOr = ExpressionParser::kLoosest,
  kAnd,
  kNot,
  kIs,
  kComparison,
  kMembership,
  kConcat,
  kSum,
  kProduct,
  kUnary,
};

struct InfixSymbol {
  std::string_view symbol;
  const char* function;
  int precedence;
};
constexpr std::array kInfixSymbols = std::to_array<InfixSymbol>({
    {"=", "eq", kComparison},
    {"==", "eq", kComparison},
    {"<>", "ne", kComparison},
    {"!=", "ne", kComparison},
    {"<", "lt", kComparison},
    {"<=", "le", kComparison},
    {">", "gt", kComparison},
    {">=", "ge", kComparison},
    {"||", "concat", kConcat},
    {"+", "add", kSum},
    {"-", "subtract", kSum},
    {"*", "multiply", kProduct},
    {"/", "divide", kProduct},
    {"%", "modulo", kProduct},
    {"//", "integer_divide", kProduct},
});

const InfixSymbol* infix_at(const TokenCursor& cursor) {
  if (cursor.peek().kind != TokenKind::kSymbol) return nullptr;
  const auto* found = std::ranges::find(kInfixSymbols, cursor.peek().text, &InfixSymbol::symbol);
  return found == kInfixSymbols.end() ? nullptr : found;
}

bool at_membership(const TokenCursor& cursor) {
  const size_t ahead = cursor.at_word("not") ? 1 : 0;
  for (std::string_view word : {"between", "in", "like", "ilike"})
    if (cursor.at_word(word, ahead)) return true;
  return false;
}

// The precedence of the operator at the cursor; 0: none.
int precedence_at(const TokenCursor& cursor) {
  if (cursor.at_word("or")) return kOr;
  if (cursor.at_word("and")) return kAnd;
  if (cursor.at_word("is")) return kIs;
  if (at_membership(cursor)) return kMembership;
  const InfixSymbol* infix = infix_at(cursor);
  return infix == nullptr ? 0 : infix->precedence;
}

template <size_t kCount>
bool contains_word(const std::array<std::string_view, kCount>& sorted, std::string_view word) {
  return std::ranges::binary_search(sorted, std::string_view(to_lower(word)));
}

}  // namespace

Result<Parsed> ExpressionParser::parse(int precedence) {
  if (nesting_ >= limits::kExpressionDepthMax) return too_deep(cursor_.where());
  ++nesting_;
  auto left = parse_left(precedence);
  // Behind an operator no tighter one can follow: its right side would have taken it.
  int tightest = kUnary;
  while (left.ok()) {
    const int found = precedence_at(cursor_);
    if (found < precedence || found == 0 || found > tightest) break;
    tightest = found;
    switch (found) {
      case kOr: left = parse_chain(left.value(), "or", kOr); break;
      case kAnd: left = parse_chain(left.value(), "and", kAnd); break;
      case kIs: left = parse_is(left.value()); break;
      case kComparison: left = parse_comparison(left.value()); break;
      case kMembership: left = parse_membership(left.value()); break;
      default: left = parse_symbol(left.value()); break;
    }
  }
  --nesting_;
  return left;
}

Result<Parsed> ExpressionParser::parse_left(int precedence) {
  const TextPosition where = cursor_.where();
  if (precedence <= kNot && cursor_.accept_word("not")) {
    TRY(operand, parse(kNot));
    return call_of("not", std::array{operand}, where);
  }
  const bool number_follows = cursor_.peek(1).kind == TokenKind::kNumber;
  if (cursor_.at_symbol("-") && !number_follows) {
    cursor_.take();
    TRY(operand, parse(kUnary));
    return call_of("negate", std::array{operand}, where);
  }
  if (cursor_.accept_symbol("+")) return parse(kUnary);
  return parse_postfix();
}

// a OR b OR c …: a balanced tree, so that long lists stay shallow. AND and OR are associative, faults and nulls included.
Result<Parsed> ExpressionParser::parse_chain(Parsed left, std::string_view keyword, int precedence) {
  const TextPosition where = cursor_.where();
  std::vector<Parsed> operands = {std::move(left)};
  while (cursor_.accept_word(keyword)) {
    TRY(operand, parse(precedence + 1));
    operands.push_back(std::move(operand));
  }
  return balanced(keyword == "or" ? "or" : "and", operands, where);
}

Result<Parsed> ExpressionParser::balanced(const char* function, std::span<const Parsed> operands, TextPosition where) {
  if (operands.size() == 1) return operands[0];
  const size_t middle = (operands.size() + 1) / 2;
  TRY(left, balanced(function, operands.first(middle), where));
  TRY(right, balanced(function, operands.subspan(middle), where));
  return call_of(function, std::array{left, right}, where);
}

Result<Parsed> ExpressionParser::parse_is(Parsed left) {
  const TextPosition where = cursor_.take().where;
  const bool negated = cursor_.accept_word("not");
  if (cursor_.accept_word("null") || cursor_.accept_word("unknown"))
    return call_of(negated ? "is_not_null" : "is_null", std::array{left}, where);
  if (cursor_.at_word("true") || cursor_.at_word("false")) {
    const bool wanted = equal_words(cursor_.take().text, "true");
    if (!wanted) {
      TRY(opposite, call_of("not", std::array{left}, where));
      left = opposite;
    }
    const Parsed otherwise{literal(Value{kBool, false}, where)};
    TRY(is, call_of("coalesce", std::array{left, otherwise}, where));
    return negated ? call_of("not", std::array{is}, where) : is;
  }
  if (cursor_.accept_word("distinct")) {
    TRY_STATUS(cursor_.expect_word("from"));
    TRY(right, parse(kComparison));
    TRY(left_null, call_of("is_null", std::array{left}, where));
    TRY(right_null, call_of("is_null", std::array{right}, where));
    TRY(right_there, call_of("is_not_null", std::array{right}, where));
    TRY(differs, call_of("ne", std::array{left, right}, where));
    const Parsed yes{literal(Value{kBool, true}, where)};
    Case cases{{{left_null.expr, right_there.expr}, {right_null.expr, yes.expr}}, differs.expr};
    TRY(distinct, node(Expr{.node = std::move(cases), .where = where},
                       std::array{left_null, right_there, right_null, yes, differs}));
    return negated ? call_of("not", std::array{distinct}, where) : distinct;
  }
  constexpr std::string_view kWords[] = {"NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT"};
  return cursor_.expected(negated ? "NULL, TRUE, FALSE or DISTINCT FROM after IS NOT"
                                  : "NULL, NOT NULL, TRUE, FALSE or DISTINCT FROM after IS",
                          kWords);
}

Result<Parsed> ExpressionParser::parse_comparison(const Parsed& left) {
  const InfixSymbol& infix = *infix_at(cursor_);
  const TextPosition where = cursor_.take().where;
  TRY(right, parse(kMembership));
  if (precedence_at(cursor_) == kComparison)
    return cursor_.error(cursor_.where(), "comparisons do not chain", "write a < b AND b < c, or use parentheses");
  return call_of(infix.function, std::array{left, right}, where);
}

Result<Parsed> ExpressionParser::parse_membership(const Parsed& left) {
  const TextPosition where = cursor_.where();
  const bool negated = cursor_.accept_word("not");
  auto found = cursor_.at_word("between") ? parse_between(left, where)
               : cursor_.at_word("in")    ? parse_in(left, where)
                                          : parse_like(left, where);
  if (!negated || !found.ok()) return found;
  return call_of("not", std::array{found.value()}, where);
}

Result<Parsed> ExpressionParser::parse_between(const Parsed& left, TextPosition where) {
  cursor_.take();
  TRY(low, parse(kConcat));
  TRY_STATUS(cursor_.expect_word("AND"));
  TRY(high, parse(kConcat));
  TRY(from, call_of("ge", std::array{left, low}, where));
  TRY(to, call_of("le", std::array{left, high}, where));
  return call_of("and", std::array{from, to}, where);
}

Result<Parsed> ExpressionParser::parse_in(const Parsed& left, TextPosition where) {
  cursor_.take();
  TRY_STATUS(cursor_.expect_symbol("("));
  if (cursor_.at_word("select") || cursor_.at_word("with"))
    return cursor_.unsupported(cursor_.where(), "IN (SELECT …) is not supported", "join with the subquery instead");
  std::vector<Parsed> equalities;
  do {
    TRY(item, parse(kLoosest));
    TRY(equality, call_of("eq", std::array{left, item}, where));
    equalities.push_back(std::move(equality));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return balanced("or", equalities, where);
}

Result<Parsed> ExpressionParser::parse_like(const Parsed& left, TextPosition where) {
  const bool ignores_case = equal_words(cursor_.take().text, "ilike");
  TRY(pattern, parse(kConcat));
  if (cursor_.at_word("escape"))
    return cursor_.unsupported(cursor_.where(), "LIKE … ESCAPE is not supported",
                               "a pattern has no escape character here");
  if (!ignores_case) return call_of("like", std::array{left, pattern}, where);
  TRY(lower_left, call_of("lower", std::array{left}, where));
  TRY(lower_pattern, call_of("lower", std::array{pattern}, where));
  return call_of("like", std::array{lower_left, lower_pattern}, where);
}

// || + - * / // %, from left to right.
Result<Parsed> ExpressionParser::parse_symbol(const Parsed& left) {
  const InfixSymbol& infix = *infix_at(cursor_);
  const TextPosition where = cursor_.take().where;
  if (infix.precedence == kSum && at_interval()) return parse_interval_sum(left, infix.symbol == "-");
  TRY(right, parse(infix.precedence + 1));
  return call_of(infix.function, std::array{left, right}, where);
}

Result<Parsed> ExpressionParser::node(Expr expr, std::span<const Parsed> children) {
  const TextPosition where = expr.where;
  uint32_t depth = 0;
  uint64_t nodes = 1;
  for (const Parsed& child : children) {
    depth = std::max(depth, child.depth);
    nodes += child.nodes;
  }
  if (depth >= limits::kExpressionDepthMax) return too_deep(where);
  if (nodes > limits::kExpressionNodesMax)
    return cursor_.error(where, fmt::format("the expression has more than {} nodes", limits::kExpressionNodesMax),
                         "compute parts of it in a subquery", ErrorCode::kLimit);
  return Parsed{std::make_shared<const Expr>(std::move(expr)), depth + 1, static_cast<uint32_t>(nodes)};
}

Result<Parsed> ExpressionParser::call_of(std::string function, std::span<const Parsed> arguments, TextPosition where) {
  Call made{std::move(function), {}};
  made.arguments.reserve(arguments.size());
  for (const Parsed& argument : arguments) made.arguments.push_back(argument.expr);
  return node(Expr{.node = std::move(made), .where = where}, arguments);
}

Error ExpressionParser::too_deep(TextPosition where) const {
  return cursor_.error(where,
                       fmt::format("the expression is nested more than {} levels deep", limits::kExpressionDepthMax),
                       "compute parts of it in a subquery", ErrorCode::kLimit);
}

Result<ExprPtr> parse_expression(TokenCursor& cursor) {
  TRY(parsed, ExpressionParser(cursor).parse(ExpressionParser::kLoosest));
  return parsed.expr;
}

Result<ExprPtr> parse_expression_or_star(TokenCursor& cursor) {
  const TextPosition where = cursor.where();
  if (cursor.accept_symbol("*")) return std::make_shared<const Expr>(Expr{.node = Star{}, .where = where});
  const bool name = cursor.peek().kind == TokenKind::kWord || cursor.peek().kind == TokenKind::kQuotedName;
  if (name && cursor.at_symbol(".", 1) && cursor.at_symbol("*", 2)) {
    std::string table = unquoted(cursor.take());
    cursor.take();
    cursor.take();
    return std::make_shared<const Expr>(Expr{.node = Star{std::move(table)}, .where = where});
  }
  return parse_expression(cursor);
}

Result<ExprPtr> parse_expression(std::string_view text) {
  TRY(cursor, TokenCursor::over(text));
  TRY(expr, parse_expression_or_star(cursor));
  if (!cursor.at_end()) return cursor.expected("an operator or end of text");
  return expr;
}

Status parse_sort_direction(TokenCursor& cursor, SortKey& key) {
  if (cursor.accept_word("desc"))
    key.descending = true;
  else
    cursor.accept_word("asc");
  if (!cursor.accept_word("nulls")) return kDone;
  constexpr std::string_view kWords[] = {"FIRST", "LAST"};
  key.nulls_first = cursor.accept_word("first");
  if (!key.nulls_first && !cursor.accept_word("last")) return cursor.expected("FIRST or LAST", kWords);
  return kDone;
}

const Expr* first_aggregate(const Expr& expr) {
  const Expr* found = nullptr;
  const auto search = [&](const ExprPtr& part) {
    if (found == nullptr && part != nullptr) found = first_aggregate(*part);
  };
  std::visit(Overloaded{[&](const AggregateCall&) { found = &expr; },
                        [&](const Call& n) { std::ranges::for_each(n.arguments, search); },
                        [&](const CastTo& n) { search(n.input); },
                        [&](const Case& n) {
                          for (const auto& [condition, value] : n.arms) {
                            search(condition);
                            search(value);
                          }
                          search(n.otherwise);
                        },
                        [](const auto&) {}},
             expr.node);
  return found;
}

bool is_reserved_in_expressions(std::string_view word) {
  static constexpr std::array kWords = std::to_array<std::string_view>(
      {"and",    "as",   "asc",   "between", "case",   "cast",  "cross", "desc",  "distinct", "else",  "end",
       "from",   "full", "group", "having",  "in",     "inner", "is",    "join",  "like",     "limit", "not",
       "offset", "on",   "or",    "order",   "select", "then",  "union", "using", "when",     "where", "with"});
  static_assert(std::ranges::is_sorted(kWords));
  return contains_word(kWords, word);
}

bool is_reserved_as_alias(std::string_view word) {
  static constexpr std::array kMore = std::to_array<std::string_view>(
      {"all",       "anti",    "any",         "asof",    "except", "false",   "fetch",  "for",   "ilike",
       "intersect", "lateral", "left",        "natural", "null",   "nulls",   "outer",  "pivot", "qualify",
       "right",     "semi",    "tablesample", "to",      "true",   "unpivot", "values", "window"});
  static_assert(std::ranges::is_sorted(kMore));
  return is_reserved_in_expressions(word) || contains_word(kMore, word);
}

}  // namespace headrace
