#include "expr/coerce.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "expr/calls.h"
#include "expr/faults.h"
#include "expr/lexer.h"
#include "expr/typing.h"
#include "kernel/cast.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/parse_nested.h"
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
  if (!is_integer(value.type) && !is_decimal(value.type)) return std::nullopt;
  if (const auto* number = std::get_if<int32_t>(&value.data)) return *number;
  if (const auto* number = std::get_if<int64_t>(&value.data)) return *number;
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

// Nothing: out of the type's range.
std::optional<Value> integer_value(int128 number, Type to) {
  const int bits = static_cast<int>(width_bytes(to.id)) * 8;
  const bool is_signed = is_signed_integer(to.id);
  const int128 end = int128{1} << (is_signed ? bits - 1 : bits);
  if (number >= end || number < (is_signed ? -end : 0)) return std::nullopt;
  if (to == kUInt64) return Value{to, number};
  if (to == kInt64 || to == kUInt32) return Value{to, static_cast<int64_t>(number)};
  return Value{to, static_cast<int32_t>(number)};
}

// Exact changes of an integer or decimal literal's representation; nullopt: digits would be lost, the kernel decides.
std::optional<Value> convert_number(const Value& from, Type to) {
  const std::optional<int128> number = unscaled(from);
  if (!number) return std::nullopt;
  const int from_scale = from.type.scale;
  if (to.id == TypeId::kFloat32) {
    const std::string text = decimal_to_text(*number, static_cast<uint8_t>(from_scale));
    const std::optional<float> result = parse_float32(text);
    return result ? std::optional(Value{kFloat32, double{*result}}) : std::nullopt;
  }
  if (to.id == TypeId::kFloat64) {
    // The double nearest to the decimal text, which is what the cast's kernel promises too.
    const std::string text = decimal_to_text(*number, static_cast<uint8_t>(from_scale));
    double result = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return Value{kFloat64, result};
  }
  const int to_scale = is_decimal(to) ? to.scale : 0;
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
  if (is_decimal(to)) {
    if (digits_of(result) > to.precision) return std::nullopt;
    return Value{to, result};
  }
  return integer_value(result, to);
}

// Text that says a value. Text that does not stays a call, and faults when a row reaches it.
std::optional<Value> convert_text(const Value& from, Type to) {
  const auto* text = std::get_if<std::string>(&from.data);
  if (text == nullptr || from.type != kUtf8 || to == kBool || to == kUtf8) return std::nullopt;
  if (is_nested(to.id)) {
    std::optional<std::string> bytes = parse_nested(*text, to);
    if (bytes) return Value{to, std::move(*bytes)};
  }
  return value_of_text(*text, to);
}

std::string cast_name(Type to) {
  if (to.id == TypeId::kDecimal128) return "cast_to_decimal";
  if (to.id == TypeId::kDecimal64) return "cast_to_decimal64";
  return "cast_to_" + to_text(to);
}

ExprPtr int32_literal(int32_t value) { return literal(Value{kInt32, value}); }

// The kernel's arguments: the value, its scale when it is a decimal, precision and scale of the decimal that is made.
std::vector<ExprPtr> cast_arguments(ExprPtr input, Type to) {
  const Type from = input->type;
  std::vector<ExprPtr> arguments{std::move(input)};
  if (is_decimal(from)) arguments.push_back(int32_literal(from.scale));
  if (is_decimal(to)) {
    arguments.push_back(int32_literal(to.precision));
    arguments.push_back(int32_literal(to.scale));
  }
  return arguments;
}

// A call of the function's first overload that takes the arguments. Requires one.
ExprPtr kernel_call(std::string_view name, std::vector<ExprPtr> arguments, Type type, TextPosition where) {
  for (const Overload& overload : find_function(name)->overloads)
    if (overload.accepts(0, arguments[0]->type.id)) return resolved_call(overload, std::move(arguments), type, where);
  CHECK(false && "every layout has an overload");
  return nullptr;
}

ExprPtr text_literal(std::string text) { return literal(Value{kUtf8, std::move(text)}); }

// The values of an enum as the bytes of a list, which its kernels walk.
ExprPtr values_of(Type type) {
  std::vector<Value> values;
  for (const NestedField& field : fields_of(type)) values.push_back(Value{kUtf8, field.name});
  return literal(Value{kBinary, nested_bytes(list_of(kUtf8), values)});
}

bool same_name(const NestedField& left, const NestedField& right) { return equal_words(left.name, right.name); }

// Whether structs convert by the names of their fields.
bool share_a_name(Type left, Type right) {
  return std::ranges::any_of(fields_of(left), [&](const NestedField& one) {
    return std::ranges::any_of(fields_of(right), [&](const NestedField& other) { return same_name(one, other); });
  });
}

// A struct that row() made: fields v1, v2 … .
bool is_unnamed(Type type) {
  for (size_t i = 0; i < fields_of(type).size(); ++i)
    if (fields_of(type)[i].name != fmt::format("v{}", i + 1)) return false;
  return true;
}

// Whether the structs in both, at any depth, say which fields become which: by names of which they share one, or by place where
// row() made one of them.
bool fields_correspond(Type from, Type to) {
  if (!is_nested(from.id) || from.id != to.id) return true;
  const auto froms = fields_of(from), tos = fields_of(to);
  const bool by_name = from.id == TypeId::kStruct && share_a_name(from, to);
  if (from.id == TypeId::kStruct && !by_name)
    if (froms.size() != tos.size() || (!is_unnamed(from) && !is_unnamed(to))) return false;
  for (size_t i = 0; i < tos.size(); ++i) {
    const auto at = by_name
                        ? std::ranges::find_if(froms, [&](const NestedField& one) { return same_name(one, tos[i]); })
                        : froms.begin() + static_cast<ptrdiff_t>(i);
    if (at != froms.end() && !fields_correspond(at->type, tos[i].type)) return false;
  }
  return true;
}

// A value made field by field, of a type that has another's where the fields are NULL: no more than its name changes.
ExprPtr renamed(const ExprPtr& input, Type to) {
  const auto* made = std::get_if<Call>(&input->node);
  if (made == nullptr || made->function != "nested_close" || !fills_nulls(input->type, to)) return nullptr;
  return resolved_call(*made->overload, {made->arguments[0], text_literal(to_text(to))}, to, input->where);
}

// Casts of nested values and enums. nullptr: of other types, or there is none.
ExprPtr structured_cast(const ExprPtr& input, Type to, TextPosition where) {
  const Type from = input->type;
  if (from.id == TypeId::kEnum && to == kUtf8) return kernel_call("enum_to_text", {input, values_of(from)}, to, where);
  if (from == kUtf8 && to.id == TypeId::kEnum) return kernel_call("text_to_enum", {input, values_of(to)}, to, where);
  if (from.id == TypeId::kEnum) {  // what its text becomes
    const auto converted = cast_expr(coerce(input, kUtf8), to, where);
    return converted.ok() ? converted.value() : nullptr;
  }
  if (is_nested(from.id) && to == kUtf8)
    return kernel_call("nested_to_text", {input, text_literal(to_text(from))}, to, where);
  if (from == kUtf8 && is_nested(to.id))
    return kernel_call("text_to_nested", {input, text_literal(to_text(to))}, to, where);
  if (!is_nested(from.id) || from.id != to.id) return nullptr;
  if (!fields_correspond(from, to)) return nullptr;
  if (ExprPtr same_bytes = renamed(input, to)) return same_bytes;
  return kernel_call("nested_cast", {input, text_literal(to_text(from)), text_literal(to_text(to))}, to, where);
}

bool number_meets(Type left, Type right) { return is_numeric(left) && is_numeric(right); }

// The narrowest integer that holds both; an unsigned 64-bit one meets signed ones as a decimal.
Type common_integer(Type left, Type right) {
  const auto bits = [](Type type) { return width_bytes(type.id) * 8; };
  if (is_signed_integer(left.id) == is_signed_integer(right.id)) return bits(left) >= bits(right) ? left : right;
  const uint32_t unsigned_bits = bits(is_signed_integer(left.id) ? right : left);
  const uint32_t signed_bits = bits(is_signed_integer(left.id) ? left : right);
  switch (std::max(signed_bits, unsigned_bits * 2)) {
    case 16: return kInt16;
    case 32: return kInt32;
    case 64: return kInt64;
    default: return decimal(38, 0);
  }
}

std::optional<Type> common_number(Type left, Type right, Type left_decimal, Type right_decimal) {
  if (left == kFloat64 || right == kFloat64) return kFloat64;
  if (left == kFloat32 || right == kFloat32) return kFloat32;
  if (!is_decimal(left) && !is_decimal(right)) return common_integer(left, right);
  return capped_decimal(std::max(whole_digits(left_decimal), whole_digits(right_decimal)),
                        std::max(left_decimal.scale, right_decimal.scale));
}

// Digits of the largest value.
uint8_t integer_digits(TypeId id) {
  switch (width_bytes(id)) {
    case 1: return 3;
    case 2: return 5;
    case 4: return 10;
    default: return id == TypeId::kUInt64 ? 20 : 19;
  }
}

// Among types of points in time the one that holds what the other says.
std::optional<Type> common_moment(Type left, Type right) {
  const auto is_moment = [](Type type) {
    return type == kDate || (type.id >= TypeId::kTimestamp && type.id <= TypeId::kTimestampTz);
  };
  if (!is_moment(left) || !is_moment(right)) return std::nullopt;
  const Type later = left.id > right.id ? left : right;
  const Type earlier = left.id > right.id ? right : left;
  if (earlier == kTimestampNs && later == kTimestampTz) return std::nullopt;
  return later;
}

using Meet = std::optional<Type> (*)(Type, Type);

// Structs have the fields of both, found by name, the left's first; those of row() by their place.
std::optional<Type> common_struct(Type left, Type right, Meet meet) {
  const bool some_unnamed = is_unnamed(left) || is_unnamed(right);
  if (some_unnamed && fields_of(left).size() != fields_of(right).size()) return std::nullopt;
  if (is_unnamed(left) && !is_unnamed(right)) return common_struct(right, left, meet);
  const bool by_place = is_unnamed(right) && !is_unnamed(left);
  std::vector<NestedField> fields(fields_of(left).begin(), fields_of(left).end());
  for (size_t i = 0; i < fields_of(right).size(); ++i) {
    const NestedField& other = fields_of(right)[i];
    const auto at = by_place
                        ? fields.begin() + static_cast<ptrdiff_t>(i)
                        : std::ranges::find_if(fields, [&](const NestedField& one) { return same_name(one, other); });
    if (at == fields.end()) {
      fields.push_back(other);
      continue;
    }
    const std::optional<Type> type = meet(at->type, other.type);
    if (!type) return std::nullopt;
    at->type = *type;
  }
  return struct_of(std::move(fields));
}

// Of lists, maps or structs whose fields have types that meet.
std::optional<Type> common_nested(Type left, Type right, Meet meet) {
  if (!is_nested(left.id) || left.id != right.id) return std::nullopt;
  if (left.id == TypeId::kStruct) return common_struct(left, right, meet);
  std::vector<Type> met;
  for (size_t i = 0; i < fields_of(left).size(); ++i) {
    const std::optional<Type> type = meet(fields_of(left)[i].type, fields_of(right)[i].type);
    if (!type) return std::nullopt;
    met.push_back(*type);
  }
  return left.id == TypeId::kList ? list_of(met[0]) : map_of(met[0], met[1]);
}

}  // namespace

std::optional<Value> value_of_text(std::string_view text, Type to) {
  if (auto exact = parse_value(text, to); exact.ok()) return exact.value();
  Faults faults;
  const StringRef from(text);
  Value value{to, {}};
  const auto whole = [&] {
    const auto converted = integer_value(kernel::text_to_decimal(from, kDigitsMax, 0, faults), to);
    faults.overflow_if(!converted);
    value = converted.value_or(value);
  };
  switch (to.id) {
    case TypeId::kBool: value.data = kernel::text_to_bool(from, faults); break;
    case TypeId::kFloat32: value.data = double{kernel::text_to_float32(from, faults)}; break;
    case TypeId::kFloat64: value.data = kernel::text_to_float(from, faults); break;
    case TypeId::kDecimal64:
    case TypeId::kDecimal128: value.data = kernel::text_to_decimal(from, to.precision, to.scale, faults); break;
    case TypeId::kDate: value.data = kernel::text_to_date(from, faults); break;
    case TypeId::kTime: value.data = kernel::text_to_time(from, faults); break;
    case TypeId::kTimestamp: value.data = kernel::text_to_timestamp(from, faults); break;
    case TypeId::kTimestampNs: value.data = kernel::text_to_timestamp_ns(from, faults); break;
    case TypeId::kTimestampTz: value.data = kernel::text_to_timestamp_tz(from, faults); break;
    case TypeId::kInterval: value.data = kernel::text_to_interval(from, faults); break;
    default:
      if (!is_integer(to)) return std::nullopt;
      whole();
  }
  return faults.bits == 0 ? std::optional(std::move(value)) : std::nullopt;
}

Type decimal_of(Type number) { return is_integer(number) ? decimal(integer_digits(number.id), 0) : number; }

namespace {

// As DuckDB: the product of two decimals of 64 bits stays one, and is checked, as long as its scale leaves room.
Type kept_in_64_bits(Type result, Type left, Type right) {
  const bool both = left.precision <= kDecimal64DigitsMax && right.precision <= kDecimal64DigitsMax;
  return both && result.scale < kDecimal64DigitsMax && result.precision > kDecimal64DigitsMax
             ? decimal(kDecimal64DigitsMax, result.scale)
             : result;
}

}  // namespace

Type decimal_sum_type(Type left, Type right) {
  const int scale = std::max(left.scale, right.scale);
  return capped_decimal(std::max(whole_digits(left), whole_digits(right)) + 1, scale);
}

std::optional<Type> decimal_product_type(Type left, Type right) {
  const int scale = left.scale + right.scale;
  if (scale > kDigitsMax) return std::nullopt;
  return kept_in_64_bits(capped_decimal(whole_digits(left) + whole_digits(right), scale), left, right);
}

namespace {

// The value of an integer literal without a type of its own; nullptr: of anything else. One beyond int64 is a decimal.
const Value* adapting_integer(const Expr& expr) {
  const auto* node = std::get_if<Literal>(&expr.node);
  const bool integer = is_integer(expr.type) || expr.type == decimal(38, 0);
  return node == nullptr || node->typed || node->value.is_null() || !integer ? nullptr : &node->value;
}

}  // namespace

std::optional<Type> common_type(Type left, Type right) {
  if (left == right) return left;
  if (left == kNullType) return right;
  if (right == kNullType) return left;
  if (number_meets(left, right)) return common_number(left, right, decimal_of(left), decimal_of(right));
  if (left == kBool && is_numeric(right)) return right;
  if (right == kBool && is_numeric(left)) return left;
  const auto is_text = [](Type type) { return type == kUtf8 || type.id == TypeId::kEnum; };
  if (is_text(left) && is_text(right)) return kUtf8;  // an enum's own order holds among its own values alone
  if (is_nested(left.id)) return common_nested(left, right, common_type);
  return common_moment(left, right);
}

std::optional<Type> common_type(const Expr& left, const Expr& right) {
  // An integer literal is of the other side's type if that is an integer type that holds it.
  const Value* left_value = adapting_integer(left);
  const Value* right_value = adapting_integer(right);
  if (left_value != nullptr && right_value == nullptr && is_integer(right.type) &&
      convert_number(*left_value, right.type))
    return right.type;
  if (right_value != nullptr && left_value == nullptr && is_integer(left.type) &&
      convert_number(*right_value, left.type))
    return left.type;
  if (const std::optional<Type> type = common_type(left.type, right.type)) return type;
  if (left.type == kUtf8 && literal_value(left) != nullptr) return with_nulls_as(right.type, kUtf8);
  if (right.type == kUtf8 && literal_value(right) != nullptr) return with_nulls_as(left.type, kUtf8);
  return std::nullopt;
}

std::optional<Type> comparison_type(const Expr& left, const Expr& right) {
  const auto own_digits = [](const Expr& expr) {
    const Value* value = literal_value(expr);
    if (value == nullptr || value->is_null() || !is_integer(expr.type)) return decimal_of(expr.type);
    return decimal(static_cast<uint8_t>(std::max(1, digits_of(*unscaled(*value)))), 0);
  };
  if (number_meets(left.type, right.type) && is_decimal(left.type) != is_decimal(right.type))
    return common_number(left.type, right.type, own_digits(left), own_digits(right));
  return common_type(left, right);
}

std::optional<Type> equality_type(const Expr& left, const Expr& right) {
  if (const std::optional<Type> type = comparison_type(left, right)) return type;
  if (left.type == kUtf8) return with_nulls_as(right.type, kUtf8);
  if (right.type == kUtf8) return with_nulls_as(left.type, kUtf8);
  return std::nullopt;
}

namespace {

std::optional<Type> united_type(Type left, Type right) {
  if (left == right || right == kNullType) return left;
  if (left == kNullType) return right;
  const auto becomes_text = [](Type type) { return !is_nested(type.id) && type != kNullType && type != kBinary; };
  if (left == kUtf8 || left.id == TypeId::kEnum) {
    if (right == kBinary || is_nested(right.id)) return with_nulls_as(right, kUtf8);
    if (becomes_text(right)) return kUtf8;
  }
  if (right == kUtf8 || right.id == TypeId::kEnum) return united_type(right, left);
  return is_nested(left.id) ? common_nested(left, right, united_type) : common_type(left, right);
}

}  // namespace

std::optional<Type> united_type(const Expr& left, const Expr& right) { return united_type(left.type, right.type); }

namespace {

// What still takes the type of whatever it meets.
bool adapts_to_all(const Expr& expr) {
  return expr.type == kNullType || (expr.type == kUtf8 && literal_value(expr) != nullptr);
}

}  // namespace

std::optional<Type> common_type(std::span<const ExprPtr> values) {
  ExprPtr met = values[0];
  for (const ExprPtr& value : values.subspan(1)) {
    const std::optional<Type> type = common_type(*met, *value);
    if (!type) return std::nullopt;
    if (adapts_to_all(*met) && adapts_to_all(*value))
      met = met->type == *type ? met : value;
    else
      met = column_index(0, "", *type, true);
  }
  return met->type;
}

ExprPtr with_own_type(ExprPtr expr) {
  const auto* node = std::get_if<Literal>(&expr->node);
  if (node == nullptr || node->typed) return expr;
  Expr copy = *expr;
  std::get<Literal>(copy.node).typed = true;
  return std::make_shared<const Expr>(std::move(copy));
}

bool coerces(const Expr& from, Type to) {
  const Type type = from.type;
  if (type == to || type == kNullType) return true;
  const Value* value = literal_value(from);
  if (value != nullptr && (value->is_null() || type == kUtf8)) return true;
  if (value != nullptr && is_integer(type) && is_numeric(to)) return convert_number(*value, to).has_value();
  if (is_integer(type) && is_integer(to)) return common_type(type, to) == to;
  if (is_integer(type)) return to == kFloat64 || (is_decimal(to) && whole_digits(to) >= integer_digits(type.id));
  if (type == kFloat32 || is_decimal(type)) return to == kFloat64;
  if (type == kBool) return false;
  return common_type(type, to) == to;
}

Result<ExprPtr> cast_expr(ExprPtr input, Type to, TextPosition where) {
  const Type from = input->type;
  if (from == to) return input;
  if (const auto* column = std::get_if<ColumnIndex>(&input->node); column != nullptr && from == kNullType) {
    if (to != kInt32) return literal(null_value(to), input->where);
    return std::make_shared<const Expr>(Expr{*column, kInt32, true, input->where});
  }
  if (const Value* value = literal_value(*input)) {
    if (value->is_null()) return literal(null_value(to), input->where);
    if (fills_nulls(from, to)) return literal(Value{to, value->data}, input->where);
    std::optional<Value> converted = is_numeric(to) ? convert_number(*value, to) : std::nullopt;
    if (!converted) converted = convert_text(*value, to);
    if (converted) return literal(std::move(*converted), input->where);
  }
  if (ExprPtr structured = structured_cast(input, to, where)) return structured;
  const Function* function = find_function(cast_name(to));
  for (const Overload& overload : function != nullptr ? function->overloads : std::span<const Overload>())
    if (overload.accepts(0, from.id)) return resolved_call(overload, cast_arguments(std::move(input), to), to, where);
  return Error{ErrorCode::kInvalidPlan,
               fmt::format("cannot cast {} to {}: {}", to_text(from), to_text(to), to_text(*input)),
               to_text(where.line != 0 ? where : input->where), ""};
}

Result<ExprPtr> as_condition(const ExprPtr& input, std::string_view what, TextPosition where) {
  auto condition = cast_expr(input, kBool, where);
  if (condition.ok()) return condition;
  return Error{ErrorCode::kInvalidPlan,
               fmt::format("{} expects bool, found {}: {}", what, to_text(input->type), to_text(*input)),
               to_text(where.line != 0 ? where : input->where), "compare it with something"};
}

Result<ExprPtr> null_where_it_faults(ExprPtr converted, const ExprPtr& input, TextPosition where) {
  const auto* call = std::get_if<Call>(&converted->node);
  const bool faults = call != nullptr && converted != input && call->overload != nullptr && converted->type != kUtf8 &&
                      call_can_fault(*call, converted->type);
  if (!faults) return converted;
  const Type type = converted->type;
  TRY(is_null, resolve_call("is_null", {input}, where));
  return kernel_call("try_result", {converted, is_null}, type, where);
}

Result<ExprPtr> null_instead_of(const ExprPtr& input, Type to, TextPosition where) {
  const ExprPtr null = literal(null_value(to), where);
  if (literal_value(*input) != nullptr) return null;
  TRY(is_null, resolve_call("is_null", {input}, where));
  return resolve_if_else(is_null, null, null, where);
}

ExprPtr coerce(ExprPtr input, Type to) {
  auto result = cast_expr(std::move(input), to);
  CHECK(result.ok());
  return result.value();
}

}  // namespace headrace
