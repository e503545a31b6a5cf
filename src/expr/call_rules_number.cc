#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "expr/call_rules.h"
#include "expr/coerce.h"

namespace headrace {

namespace {

std::optional<int32_t> literal_int32(const Expr& expr) {
  const auto* node = std::get_if<Literal>(&expr.node);
  if (node == nullptr || node->value.is_null()) return std::nullopt;
  const auto* number = std::get_if<int32_t>(&node->value.data);
  return number == nullptr || node->value.type != kInt32 ? std::nullopt : std::optional(*number);
}

// round_decimal, floor_decimal … (decimal, its scale, digits). Digits before the point that rounding carries into are there
// when a digit goes behind it; else one is added.
ExprPtr keep_digits(std::string_view name, const ExprPtr& input, int32_t digits, TextPosition where) {
  const Type from = input->type;
  const int scale = std::clamp(digits, 0, int{from.scale});
  const int dropped = std::max(0, from.scale - scale);
  const int whole = from.precision - from.scale + 1;
  const int precision = dropped > 0 ? std::max(int{from.precision}, whole + scale) : whole + scale;
  const Type to = decimal(static_cast<uint8_t>(std::min(38, precision)), static_cast<uint8_t>(scale));
  const ExprPtr value = to.id == from.id ? input : coerce(input, decimal(19, from.scale));
  const auto number = [](int32_t integer) { return literal(Value{kInt32, integer}); };
  return exact_call(name, {value, number(from.scale), number(digits)}, to, where);
}

// The three-argument forms, as plan texts write them.
Result<ExprPtr> decimal_digits(std::string_view name, Arguments arguments, TextPosition where) {
  const std::optional<int32_t> scale = literal_int32(*arguments[1]), digits = literal_int32(*arguments[2]);
  if (!is_decimal(arguments[0]->type) || !scale || !digits || *scale != arguments[0]->type.scale)
    return no_overload(*find_function(name), arguments, where);
  return keep_digits(name, arguments[0], *digits, where);
}

// add(a, b, digits) and its like, as plan texts write decimals whose operands were widened: how many digits the result has.
Result<ExprPtr> of_digits(std::string_view name, Arguments arguments, TextPosition where) {
  const Type left = arguments[0]->type, right = arguments[1]->type;
  const std::optional<int32_t> digits = literal_int32(*arguments[2]);
  const bool wide = left.id == TypeId::kDecimal128 && right.id == TypeId::kDecimal128 && digits;
  const std::optional<Type> most =
      name == "multiply" ? decimal_product_type(left, right) : std::optional(decimal_sum_type(left, right));
  const bool fits = wide && most && *digits > kDecimal64DigitsMax && *digits <= most->precision &&
                    (name == "multiply" || left.scale == right.scale);
  if (!fits) return no_overload(*find_function(name), arguments, where);
  return exact_call(name, {arguments[0], arguments[1]}, decimal(static_cast<uint8_t>(*digits), most->scale), where);
}

// floor, ceil, trunc of one argument; trunc and round of two. Integers are whole; decimals stay decimals.
Result<ExprPtr> whole_part(std::string_view name, Arguments arguments, TextPosition where) {
  const Function& function = *find_function(name);
  ExprPtr input = typed(arguments[0]);
  if (!is_numeric(input->type)) {
    if (!coerces(*input, kFloat64)) return no_overload(function, arguments, where);
    input = coerce(input, kFloat64);
  }
  const bool rounds = name == "round" || name == "trunc";
  ExprPtr digits = arguments.size() == 2 ? arguments[1] : literal(Value{kInt32, int32_t{0}});
  if (!coerces(*digits, kInt32)) return no_overload(function, arguments, where);
  digits = coerce(digits, kInt32);
  const std::optional<int32_t> kept = literal_int32(*digits);
  if (is_decimal(input->type) && kept) {
    if (*kept >= input->type.scale) return input;
    return keep_digits(fmt::format("{}_decimal", name), input, *kept, where);
  }
  if (rounds && is_integer(input->type) && kept && *kept >= 0) return input;
  if (name == "round" && is_integer(input->type)) {
    const Type type = input->type;
    return exact_call(name, {input, digits}, type, where);
  }
  input = coerce(input, kFloat64);
  if (name == "round" || arguments.size() == 2) return exact_call(name, {input, digits}, kFloat64, where);
  return exact_call(name, {input}, kFloat64, where);
}

// & | xor << >>: integers in their common type.
Result<ExprPtr> bits(std::string_view name, Arguments arguments, TextPosition where) {
  std::optional<Type> type = common_type(*arguments[0], *arguments[1]);
  if (type == kNullType) type = kInt32;
  const bool of_bool = arguments[0]->type == kBool || arguments[1]->type == kBool;
  if (!type || !is_integer(*type) || of_bool) return no_overload(*find_function(name), arguments, where);
  TRY(left, cast_expr(arguments[0], *type, where));
  TRY(right, cast_expr(arguments[1], *type, where));
  return exact_call(name, {left, right}, *type, where);
}

Result<ExprPtr> factorial(std::string_view name, Arguments arguments, TextPosition where) {
  if (!coerces(*arguments[0], kInt32)) return no_overload(*find_function(name), arguments, where);
  return exact_call(name, {coerce(arguments[0], kInt32)}, decimal(38, 0), where);
}

Result<ExprPtr> pi(std::string_view, Arguments, TextPosition where) {
  return literal(Value{kFloat64, 0x1.921fb54442d18p1}, where);
}

constexpr CallRule kRules[] = {
    {"round", 1, 2, whole_part},
    {"trunc", 1, 2, whole_part},
    {"floor", 1, 1, whole_part},
    {"ceil", 1, 1, whole_part},
    {"round_decimal", 3, 3, decimal_digits},
    {"floor_decimal", 3, 3, decimal_digits},
    {"ceil_decimal", 3, 3, decimal_digits},
    {"trunc_decimal", 3, 3, decimal_digits},
    {"add", 3, 3, of_digits},
    {"subtract", 3, 3, of_digits},
    {"multiply", 3, 3, of_digits},
    {"bit_and_of", 2, 2, bits},
    {"bit_or_of", 2, 2, bits},
    {"xor", 2, 2, bits},
    {"shift_left", 2, 2, bits},
    {"shift_right", 2, 2, bits},
    {"factorial", 1, 1, factorial},
    {"pi", 0, 0, pi},
};

}  // namespace

std::span<const CallRule> number_rules() { return kRules; }

}  // namespace headrace
