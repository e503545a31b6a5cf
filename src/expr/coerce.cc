#include "expr/coerce.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "expr/typing.h"
#include "types/parse_value.h"

namespace headrace {

namespace {

constexpr int kDigitsMax = static_cast<int>(limits::kDecimalPrecisionMax);

Type capped_decimal(int whole_digits, int scale) {
  return decimal(static_cast<uint8_t>(std::clamp(whole_digits + scale, 1, kDigitsMax)), static_cast<uint8_t>(scale));
}

int whole_digits(Type type) { return type.precision - type.scale; }

const Value* literal_value(const Expr& expr) {
  const auto* node = std::get_if<Literal>(&expr.node);
  return node == nullptr ? nullptr : &node->value;
}

std::optional<int128> unscaled(const Value& value) {
  if (const auto* number = std::get_if<int32_t>(&value.data); number != nullptr && value.type == kInt32) return *number;
  if (const auto* number = std::get_if<int64_t>(&value.data); number != nullptr && value.type == kInt64) return *number;
  if (const auto* number = std::get_if<int128>(&value.data)) return *number;
  return std::nullopt;
}

int128 power_of_ten(int exponent) {
  int128 result = 1;
  while (exponent-- > 0) result *= 10;
  return result;
}

int digits_of(int128 number) {
  int digits = 0;
  for (; number != 0; number /= 10) ++digits;
  return digits;
}

// Exact changes of an integer or decimal literal's representation; nullopt: digits would be lost, the kernel decides.
std::optional<Value> convert_number(const Value& from, Type to) {
  const std::optional<int128> number = unscaled(from);
  if (!number) return std::nullopt;
  const int from_scale = from.type.scale;
  if (to.id == TypeId::kFloat64) {
    // The double nearest to the decimal text, which is what the cast's kernel promises too.
    const std::string text = decimal_to_text(*number, static_cast<uint8_t>(from_scale));
    double result = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return Value{kFloat64, result};
  }
  const int to_scale = to.id == TypeId::kDecimal ? to.scale : 0;
  int128 result = *number;
  if (to_scale >= from_scale) {
    const int added = to_scale - from_scale;
    if (digits_of(result) + added > kDigitsMax) return std::nullopt;
    result *= power_of_ten(added);
  } else {
    const int128 divisor = power_of_ten(from_scale - to_scale);
    if (result % divisor != 0) return std::nullopt;
    result /= divisor;
  }
  if (to.id == TypeId::kDecimal) {
    if (digits_of(result) > to.precision) return std::nullopt;
    return Value{to, result};
  }
  if (to == kInt32 && result >= INT32_MIN && result <= INT32_MAX) return Value{to, static_cast<int32_t>(result)};
  if (to == kInt64 && result >= INT64_MIN && result <= INT64_MAX) return Value{to, static_cast<int64_t>(result)};
  return std::nullopt;
}

// Text that says the value exactly. Text that does not stays a call, and faults when a row reaches it.
std::optional<Value> convert_text(const Value& from, Type to) {
  const auto* text = std::get_if<std::string>(&from.data);
  if (text == nullptr || from.type != kUtf8 || to == kBool || to == kUtf8) return std::nullopt;
  auto parsed = parse_value(*text, to);
  if (!parsed.ok()) return std::nullopt;
  return parsed.value();
}

std::string_view cast_name(TypeId to) {
  switch (to) {
    case TypeId::kBool: return "cast_to_bool";
    case TypeId::kInt32: return "cast_to_int32";
    case TypeId::kInt64: return "cast_to_int64";
    case TypeId::kFloat64: return "cast_to_float64";
    case TypeId::kDecimal: return "cast_to_decimal";
    case TypeId::kDate: return "cast_to_date";
    case TypeId::kTimestamp: return "cast_to_timestamp";
    case TypeId::kUtf8: return "cast_to_utf8";
    case TypeId::kNull: break;
  }
  CHECK(!"a cast has a type to cast to");
  return "";
}

ExprPtr int32_literal(int32_t value) { return literal(Value{kInt32, value}); }

// The kernel's arguments: the value, its scale when it is a decimal, precision and scale of the decimal that is made.
std::vector<ExprPtr> cast_arguments(ExprPtr input, Type to) {
  const Type from = input->type;
  std::vector<ExprPtr> arguments{std::move(input)};
  if (from.id == TypeId::kDecimal) arguments.push_back(int32_literal(from.scale));
  if (to.id == TypeId::kDecimal) {
    arguments.push_back(int32_literal(to.precision));
    arguments.push_back(int32_literal(to.scale));
  }
  return arguments;
}

bool number_meets(Type left, Type right) { return is_numeric(left) && is_numeric(right); }

std::optional<Type> common_number(Type left, Type right, Type left_decimal, Type right_decimal) {
  if (left == kFloat64 || right == kFloat64) return kFloat64;
  if (left.id != TypeId::kDecimal && right.id != TypeId::kDecimal)
    return left == kInt64 || right == kInt64 ? kInt64 : kInt32;
  return capped_decimal(std::max(whole_digits(left_decimal), whole_digits(right_decimal)),
                        std::max(left_decimal.scale, right_decimal.scale));
}

Type decimal_of_type(Type type) {
  if (type == kInt32) return decimal(10, 0);
  if (type == kInt64) return decimal(19, 0);
  return type;
}

}  // namespace

Type decimal_of(const Expr& number) {
  const Value* value = literal_value(number);
  if (value == nullptr || !is_integer(number.type) || value->is_null()) return decimal_of_type(number.type);
  return decimal(static_cast<uint8_t>(std::max(1, digits_of(*unscaled(*value)))), 0);
}

Type decimal_sum_type(Type left, Type right) {
  return capped_decimal(std::max(whole_digits(left), whole_digits(right)) + 1, std::max(left.scale, right.scale));
}

std::optional<Type> decimal_product_type(Type left, Type right) {
  const int scale = left.scale + right.scale;
  if (scale > kDigitsMax) return std::nullopt;
  return capped_decimal(whole_digits(left) + whole_digits(right), scale);
}

std::optional<Type> common_type(Type left, Type right) {
  if (left == right) return left;
  if (left == kNullType) return right;
  if (right == kNullType) return left;
  if (number_meets(left, right)) return common_number(left, right, decimal_of_type(left), decimal_of_type(right));
  const auto temporal = [](Type type) { return type == kDate || type == kTimestamp; };
  if (temporal(left) && temporal(right)) return kTimestamp;
  return std::nullopt;
}

std::optional<Type> common_type(const Expr& left, const Expr& right) {
  if (number_meets(left.type, right.type))
    return common_number(left.type, right.type, decimal_of(left), decimal_of(right));
  if (const std::optional<Type> type = common_type(left.type, right.type)) return type;
  if (left.type == kUtf8 && literal_value(left) != nullptr) return right.type;
  if (right.type == kUtf8 && literal_value(right) != nullptr) return left.type;
  return std::nullopt;
}

bool coerces(const Expr& from, Type to) {
  const Type type = from.type;
  if (type == to || type == kNullType) return true;
  const Value* value = literal_value(from);
  if (value != nullptr && (value->is_null() || type == kUtf8)) return true;
  if (value != nullptr && is_integer(type) && is_numeric(to)) return convert_number(*value, to).has_value();
  if (type == kInt32) return is_numeric(to) && (to.id != TypeId::kDecimal || whole_digits(to) >= 10);
  if (type == kInt64) return to == kFloat64 || (to.id == TypeId::kDecimal && whole_digits(to) >= 19);
  if (type.id == TypeId::kDecimal) return to == kFloat64;
  return type == kDate && to == kTimestamp;
}

Result<ExprPtr> cast_expr(ExprPtr input, Type to, TextPosition where) {
  const Type from = input->type;
  if (from == to) return input;
  if (const Value* value = literal_value(*input)) {
    if (value->is_null()) return literal(null_value(to), input->where);
    std::optional<Value> converted = is_numeric(to) ? convert_number(*value, to) : std::nullopt;
    if (!converted) converted = convert_text(*value, to);
    if (converted) return literal(std::move(*converted), input->where);
  }
  const Function* function = find_function(cast_name(to.id));
  CHECK(function != nullptr);
  for (const Overload& overload : function->overloads)
    if (overload.arguments[0] == from.id)
      return resolved_call(overload, cast_arguments(std::move(input), to), to, where);
  return Error{ErrorCode::kInvalidPlan,
               fmt::format("cannot cast {} to {}: {}", to_text(from), to_text(to), to_text(*input)),
               to_text(where.line != 0 ? where : input->where), ""};
}

ExprPtr coerce(ExprPtr input, Type to) {
  auto result = cast_expr(std::move(input), to);
  CHECK(result.ok());
  return result.value();
}

}  // namespace headrace
