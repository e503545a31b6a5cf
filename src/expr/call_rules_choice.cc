#include <fmt/format.h>

#include "base/check.h"
#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "types/sql_name.h"

namespace headrace {

namespace {

constexpr size_t kAnyCount = SIZE_MAX;

// Of several of one type: pairs of halves, so that thousands are not nested as deep.
ExprPtr in_pairs(std::string_view name, std::span<const ExprPtr> arguments, TextPosition where) {
  if (arguments.size() == 1) return arguments[0];
  const size_t half = arguments.size() / 2;
  const ExprPtr left = in_pairs(name, arguments.first(half), where);
  const ExprPtr right = in_pairs(name, arguments.subspan(half), where);
  return exact_call(name, {left, right}, left->type, where);
}

// coalesce, greatest, least of any number.
Result<ExprPtr> pairwise(std::string_view name, Arguments arguments, TextPosition where) {
  const std::optional<Type> type = common_type(arguments);
  if (!type)
    return type_error(where,
                      fmt::format("{} expects arguments of one type, found {}", name, different_types_text(arguments)));
  if (*type == kNullType) return arguments[0];
  for (ExprPtr& argument : arguments) {
    TRY(converted, cast_expr(argument, *type, where));
    argument = converted;
  }
  return in_pairs(name, arguments, where);
}

Result<ExprPtr> nullif(std::string_view, Arguments arguments, TextPosition where) {
  TRY(equal, resolve_call("eq", arguments, where));
  return resolve_if_else(equal, literal(null_value(kNullType)), arguments[0], where);
}

Result<ExprPtr> choose(std::string_view, Arguments arguments, TextPosition where) {
  return resolve_if_else(arguments[0], arguments[1], arguments[2], where);
}

Result<ExprPtr> distinct_from(std::string_view name, Arguments arguments, TextPosition where) {
  const std::optional<Type> type = equality_type(*arguments[0], *arguments[1]);
  if (!type)
    return type_error(
        where, fmt::format("cannot compare {} with {}", to_text(arguments[0]->type), to_text(arguments[1]->type)),
        "cast one side: CAST(x AS type)");
  const Type both = *type == kNullType ? kInt32 : *type;
  TRY(left, cast_expr(arguments[0], both, where));
  TRY(right, cast_expr(arguments[1], both, where));
  return exact_call(name, {left, right}, kBool, where);
}

Result<ExprPtr> type_of(std::string_view, Arguments arguments, TextPosition where) {
  return literal(Value{kUtf8, sql_name(arguments[0]->type)}, where);
}

constexpr CallRule kRules[] = {
    {"coalesce", 1, kAnyCount, pairwise},
    {"greatest", 1, kAnyCount, pairwise},
    {"least", 1, kAnyCount, pairwise},
    {"nullif", 2, 2, nullif},
    {"if", 3, 3, choose},
    {"if_else", 3, 3, choose},
    {"is_distinct_from", 2, 2, distinct_from},
    {"is_not_distinct_from", 2, 2, distinct_from},
    {"typeof", 1, 1, type_of},
};

}  // namespace

std::span<const CallRule> choice_rules() { return kRules; }

}  // namespace headrace
