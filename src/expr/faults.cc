#include "expr/faults.h"

#include <algorithm>

#include "base/check.h"
#include "kernel/faults.h"

namespace headrace {

namespace {

// Digits before the decimal point that every value of the type fits in; 0 for types that are not whole numbers.
int whole_digits(Type type) {
  if (type.id == TypeId::kInt32) return 10;
  if (type.id == TypeId::kInt64) return 19;
  return type.id == TypeId::kDecimal ? type.precision - type.scale : 0;
}

bool cast_can_fault(Type from, Type to) {
  if (from == to) return false;
  switch (to.id) {
    case TypeId::kBool: return !is_integer(from);
    case TypeId::kInt32: return from.id != TypeId::kBool;
    case TypeId::kInt64: return from.id != TypeId::kBool && from.id != TypeId::kInt32;
    case TypeId::kFloat64: return from.id == TypeId::kUtf8;
    case TypeId::kDecimal: {
      if (!is_integer(from) && from.id != TypeId::kDecimal) return true;
      // Dropping digits may round up into one more digit in front.
      const int carry = from.id == TypeId::kDecimal && from.scale > to.scale ? 1 : 0;
      return whole_digits(from) + carry > whole_digits(to);
    }
    case TypeId::kDate: return from.id == TypeId::kUtf8;
    default: return true;
  }
}

// Digits a decimal operation needs at most, whatever its operands' values.
bool decimal_can_overflow(const Call& call, Type type) {
  const Type left = call.arguments[0]->type, right = call.arguments.back()->type;
  if (call.function == "multiply") return left.precision + right.precision > type.precision;
  if (call.function == "add" || call.function == "subtract")
    return std::max(whole_digits(left), whole_digits(right)) + 1 > whole_digits(type);
  return false;  // negate and abs: the magnitude stays
}

}  // namespace

bool call_can_fault(const Call& call, Type type) {
  CHECK(call.overload != nullptr);
  const uint32_t faults = call.overload->function->contract.faults;
  if (faults == 0) return false;
  if (call.function.starts_with("cast_to_")) return cast_can_fault(call.arguments[0]->type, type);
  if (faults == Faults::kOverflow) {
    if (type.id == TypeId::kFloat64) return false;
    if (type.id == TypeId::kDecimal) return decimal_can_overflow(call, type);
    if (call.arguments[0]->type.id == TypeId::kDate) return false;  // days between two dates fit int64
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
