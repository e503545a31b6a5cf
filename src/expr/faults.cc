#include "expr/faults.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "kernel/date/calendar.h"
#include "kernel/faults.h"

namespace headrace {

namespace {

// Digits before the decimal point that every value of the type fits in; 0 for types that are not whole numbers.
int whole_digits(Type type) {
  if (is_decimal(type)) return type.precision - type.scale;
  if (!is_integer(type)) return 0;
  constexpr int kDigits[] = {3, 5, 10, 19};
  return type == kUInt64 ? 20 : kDigits[std::countr_zero(width_bytes(type.id))];
}

bool holds_all(Type integer, Type other) {
  const int bits = static_cast<int>(width_bytes(integer.id)) * 8;
  const int other_bits = static_cast<int>(width_bytes(other.id)) * 8;
  if (is_signed_integer(integer.id) == is_signed_integer(other.id)) return bits >= other_bits;
  return is_signed_integer(integer.id) && bits > other_bits;
}

bool cast_can_fault(Type from, Type to) {
  if (from == to) return false;
  if (from == kBool && is_numeric(to)) return is_decimal(to) && whole_digits(to) == 0;
  if (is_integer(to)) return !is_integer(from) || !holds_all(to, from);
  if (is_decimal(to)) {
    if (!is_integer(from) && !is_decimal(from)) return true;
    // Dropping digits may round up into one more digit in front.
    const int carry = is_decimal(from) && from.scale > to.scale ? 1 : 0;
    return whole_digits(from) + carry > whole_digits(to);
  }
  switch (to.id) {
    case TypeId::kBool: return !is_numeric(from);
    case TypeId::kFloat32: return from == kFloat64 || from.id == TypeId::kDecimal128 || from == kUtf8;
    case TypeId::kFloat64:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kInterval: return from == kUtf8;
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz: return from == kUtf8 || from == kDate;
    default: return true;
  }
}

// The narrowest decimal type that holds what an operand can be: of a literal its digits, of a cast what it widens.
Type held_by(const Expr& operand) {
  const Type type = operand.type;
  int whole = whole_digits(type);
  if (const auto* node = std::get_if<Literal>(&operand.node)) {
    const auto* number = std::get_if<int128>(&node->value.data);
    int digits = 0;
    for (int128 rest = number == nullptr ? 0 : *number; rest != 0; rest /= 10) ++digits;
    if (number != nullptr) whole = std::min(whole, std::max(0, digits - type.scale));
  }
  if (const auto* node = std::get_if<Call>(&operand.node); node != nullptr && node->function.starts_with("cast_to_")) {
    const Type from = node->arguments[0]->type;
    if (is_integer(from) || (is_decimal(from) && from.scale <= type.scale)) whole = std::min(whole, whole_digits(from));
  }
  return decimal(static_cast<uint8_t>(std::max(1, whole + type.scale)), type.scale);
}

// Digits a decimal operation needs at most, whatever its operands' values.
bool decimal_can_overflow(const Call& call, Type type) {
  const bool two = call.function == "multiply" || call.function == "add" || call.function == "subtract";
  const Type left = two ? held_by(*call.arguments[0]) : call.arguments[0]->type;
  const Type right = two ? held_by(*call.arguments[1]) : left;
  if (call.function == "multiply") return left.precision + right.precision > type.precision;
  if (call.function == "add" || call.function == "subtract")
    return std::max(whole_digits(left), whole_digits(right)) + 1 > whole_digits(type);
  if (call.function.ends_with("_decimal")) {  // a carry into digits that the type has no room for
    const auto* digits = std::get_if<Literal>(&call.arguments[2]->node);
    if (digits == nullptr || digits->value.is_null() || std::get<int32_t>(digits->value.data) < 0) return true;
    return type.scale == left.scale && left.precision == type.precision;
  }
  return false;  // negate and abs: the magnitude stays
}

}  // namespace

bool call_can_fault(const Call& call, Type type) {
  CHECK(call.overload != nullptr);
  const uint32_t faults = call.overload->function->contract.faults;
  if (faults == 0) return false;
  if (call.function.starts_with("cast_to_")) return cast_can_fault(call.arguments[0]->type, type);
  if (faults == Faults::kOverflow) {
    if (is_float(type)) return false;
    if (is_decimal(type)) return decimal_can_overflow(call, type);
    if (call.function == "abs" && is_unsigned_integer(type.id)) return false;
    if (call.arguments[0]->type.id == TypeId::kDate) return false;  // days between two dates fit int64
  }
  if (call.function == "boundaries_between" || call.function == "whole_parts_between") {
    const auto* part = std::get_if<Literal>(&call.arguments[0]->node);
    const auto* number = part == nullptr ? nullptr : std::get_if<int32_t>(&part->value.data);
    return number == nullptr || *number == kernel::kMicrosecond;  // of larger parts there are fewer
  }
  if (call.function == "modulo" || call.function == "divide" || call.function == "integer_divide") {
    const auto* divisor = std::get_if<Literal>(&call.arguments[1]->node);
    if (divisor == nullptr || divisor->value.is_null()) return true;
    const auto is_harmless = [](const auto& number) {
      using Number = std::decay_t<decltype(number)>;
      if constexpr (std::is_arithmetic_v<Number>) return number != 0 && number != Number(-1);
      return false;
    };
    return !std::visit(is_harmless, divisor->value.data);
  }
  return true;
}

}  // namespace headrace
