#include "expr/parse.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "expr/parse_parts.h"
#include "expr/walk.h"

namespace headrace {
namespace {

constexpr std::array kInfixSymbols = std::to_array<InfixSymbol>({
    {"=", "eq", kComparison},
    {"==", "eq", kComparison},
    {"<>", "ne", kComparison},
    {"!=", "ne", kComparison},
    {"<", "lt", kComparison},
    {"<=", "le", kComparison},
    {">", "gt", kComparison},
    {">=", "ge", kComparison},
    {"||", "concat", kOther},
    {"&", "bit_and_of", kOther},
    {"|", "bit_or_of", kOther},
    {"<<", "shift_left", kOther},
    {">>", "shift_right", kOther},
    {"^@", "starts_with", kOther},
    {"&&", "list_has_any", kOther},
    {"@>", "list_has_all", kOther},
    {"<@", "list_has_all", kOther},  // turned round
    {"~", "regexp_matches", kOther},
    {"~*", "regexp_matches", kOther},
    {"!~", "regexp_matches", kOther},
    {"!~*", "regexp_matches", kOther},
    {"~~", "like", kOther},
    {"!~~", "like", kOther},
    {"~~*", "like", kOther},
    {"!~~*", "like", kOther},
    {"~~~", "glob", kOther},
    {"+", "add", kSum},
    {"-", "subtract", kSum},
    {"*", "multiply", kProduct},
    {"/", "divide", kProduct},
    {"%", "modulo", kProduct},
    {"//", "integer_divide", kProduct},
    {"^", "power", kPower},
    {"**", "power", kPower},
});

bool at_membership(const TokenCursor& cursor) {
  const size_t ahead = cursor.at_word("not") ? 1 : 0;
  for (std::string_view word : {"between", "in", "like", "ilike", "glob"})
    if (cursor.at_word(word, ahead)) return true;
  return cursor.at_word("similar", ahead) && cursor.at_word("to", ahead + 1);
}

template <size_t kCount>
bool contains_word(const std::array<std::string_view, kCount>& sorted, std::string_view word) {
  return std::ranges::binary_search(sorted, std::string_view(to_lower(word)));
}

}  // namespace

const InfixSymbol* infix_at(const TokenCursor& cursor) {
  if (cursor.peek().kind != TokenKind::kSymbol) return nullptr;
  const auto* found = std::ranges::find(kInfixSymbols, cursor.peek().text, &InfixSymbol::symbol);
  return found == kInfixSymbols.end() ? nullptr : found;
}

int precedence_at(const TokenCursor& cursor) {
  if (cursor.at_word("or")) return kOr;
  if (cursor.at_word("and")) return kAnd;
  if (cursor.at_word("is") || cursor.at_word("isnull") || cursor.at_word("notnull")) return kIs;
  if (at_membership(cursor)) return kMembership;
  if (cursor.at_word("at") && cursor.at_word("time", 1) && cursor.at_word("zone", 2)) return kZone;
  const InfixSymbol* infix = infix_at(cursor);
  return infix == nullptr ? 0 : infix->precedence;
}

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
    left = parse_operator(left.value(), found);
  }
  --nesting_;
  return left;
}

Result<Parsed> ExpressionParser::parse_operator(const Parsed& left, int precedence) {
  switch (precedence) {
    case kOr: return parse_chain(left, "or", kOr);
    case kAnd: return parse_chain(left, "and", kAnd);
    case kIs: return parse_is(left);
    case kComparison: return parse_comparison(left);
    case kMembership: return parse_membership(left);
    default: return parse_symbol(left);
  }
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
  for (const auto& [symbol, function] : {std::pair{"~", "bit_not"}, std::pair{"@", "abs"}})
    if (cursor_.accept_symbol(symbol)) {  // it takes all that binds more tightly than an operator of its kind
      TRY(operand, parse(kSum));
      return call_of(function, std::array{operand}, where);
    }
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
  if (operands.empty()) return cursor_.error(where, "a row without values has nothing to compare");
  if (operands.size() == 1) return operands[0];
  const size_t middle = (operands.size() + 1) / 2;
  TRY(left, balanced(function, operands.first(middle), where));
  TRY(right, balanced(function, operands.subspan(middle), where));
  return call_of(function, std::array{left, right}, where);
}

// || & + - * / ^ …, from left to right.
Result<Parsed> ExpressionParser::parse_symbol(const Parsed& left) {
  if (cursor_.at_word("at")) {  // x AT TIME ZONE zone
    const TextPosition where = cursor_.take().where;
    cursor_.take();
    cursor_.take();
    TRY(zone, parse(kUnary));
    return call_of("timezone", std::array{zone, left}, where);
  }
  const InfixSymbol& infix = *infix_at(cursor_);
  const TextPosition where = cursor_.take().where;
  TRY(right, parse(infix.precedence + 1));
  if (infix.symbol == "/" && cursor_.rules().integer_division)
    return call_of("integer_divide", std::array{left, right}, where);
  return match_symbol(infix, left, right, where);
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

Result<ExprPtr> parse_expression(TokenCursor& cursor, const ParseQuery& queries) {
  TRY(parsed, ExpressionParser(cursor, queries).parse(kLoosest));
  return parsed.expr;
}

Result<ExprPtr> parse_expression_or_star(TokenCursor& cursor, const ParseQuery& queries) {
  ExpressionParser parser(cursor, queries);
  if (!parser.at_star()) return parse_expression(cursor, queries);
  TRY(parsed, parser.parse_star());
  return parsed.expr;
}

Result<ExprPtr> parse_expression(std::string_view text) {
  TRY(cursor, TokenCursor::over(text));
  TRY(expr, parse_expression_or_star(cursor));
  if (!cursor.at_end()) return cursor.expected("an operator or end of text");
  return expr;
}

bool query_follows(const TokenCursor& cursor, size_t ahead) {
  size_t open = 0;
  for (; cursor.at_symbol("(", ahead); ++ahead) ++open;
  const bool query = cursor.at_word("select", ahead) || cursor.at_word("with", ahead) ||
                     cursor.at_word("from", ahead) ||
                     (cursor.at_word("table", ahead) && cursor.peek(ahead + 1).kind == TokenKind::kWord) ||
                     (cursor.at_word("values", ahead) && cursor.at_symbol("(", ahead + 1));
  if (!query || open == 0) return query;
  // ((SELECT 1) UNION …) against ((SELECT 1) + 1): what follows each of the parentheses in front decides.
  const auto goes_on = [&](size_t at) {
    for (std::string_view word : {"union", "intersect", "except", "order", "limit", "offset", "fetch"})
      if (cursor.at_word(word, at)) return true;
    return cursor.at_symbol(")", at);
  };
  for (size_t depth = open, lowest = open; depth > 0; ++ahead) {
    if (cursor.peek(ahead).kind == TokenKind::kEnd) return true;
    if (cursor.at_symbol("(", ahead)) ++depth;
    if (!cursor.at_symbol(")", ahead) || --depth >= lowest) continue;
    lowest = depth;
    if (!goes_on(ahead + 1)) return false;
  }
  return true;
}

Status parse_sort_direction(TokenCursor& cursor, SortKey& key) {
  const TextRules& rules = cursor.rules();
  key.descending = cursor.accept_word("desc") || (!cursor.accept_word("asc") && rules.descending);
  key.nulls_first = key.descending ? rules.nulls_first_descending : rules.nulls_first_ascending;
  if (!cursor.accept_word("nulls")) return kDone;
  constexpr std::string_view kWords[] = {"FIRST", "LAST"};
  key.nulls_first = cursor.accept_word("first");
  if (!key.nulls_first && !cursor.accept_word("last")) return cursor.expected("FIRST or LAST", kWords);
  return kDone;
}

const Expr* first_aggregate(const Expr& expr) {
  return find_node(expr, [](const Expr& part) { return std::holds_alternative<AggregateCall>(part.node); });
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
      {"all",       "anti",    "any",  "asof",        "except", "false", "fetch",   "for",    "ilike",
       "intersect", "lateral", "left", "natural",     "null",   "nulls", "outer",   "pivot",  "positional",
       "qualify",   "right",   "semi", "tablesample", "to",     "true",  "unpivot", "values", "window"});
  static_assert(std::ranges::is_sorted(kMore));
  return is_reserved_in_expressions(word) || contains_word(kMore, word);
}

}  // namespace headrace
