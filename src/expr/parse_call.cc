// Function calls, and the functions that have a syntax or a meaning of their own.
#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "base/nearest_name.h"
#include "expr/parse_parts.h"
#include "kernel/function.h"

namespace headrace {
namespace {

std::string catalogue_name(std::string_view written) {
  const std::string name = to_lower(written);
  if (name == "concat") return "concat_values";  // || has no value where a side has none
  return std::string(canonical_name(name));
}

std::string nearest_function(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Function& function : functions()) known.push_back(function.name);
  for (const Aggregate& aggregate : aggregates()) known.push_back(aggregate.name);
  return did_you_mean(name, known);
}

// What follows "found": "1 argument", "3 arguments".
std::string count_text(size_t count) { return fmt::format("{} argument{}", count, count == 1 ? "" : "s"); }

// Kernels whose trailing arguments are shapes, scales and precisions: the resolver adds them, and plan texts show them. Statements,
// which know queries in parentheses, may not call them.
bool is_for_plans(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "ceil_decimal",       "enum_to_text",        "floor_decimal",       "list_aggregate_field", "list_contains_field",
      "list_every",         "list_order",          "list_position_field", "list_range",           "list_range_moments",
      "list_series",        "list_series_moments", "list_zip_fields",     "map_concat_entries",   "map_of_lists",
      "map_value_position", "round_decimal",       "text_to_enum",        "text_to_nested",       "trunc_decimal",
      "try_result"};
  return name.starts_with("nested_") || name.starts_with("cast_to_") ||
         std::ranges::find(kNames, name) != std::end(kNames);
}

}  // namespace

Result<Parsed> ExpressionParser::parse_call() {
  const Token token = cursor_.take();
  const std::string name = catalogue_name(unquoted(token));
  TRY_STATUS(cursor_.expect_symbol("("));
  if (find_aggregate(name) != nullptr) return parse_aggregate(name, token.where);
  TRY(own, parse_call_syntax(name, token.where));
  if (own) return *own;
  if (cursor_.at_symbol(":=", 1) || cursor_.at_symbol("=>", 1)) return parse_named_arguments(name, token.where);
  TRY(arguments, parse_arguments(name, token.where));
  if (cursor_.at_word("over"))
    return cursor_.unsupported(cursor_.where(), "window functions are not supported",
                               "number or rank rows where they are used; aggregate with GROUP BY in a subquery");
  if (queries_ && is_for_plans(name))
    return cursor_.error(token.where, fmt::format("there is no function '{}'", name), "", ErrorCode::kInvalidPlan);
  bool special = false;
  auto made = special_call(name, arguments, token.where, special);
  if (special) return made;
  return call_of(name, arguments, token.where);
}

// Up to and with the closing parenthesis; the opening one is taken.
Result<std::vector<Parsed>> ExpressionParser::parse_arguments(std::string_view function, TextPosition where) {
  std::vector<Parsed> arguments;
  if (cursor_.accept_symbol(")")) return arguments;
  do {
    if (cursor_.at_symbol("*") && find_function(function) == nullptr && find_aggregate(function) == nullptr)
      return cursor_.error(where, fmt::format("there is no function '{}'", function), nearest_function(function));
    if (cursor_.at_symbol("*"))
      return cursor_.error(cursor_.where(), fmt::format("{}(*): only count takes *", function));
    const bool names = (function == "struct_insert" || function == "struct_update") && !arguments.empty();
    if (names && (cursor_.at_symbol(":=", 1) || cursor_.at_symbol("=>", 1))) {
      const TextPosition name_where = cursor_.where();
      TRY(name, cursor_.take_name("the name of a field"));
      cursor_.take();
      arguments.push_back(Parsed{literal(Value{kUtf8, std::move(name)}, name_where)});
    }
    TRY(argument, parse(kLoosest));
    arguments.push_back(std::move(argument));
    if (cursor_.at_symbol("->")) return no_lambdas(cursor_.where(), "lambdas");
  } while (cursor_.accept_symbol(","));
  if (!cursor_.at_symbol(")")) return cursor_.expected("',' or ')'");
  cursor_.take();
  return arguments;
}

// struct_pack(name := value, …)
Result<Parsed> ExpressionParser::parse_named_arguments(std::string_view function, TextPosition where) {
  if (function != "struct_pack")
    return cursor_.unsupported(cursor_.where(), fmt::format("{} takes no named arguments", function),
                               "write the arguments in their order");
  std::vector<Parsed> parts;
  do {
    const TextPosition name_where = cursor_.where();
    TRY(name, cursor_.take_name("the name of a field"));
    if (!cursor_.accept_symbol(":=") && !cursor_.accept_symbol("=>")) return cursor_.expected("':='");
    TRY(value, parse(kLoosest));
    parts.push_back(Parsed{literal(Value{kUtf8, std::move(name)}, name_where)});
    parts.push_back(std::move(value));
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  return call_of("struct_pack", parts, where);
}

// count(*), sum([DISTINCT] x [ORDER BY …]) [WITHIN GROUP (ORDER BY …)] [FILTER (WHERE condition)]
Result<Parsed> ExpressionParser::parse_aggregate(std::string name, TextPosition where) {
  AggregateCall made{std::move(name), {}, false};
  if (cursor_.accept_word("distinct"))
    made.distinct = true;
  else
    cursor_.accept_word("all");
  std::vector<Parsed> arguments;
  if (made.function == "count" && !made.distinct && cursor_.at_symbol("*") && cursor_.at_symbol(")", 1)) {
    cursor_.take();
    cursor_.take();
  } else {
    TRY(given, parse_aggregate_arguments(made));
    arguments = std::move(given);
  }
  if (arguments.empty() && (made.function != "count" || made.distinct))
    return cursor_.error(where, fmt::format("{} expects an argument", made.function));
  TRY_STATUS(parse_aggregate_clauses(made, arguments));
  for (const Parsed& part : arguments)
    if (const Expr* inner = first_aggregate(*part.expr))
      return cursor_.error(inner->where, "an aggregate must not stand inside another",
                           "compute the inner one in a subquery");
  if (cursor_.at_word("over"))
    return cursor_.unsupported(cursor_.where(), "window functions are not supported",
                               "aggregate with GROUP BY in a subquery, and join with it");
  return node(Expr{.node = std::move(made), .where = where}, arguments);
}

// Up to and with the closing parenthesis: the arguments, then what they are ordered by.
Result<std::vector<Parsed>> ExpressionParser::parse_aggregate_arguments(AggregateCall& made) {
  std::vector<Parsed> parts;
  if (cursor_.accept_symbol(")")) return parts;
  do {
    if (cursor_.at_symbol("*"))
      return cursor_.error(cursor_.where(), fmt::format("{}(*): only count takes *", made.function));
    TRY(argument, parse(kLoosest));
    made.arguments.push_back(argument.expr);
    parts.push_back(std::move(argument));
  } while (cursor_.accept_symbol(","));
  if (cursor_.at_word("order")) TRY_STATUS(parse_aggregate_order(made, parts));
  if (!cursor_.at_symbol(")")) return cursor_.expected("',' or ')'");
  cursor_.take();
  return parts;
}

// ORDER BY key [ASC | DESC] [NULLS FIRST | LAST], …
Status ExpressionParser::parse_aggregate_order(AggregateCall& made, std::vector<Parsed>& parts) {
  TRY_STATUS(cursor_.expect_word("ORDER"));
  TRY_STATUS(cursor_.expect_word("BY"));
  do {
    TRY(expr, parse(kLoosest));
    SortKey key{expr.expr};
    TRY_STATUS(parse_sort_direction(cursor_, key));
    made.order.push_back(std::move(key));
    parts.push_back(std::move(expr));
  } while (cursor_.accept_symbol(","));
  return kDone;
}

// What may stand behind the parenthesis.
Status ExpressionParser::parse_aggregate_clauses(AggregateCall& made, std::vector<Parsed>& parts) {
  if (cursor_.at_word("within") && cursor_.at_word("group", 1)) {
    if (!made.order.empty()) return cursor_.error(cursor_.where(), "the aggregate has an ORDER BY already");
    cursor_.take();
    cursor_.take();
    TRY_STATUS(cursor_.expect_symbol("("));
    TRY_STATUS(parse_aggregate_order(made, parts));
    TRY_STATUS(cursor_.expect_symbol(")"));
  }
  if (cursor_.at_word("filter") && cursor_.at_symbol("(", 1)) {
    cursor_.take();
    cursor_.take();
    cursor_.accept_word("where");
    TRY(condition, parse(kLoosest));
    TRY_STATUS(cursor_.expect_symbol(")"));
    made.filter = condition.expr;
    parts.push_back(std::move(condition));
  }
  return kDone;
}

// Functions that are written as others. `special`: whether `name` is one of them.
Result<Parsed> ExpressionParser::special_call(const std::string& name, std::vector<Parsed>& arguments,
                                              TextPosition where, bool& special) {
  const size_t count = arguments.size();
  const auto expects = [&](std::string_view what) {
    return cursor_.error(where, fmt::format("{} expects {}, found {}", name, what, count_text(count)));
  };
  special = true;
  if (name == "coalesce") {
    if (count == 0) return expects("at least 1 argument");
    return count == 1 ? Result<Parsed>(arguments[0]) : call_of(name, arguments, where);
  }
  if (name == "row") return row_of(arguments, where);
  if (name == "nullif") {
    if (count != 2) return expects("2 arguments");
    TRY(equality, compare("eq", arguments[0], arguments[1], where));
    const Parsed null{literal(null_value(kNullType), where)};
    return node(Expr{.node = Case{{{equality.expr, null.expr}}, arguments[0].expr}, .where = where},
                std::array{equality, null, arguments[0]});
  }
  if (name == "if") {
    if (count != 3) return expects("3 arguments");
    return node(Expr{.node = Case{{{arguments[0].expr, arguments[1].expr}}, arguments[2].expr}, .where = where},
                arguments);
  }
  special = false;
  return Parsed{};
}

}  // namespace headrace
