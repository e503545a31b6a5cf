#include "expr/calls.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "base/nearest_name.h"
#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "expr/typing.h"

namespace headrace {

Error type_error(TextPosition where, std::string message, std::string hint) {
  return {ErrorCode::kInvalidPlan, std::move(message), to_text(where), std::move(hint)};
}

// An untyped NULL that met nothing with a type.
ExprPtr typed(ExprPtr expr) { return expr->type == kNullType ? coerce(std::move(expr), kInt32) : expr; }

bool accepts_all(const Overload& overload, const Arguments& arguments) {
  if (overload.arguments.size() != arguments.size()) return false;
  for (size_t i = 0; i < arguments.size(); ++i)
    if (!overload.accepts(i, arguments[i]->type.id)) return false;
  return true;
}

// Requires that the function has an overload for exactly these types.
ExprPtr exact_call(std::string_view name, Arguments arguments, Type type, TextPosition where) {
  const Function* function = find_function(name);
  CHECK(function != nullptr);
  for (const Overload& overload : function->overloads)
    if (accepts_all(overload, arguments)) return resolved_call(overload, std::move(arguments), type, where);
  CHECK(!"the rules name an overload that the catalogue lacks");
  return nullptr;
}

namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string type_text(const ExprPtr& value) { return value->type == kNullType ? "NULL" : to_text(value->type); }

std::string types_text(const Arguments& arguments) {
  std::string result;
  for (const ExprPtr& argument : arguments) {
    if (!result.empty()) result += ", ";
    result += type_text(argument);
  }
  return result;
}

// Integers of every width are one kind here, and so are floats and decimals.
std::string argument_kind(const Overload& overload, size_t argument) {
  const TypeId id = overload.arguments[argument];
  if ((overload.layout_arguments >> argument & 1) != 0) return "any";
  if (is_signed_integer(id) || is_unsigned_integer(id)) return "integer";
  if (is_float(id)) return "float";
  return to_text(Type{id});
}

std::string overloads_text(const Function& function) {
  std::vector<std::string> kinds;
  for (const Overload& overload : function.overloads) {
    std::string one;
    for (size_t i = 0; i < overload.arguments.size(); ++i) one += (i == 0 ? "" : ", ") + argument_kind(overload, i);
    one = "(" + one + ")";
    if (std::find(kinds.begin(), kinds.end(), one) == kinds.end()) kinds.push_back(std::move(one));
  }
  return fmt::format("{}", fmt::join(kinds, " or "));
}

}  // namespace

Error no_overload(const Function& function, const Arguments& arguments, TextPosition where) {
  return type_error(
      where, fmt::format("{} expects {}, found ({})", function.sql, overloads_text(function), types_text(arguments)),
      "cast the arguments: CAST(x AS type)");
}

std::string different_types_text(const Arguments& values) {
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (!common_type(*values[j], *values[i]))
        return fmt::format("{} and {}", type_text(values[j]), type_text(values[i]));
  return types_text(values);
}

namespace {

// --- families

// A timestamp literal at midnight meets a date as that date: what is compared, and what prunes, stays a date.
ExprPtr date_at_midnight(const ExprPtr& literal_timestamp, const ExprPtr& other) {
  const auto* node = std::get_if<Literal>(&literal_timestamp->node);
  if (node == nullptr || node->value.is_null() || literal_timestamp->type != kTimestamp || other->type != kDate)
    return literal_timestamp;
  constexpr int64_t kDayUs = 86'400'000'000;
  const int64_t us = std::get<int64_t>(node->value.data);
  if (us % kDayUs != 0) return literal_timestamp;
  return literal(Value{kDate, static_cast<int32_t>(us / kDayUs)}, literal_timestamp->where);
}

Result<ExprPtr> compare(const std::string& name, Arguments arguments, TextPosition where) {
  arguments = {date_at_midnight(arguments[0], arguments[1]), date_at_midnight(arguments[1], arguments[0])};
  const bool ordered = name != "eq" && name != "ne";
  const std::optional<Type> type =
      ordered ? comparison_type(*arguments[0], *arguments[1]) : equality_type(*arguments[0], *arguments[1]);
  if (!type)
    return type_error(
        where, fmt::format("cannot compare {} with {}", to_text(arguments[0]->type), to_text(arguments[1]->type)),
        "cast one side: CAST(x AS type)");
  const Type both = *type == kNullType ? kInt32 : *type;
  for (ExprPtr& argument : arguments) {
    TRY(same_type, cast_expr(argument, both, where));
    argument = same_type;
  }
  return exact_call(name, std::move(arguments), kBool, where);
}

Result<ExprPtr> logic(const std::string& name, Arguments arguments, TextPosition where) {
  for (ExprPtr& argument : arguments) {
    TRY(condition, as_condition(argument, find_function(name)->sql, where));
    argument = condition;
  }
  return exact_call(name, std::move(arguments), kBool, where);
}

Result<ExprPtr> decimal_arithmetic(const std::string& name, Arguments arguments, TextPosition where) {
  // Integers that meet as a decimal are those beyond 64 bits.
  const bool integers = is_integer(arguments[0]->type) && is_integer(arguments[1]->type);
  const Type left = integers ? decimal(38, 0) : decimal_of(arguments[0]->type);
  const Type right = integers ? decimal(38, 0) : decimal_of(arguments[1]->type);
  if (name == "multiply") {
    const std::optional<Type> product = decimal_product_type(left, right);
    if (!product)
      return type_error(
          where, fmt::format("{} times {} needs more than 38 digits behind the point", to_text(left), to_text(right)),
          "cast one factor to a decimal of fewer digits, or to float64");
    const auto as_wide = [&](Type type) {
      const bool narrow = product->id == TypeId::kDecimal64;
      return narrow ? type : decimal(std::max<uint8_t>(type.precision, kDecimal64DigitsMax + 1), type.scale);
    };
    return exact_call(name, {coerce(arguments[0], as_wide(left)), coerce(arguments[1], as_wide(right))}, *product,
                      where);
  }
  const Type sum = decimal_sum_type(left, right);
  const bool wide = sum.id == TypeId::kDecimal128;
  const auto on_scale = [&](Type type) {
    const int digits = type.precision - type.scale + sum.scale;
    return decimal(static_cast<uint8_t>(wide ? std::clamp(digits, kDecimal64DigitsMax + 1, 38)
                                             : std::min<int>(digits, kDecimal64DigitsMax)),
                   sum.scale);
  };
  return exact_call(name, {coerce(arguments[0], on_scale(left)), coerce(arguments[1], on_scale(right))}, sum, where);
}

Result<ExprPtr> arithmetic(const std::string& name, Arguments arguments, TextPosition where) {
  TRY(moved, moment_arithmetic(name, arguments, where));
  if (moved != nullptr) return moved;
  std::optional<Type> type = common_type(*arguments[0], *arguments[1]);
  if (type == kNullType) type = kInt32;
  const Function& function = *find_function(name);
  const bool of_bool = arguments[0]->type == kBool || arguments[1]->type == kBool;
  if (!type || !is_numeric(*type) || of_bool) return no_overload(function, arguments, where);
  if (name == "divide" && !is_float(*type)) type = kFloat64;
  if (is_integer(*type) && *type != arguments[0]->type && *type != arguments[1]->type) type = kInt64;
  if (name == "integer_divide" && !is_integer(*type)) {
    // Decimals beyond 64 bits without a fraction are the integers that have no type of their own.
    const auto is_whole = [](const ExprPtr& argument) {
      return is_integer(argument->type) || (argument->type.id == TypeId::kDecimal128 && argument->type.scale == 0);
    };
    if (!is_whole(arguments[0]) || !is_whole(arguments[1])) return arithmetic("divide", std::move(arguments), where);
    for (ExprPtr& argument : arguments) {
      TRY(whole, cast_expr(argument, kInt64, where));
      argument = whole;
    }
    return exact_call(name, std::move(arguments), kInt64, where);
  }
  if (is_decimal(*type) && name != "modulo") {
    for (ExprPtr& argument : arguments)
      if (!is_numeric(argument->type)) {
        TRY(number, cast_expr(argument, *type, where));
        argument = number;
      }
    return decimal_arithmetic(name, std::move(arguments), where);
  }
  for (ExprPtr& argument : arguments) {
    TRY(number, cast_expr(argument, *type, where));
    argument = number;
  }
  return exact_call(name, std::move(arguments), *type, where);
}

Result<ExprPtr> negate(ExprPtr input, TextPosition where) {
  input = typed(input);
  if (input->type == kInterval) return exact_call("interval_negate", {input}, kInterval, where);
  if (!is_numeric(input->type)) return no_overload(*find_function("negate"), {input}, where);
  if (const auto* node = std::get_if<Literal>(&input->node); node != nullptr && !is_unsigned_integer(input->type.id)) {
    Value value = node->value;
    const bool folded = std::visit(
        [](auto& number) {
          using Number = std::decay_t<decltype(number)>;
          if constexpr (std::is_same_v<Number, int32_t> || std::is_same_v<Number, int64_t>) {
            if (number == std::numeric_limits<Number>::min()) return false;
          }
          if constexpr (std::is_same_v<Number, int32_t> || std::is_same_v<Number, int64_t> ||
                        std::is_same_v<Number, double> || std::is_same_v<Number, int128>) {
            number = -number;
            return true;
          }
          return false;
        },
        value.data);
    const bool narrow = input->type == kInt8 || input->type == kInt16;
    if (folded && !narrow) {
      ExprPtr negated = literal(std::move(value), where);
      return node->typed ? with_own_type(std::move(negated)) : negated;
    }
  }
  const Type type = input->type;
  return exact_call("negate", {std::move(input)}, type, where);
}

// --- all other functions: the overload that needs the fewest implicit casts, the first of equals

std::optional<int> casts_needed(const Overload& overload, const Arguments& arguments) {
  if (overload.arguments.size() != arguments.size()) return std::nullopt;
  int casts = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Type type = arguments[i]->type;
    if (overload.accepts(i, type.id)) continue;
    if (is_decimal(overload.arguments[i]) || !coerces(*arguments[i], Type{overload.arguments[i]})) return std::nullopt;
    ++casts;
  }
  return casts;
}

// Of functions of one decimal, and of those that take types by their layout, the result keeps the argument's type.
Type generic_type(const Overload& overload, const Arguments& arguments) {
  for (size_t i = 0; overload.result_by_layout && i < arguments.size(); ++i)
    if ((overload.layout_arguments >> i & 1) != 0 && overload.arguments[i] == overload.result)
      return arguments[i]->type;
  if (!is_decimal(overload.result)) return Type{overload.result};
  for (const ExprPtr& argument : arguments)
    if (argument->type.id == overload.result) return argument->type;
  CHECK(!"a decimal result needs a decimal argument or a rule of its own");
  return kNullType;
}

// Decimals made of something else get their type by a rule of their own.
bool has_generic_type(const Overload& overload, const Arguments& arguments) {
  return overload.result_by_layout || !is_decimal(overload.result) ||
         std::ranges::any_of(arguments, [&](const ExprPtr& one) { return one->type.id == overload.result; });
}

}  // namespace

Result<ExprPtr> generic_call(const Function& function, Arguments arguments, TextPosition where) {
  const bool known_arity =
      std::any_of(function.overloads.begin(), function.overloads.end(),
                  [&](const Overload& overload) { return overload.arguments.size() == arguments.size(); });
  if (!known_arity)
    return type_error(
        where,
        fmt::format("{} takes {} argument{}, found {}", function.name, function.overloads[0].arguments.size(),
                    function.overloads[0].arguments.size() == 1 ? "" : "s", arguments.size()),
        fmt::format("write {}", function.sql));
  const Overload* best = nullptr;
  int best_casts = 0;
  for (const Overload& overload : function.overloads) {
    const std::optional<int> casts = casts_needed(overload, arguments);
    if (casts && (best == nullptr || *casts < best_casts)) {
      best = &overload;
      best_casts = *casts;
    }
  }
  if (best == nullptr || !has_generic_type(*best, arguments)) return no_overload(function, arguments, where);
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (best->accepts(i, arguments[i]->type.id)) continue;
    TRY(converted, cast_expr(arguments[i], Type{best->arguments[i]}, where));
    arguments[i] = converted;
  }
  const Type type = generic_type(*best, arguments);
  return resolved_call(*best, std::move(arguments), type, where);
}

namespace {

// A function that is made of others, with a number of arguments that no rule of its name takes.
Error wrong_count(std::span<const CallRule> of_name, size_t count, TextPosition where) {
  size_t least = of_name[0].arguments_min, most = 0;
  for (const CallRule& rule : of_name) {
    least = std::min(least, rule.arguments_min);
    most = std::max(most, rule.arguments_max);
  }
  const bool few = count < least;
  const size_t bound = few ? least : most;
  return type_error(where, fmt::format("{} takes at {} {} argument{}, found {}", of_name[0].name,
                                       few ? "least" : "most", bound, bound == 1 ? "" : "s", count));
}

Error unknown_function(const std::string& name, TextPosition where) {
  if (name == "unnest")
    return {ErrorCode::kUnsupported, "unnest may stand only in a select list and in FROM", to_text(where),
            "unnest in a subquery in FROM, and go on from its rows"};
  if (name == "columns")
    return {ErrorCode::kUnsupported, "COLUMNS may stand only in a select list", to_text(where), "name the columns"};
  std::vector<std::string_view> known;
  for (const Function& function : functions()) known.push_back(function.name);
  for (const RewrittenFunction& function : rewritten_functions()) known.push_back(function.name);
  for (const Aggregate& aggregate : aggregates()) known.push_back(aggregate.name);
  return type_error(where, fmt::format("there is no function '{}'", name), did_you_mean(name, known));
}

std::string catalogue_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::string(canonical_name(std::string_view(name)));
}

}  // namespace

Result<ExprPtr> resolve_case(std::vector<ExprPtr> conditions, std::vector<ExprPtr> values, TextPosition where) {
  for (ExprPtr& condition : conditions) {
    TRY(checked, as_condition(condition, "WHEN", where));
    condition = checked;
  }
  const std::optional<Type> type = common_type(values);
  if (!type)
    return type_error(where, fmt::format("the branches of CASE have types {}", different_types_text(values)),
                      "cast one branch: CAST(x AS type)");
  if (type == kNullType) return values[0];
  TRY(result, cast_expr(values[0], *type, where));
  for (size_t i = conditions.size(); i-- > 0;) {
    TRY(value, cast_expr(values[i + 1], *type, where));
    result = exact_call("if_else", {conditions[i], value, result}, *type, where);
  }
  return result;
}

Result<ExprPtr> resolve_if_else(ExprPtr condition, ExprPtr value, ExprPtr otherwise, TextPosition where) {
  return resolve_case({std::move(condition)}, {std::move(otherwise), std::move(value)}, where);
}

Result<ExprPtr> resolve_call(std::string name, Arguments arguments, TextPosition where) {
  name = catalogue_name(std::move(name));
  const size_t count = arguments.size();
  if (count == 2 && is_one_of(name, {"eq", "ne", "lt", "le", "gt", "ge"}))
    return compare(name, std::move(arguments), where);
  if (count == 2 && is_one_of(name, {"and", "or"})) return logic(name, std::move(arguments), where);
  if (count == 1 && name == "not") return logic(name, std::move(arguments), where);
  if (count == 2 && is_one_of(name, {"add", "subtract", "multiply", "divide", "integer_divide", "modulo"}))
    return arithmetic(name, std::move(arguments), where);
  if (count == 1 && name == "negate") return negate(arguments[0], where);
  if (is_one_of(name, {"age", "date_diff", "date_sub", "date_trunc", "last_day", "time_bucket"})) {
    for (ExprPtr& argument : arguments) {
      if (argument->type != kTimestampNs) continue;  // they count microseconds
      TRY(moment, cast_expr(argument, kTimestamp, where));
      argument = moment;
    }
  }
  std::vector<CallRule> of_name;
  for (const auto rules : {choice_rules(), number_rules(), text_rules(), nested_rules(), moment_rules(), date_rules(),
                           list_rules(), session_rules(), format_rules()})
    for (const CallRule& rule : rules) {
      if (name != rule.name) continue;
      if (count >= rule.arguments_min && count <= rule.arguments_max)
        return rule.resolve(name, std::move(arguments), where);
      of_name.push_back(rule);
    }
  const Function* function = find_function(name);
  if (function == nullptr && !of_name.empty()) return wrong_count(of_name, count, where);
  if (function == nullptr) {
    TRY(of_list, call_aggregate_of_list(name, arguments, where));
    return of_list != nullptr ? Result<ExprPtr>(of_list) : unknown_function(name, where);
  }
  for (ExprPtr& argument : arguments)
    argument = is_one_of(name, {"is_null", "is_not_null", "abs", "hash"}) ? typed(argument) : argument;
  return generic_call(*function, std::move(arguments), where);
}

}  // namespace headrace
