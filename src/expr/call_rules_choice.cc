#include <fmt/format.h>

#include "base/check.h"
#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "types/sql_name.h"

namespace headrace {

namespace {

constexpr size_t kAnyCount = SIZE_MAX;

// coalesce, greatest, least of any number: pairs from the right, each in its common type.
Result<ExprPtr> pairwise(std::string_view name, Arguments arguments, TextPosition where) {
  ExprPtr result = arguments.back();
  for (size_t i = arguments.size() - 1; i-- > 0;) {
    const std::optional<Type> type = common_type(*arguments[i], *result);
    if (!type)
      return type_error(where, fmt::format("{} expects arguments of one type, found {} and {}", name,
                                           to_text(arguments[i]->type), to_text(result->type)));
    const Type both = *type == kNullType ? kInt32 : *type;
    TRY(left, cast_expr(arguments[i], both, where));
    TRY(right, cast_expr(result, both, where));
    result = exact_call(name, {left, right}, both, where);
  }
  return typed(result);
}

Result<ExprPtr> nullif(std::string_view, Arguments arguments, TextPosition where) {
  TRY(equal, resolve_call("eq", arguments, where));
  return resolve_if_else(equal, literal(null_value(kNullType)), arguments[0], where);
}

Result<ExprPtr> choose(std::string_view, Arguments arguments, TextPosition where) {
  return resolve_if_else(arguments[0], arguments[1], arguments[2], where);
}

Result<ExprPtr> distinct_from(std::string_view name, Arguments arguments, TextPosition where) {
  const std::optional<Type> type = common_type(*arguments[0], *arguments[1]);
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
