// What is true or false: IS, comparisons, ANY and ALL, BETWEEN, IN, LIKE and its kin; on values and on rows of them.
#include <fmt/format.h>

#include "expr/parse_parts.h"

namespace headrace {
namespace {

// The comparison that holds where `function` is false.
std::string_view opposite(std::string_view function) {
  if (function == "eq") return "ne";
  if (function == "ne") return "eq";
  if (function == "lt") return "ge";
  if (function == "le") return "gt";
  if (function == "gt") return "le";
  return "lt";
}

}  // namespace

// IS [NOT] NULL | TRUE | FALSE | UNKNOWN | DISTINCT FROM, ISNULL, NOTNULL
Result<Parsed> ExpressionParser::parse_is(const Parsed& left) {
  const Token token = cursor_.take();
  const TextPosition where = token.where;
  if (!equal_words(token.text, "is")) return is_null(left, equal_words(token.text, "notnull"), where);
  const bool negated = cursor_.accept_word("not");
  if (cursor_.accept_word("null") || cursor_.accept_word("unknown")) return is_null(left, negated, where);
  if (cursor_.at_word("true") || cursor_.at_word("false")) {
    Parsed wanted = left;
    if (left.row == nullptr)
      wanted = {std::make_shared<const Expr>(Expr{.node = CastTo{left.expr, kBool}, .where = where}), left.depth + 1,
                left.nodes + 1};
    if (!equal_words(cursor_.take().text, "true")) {
      TRY(turned, call_of("not", std::array{left}, where));
      wanted = turned;
    }
    const Parsed otherwise{literal(Value{kBool, false}, where)};
    TRY(is, call_of("coalesce", std::array{wanted, otherwise}, where));
    return negated ? call_of("not", std::array{is}, where) : is;
  }
  if (cursor_.accept_word("distinct")) {
    TRY_STATUS(cursor_.expect_word("from"));
    TRY(right, parse(kComparison));
    return is_distinct(left, right, negated, where);
  }
  constexpr std::string_view kWords[] = {"NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT"};
  return cursor_.expected(negated ? "NULL, TRUE, FALSE or DISTINCT FROM after IS NOT"
                                  : "NULL, NOT NULL, TRUE, FALSE or DISTINCT FROM after IS",
                          kWords);
}

// A row is null when all its values are, and not null when none is.
Result<Parsed> ExpressionParser::is_null(const Parsed& value, bool negated, TextPosition where) {
  const char* function = negated ? "is_not_null" : "is_null";
  if (value.row == nullptr) return call_of(function, std::array{value}, where);
  std::vector<Parsed> parts;
  for (const Parsed& part : *value.row) {
    TRY(tested, call_of(function, std::array{part}, where));
    parts.push_back(std::move(tested));
  }
  return balanced("and", parts, where);
}

// Of rows: part by part.
Result<Parsed> ExpressionParser::is_distinct(const Parsed& left, const Parsed& right, bool negated,
                                             TextPosition where) {
  if (left.row != nullptr && right.row != nullptr && left.row->size() == right.row->size()) {
    std::vector<Parsed> parts;
    for (size_t i = 0; i < left.row->size(); ++i) {
      TRY(part, is_distinct((*left.row)[i], (*right.row)[i], negated, where));
      parts.push_back(std::move(part));
    }
    return balanced(negated ? "and" : "or", parts, where);
  }
  return call_of(negated ? "is_not_distinct_from" : "is_distinct_from", std::array{left, right}, where);
}

Result<Parsed> ExpressionParser::parse_comparison(const Parsed& left) {
  const InfixSymbol& infix = *infix_at(cursor_);
  const TextPosition where = cursor_.take().where;
  for (std::string_view word : {"any", "some", "all"})
    if (cursor_.at_word(word) && cursor_.at_symbol("(", 1)) return parse_quantified(infix.function, left, where);
  TRY(right, parse(kMembership));
  if (precedence_at(cursor_) == kComparison)
    return cursor_.error(cursor_.where(), "comparisons do not chain", "write a < b AND b < c, or use parentheses");
  return compare(infix.function, left, right, where);
}

Result<Parsed> ExpressionParser::compare(std::string_view function, const Parsed& left, const Parsed& right,
                                         TextPosition where) {
  if (left.row == nullptr || right.row == nullptr)
    return call_of(std::string(function), std::array{left, right}, where);
  if (left.row->size() != right.row->size())
    return cursor_.error(
        where, fmt::format("rows of {} and {} values cannot be compared", left.row->size(), right.row->size()));
  return compare_rows(function, *left.row, *right.row, where);
}

// SQL's rule: from the first value on, each is compared by itself; what is null stays open unless another value decides.
Result<Parsed> ExpressionParser::compare_rows(std::string_view function, std::span<const Parsed> left,
                                              std::span<const Parsed> right, TextPosition where) {
  if (function == "eq" || function == "ne") {
    std::vector<Parsed> parts;
    for (size_t i = 0; i < left.size(); ++i) {
      TRY(part, compare(function, left[i], right[i], where));
      parts.push_back(std::move(part));
    }
    return balanced(function == "eq" ? "and" : "or", parts, where);
  }
  if (left.size() == 1) return compare(function, left[0], right[0], where);
  TRY(before, compare(function.substr(0, 1) == "l" ? "lt" : "gt", left[0], right[0], where));
  TRY(equal, compare("eq", left[0], right[0], where));
  TRY(rest, compare_rows(function, left.subspan(1), right.subspan(1), where));
  TRY(tie, call_of("and", std::array{equal, rest}, where));
  return call_of("or", std::array{before, tie}, where);
}

// = ANY of a list: as of a query that gives its elements, true when one is equal, else null when one or the value is null.
Result<Parsed> ExpressionParser::equals_element(const Parsed& list, const Parsed& value, TextPosition where) {
  const Parsed no{literal(Value{kBool, false}, where)}, unknown{literal(null_value(kBool), where)};
  TRY(contained, call_of("list_contains", std::array{list, value}, where));
  TRY(found, call_of("coalesce", std::array{contained, no}, where));
  TRY(length, call_of("length", std::array{list}, where));
  TRY(count, call_of("list_count", std::array{list}, where));
  TRY(null_element, call_of("lt", std::array{count, length}, where));
  TRY(null_value, is_null(value, /*negated=*/false, where));
  TRY(any_element, call_of("gt", std::array{length, Parsed{literal(Value{kInt64, int64_t{0}}, where)}}, where));
  TRY(any_null, call_of("or", std::array{null_element, null_value}, where));
  TRY(undecided, call_of("and", std::array{any_element, any_null}, where));
  TRY(null_if_undecided, call_of("and", std::array{undecided, unknown}, where));
  return call_of("or", std::array{found, null_if_undecided}, where);
}

// ANY, SOME or ALL and a query or a list, behind a comparison. x < ALL (…) is NOT (x >= ANY (…)), nulls included.
Result<Parsed> ExpressionParser::parse_quantified(std::string_view function, const Parsed& left, TextPosition where) {
  const bool all = equal_words(cursor_.take().text, "all");
  const std::string comparison(all ? opposite(function) : function);
  cursor_.take();
  Parsed any;
  if (query_follows(cursor_)) {
    const std::span<const Parsed> operands =
        left.row != nullptr ? std::span<const Parsed>(*left.row) : std::span<const Parsed>(&left, 1);
    TRY(found, parse_subquery({.form = Subquery::Form::kAny, .plan = {}, .comparison = comparison}, operands, where));
    any = found;
  } else {
    if (comparison != "eq")
      return cursor_.unsupported(where, "of lists, only = ANY and <> ALL are supported",
                                 "compare with the rows of (SELECT unnest(list))");
    TRY(list, parse(kLoosest));
    TRY_STATUS(cursor_.expect_symbol(")"));
    TRY(found, equals_element(list, left, where));
    any = found;
  }
  return all ? call_of("not", std::array{any}, where) : any;
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

// BETWEEN [SYMMETRIC] low AND high
Result<Parsed> ExpressionParser::parse_between(const Parsed& left, TextPosition where) {
  cursor_.take();
  const bool symmetric = cursor_.accept_word("symmetric");
  if (!symmetric && cursor_.at_word("asymmetric")) cursor_.take();
  TRY(low, parse(kOther));
  TRY_STATUS(cursor_.expect_word("AND"));
  TRY(high, parse(kOther));
  const auto between = [&](const Parsed& from, const Parsed& to) -> Result<Parsed> {
    TRY(above, compare("ge", left, from, where));
    TRY(below, compare("le", left, to, where));
    return call_of("and", std::array{above, below}, where);
  };
  TRY(straight, between(low, high));
  if (!symmetric) return straight;
  TRY(turned, between(high, low));
  return call_of("or", std::array{straight, turned}, where);
}

// IN (a, b), IN (query), IN list; IN () is never true, not even unknown.
Result<Parsed> ExpressionParser::parse_in(const Parsed& left, TextPosition where) {
  cursor_.take();
  if (!cursor_.at_symbol("(")) {
    TRY(list, parse(kOther));
    return call_of("list_contains", std::array{list, left}, where);
  }
  cursor_.take();
  if (cursor_.accept_symbol(")")) return Parsed{literal(Value{kBool, false}, where)};
  if (query_follows(cursor_)) {
    const std::span<const Parsed> operands =
        left.row != nullptr ? std::span<const Parsed>(*left.row) : std::span<const Parsed>(&left, 1);
    return parse_subquery({.form = Subquery::Form::kAny, .plan = {}, .comparison = "eq"}, operands, where);
  }
  std::vector<Parsed> equalities;
  do {
    TRY(item, parse(kLoosest));
    TRY(equality, compare("eq", left, item, where));
    equalities.push_back(std::move(equality));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return balanced("or", equalities, where);
}

// LIKE, ILIKE, GLOB and SIMILAR TO
Result<Parsed> ExpressionParser::parse_like(const Parsed& left, TextPosition where) {
  const std::string word = to_lower(cursor_.take().text);
  if (word == "similar") TRY_STATUS(cursor_.expect_word("TO"));
  TRY(pattern, parse(kOther));
  std::vector<Parsed> arguments = {left, std::move(pattern)};
  const bool escapes = cursor_.at_word("escape");
  if (escapes) {
    if (word == "similar" || word == "glob")
      return cursor_.unsupported(cursor_.where(), fmt::format("{} … ESCAPE is not supported", to_upper(word)),
                                 "escape with a backslash");
    cursor_.take();
    TRY(escape, parse(kOther));
    arguments.push_back(std::move(escape));
  }
  if (word == "ilike")
    for (Parsed& argument : arguments) {
      TRY(lower, call_of("lower", std::array{argument}, where));
      argument = lower;
    }
  const char* function = word == "similar" ? "regexp_full_match"
                         : word == "glob"  ? "glob"
                         : escapes         ? "like_escape"
                                           : "like";
  return call_of(function, arguments, where);
}

// a || b … and the symbols for LIKE and regular expressions: ! negates, a * ignores case.
Result<Parsed> ExpressionParser::match_symbol(const InfixSymbol& infix, const Parsed& left, const Parsed& right,
                                              TextPosition where) {
  const std::string_view function = infix.function;
  std::vector<Parsed> arguments = {left, right};
  if (infix.symbol == "<@") std::swap(arguments[0], arguments[1]);
  if (infix.symbol.ends_with('*') && infix.precedence == kOther) {
    if (function == "like") {
      for (Parsed& argument : arguments) {
        TRY(lower, call_of("lower", std::array{argument}, where));
        argument = lower;
      }
    } else {
      arguments.push_back(Parsed{literal(Value{kUtf8, std::string("i")}, where)});
    }
  }
  TRY(matched, call_of(std::string(function), arguments, where));
  return infix.symbol.starts_with('!') ? call_of("not", std::array{matched}, where) : matched;
}

}  // namespace headrace
