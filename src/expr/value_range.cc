#include "expr/value_range.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace headrace {

namespace {

// Of exact results, before they are put into a type. Products of int64 and their differences fit.
struct WideRange {
  int128 low, high;
};

WideRange around(std::initializer_list<int128> values) { return {std::min(values), std::max(values)}; }

ValueRange unite(ValueRange a, ValueRange b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }

WideRange sum(ValueRange a, ValueRange b) { return {int128{a.low} + b.low, int128{a.high} + b.high}; }
WideRange difference(ValueRange a, ValueRange b) { return {int128{a.low} - b.high, int128{a.high} - b.low}; }
WideRange product(ValueRange a, ValueRange b) {
  return around({int128{a.low} * b.low, int128{a.low} * b.high, int128{a.high} * b.low, int128{a.high} * b.high});
}
WideRange magnitude(ValueRange a) {
  const int128 high = std::max(-int128{a.low}, int128{a.high});
  return {a.low > 0 ? int128{a.low} : a.high < 0 ? -int128{a.high} : int128{0}, high};
}
// Of a // b where b has one sign: the quotient is monotonic in both.
WideRange quotient(ValueRange a, ValueRange b) {
  return around({int128{a.low} / b.low, int128{a.low} / b.high, int128{a.high} / b.low, int128{a.high} / b.high});
}
// Of a % b: smaller than b, no larger than a, and of a's sign.
WideRange remainder(ValueRange a, ValueRange b) {
  const int128 largest = std::max(magnitude(b).high - 1, int128{0});
  return {a.low < 0 ? std::max(-largest, int128{a.low}) : int128{0},
          a.high > 0 ? std::min(largest, int128{a.high}) : int128{0}};
}

// Of round(a, digits): off by less than the unit that digits leave, which is beyond every integer from 10^20 on.
WideRange rounded(ValueRange a, ValueRange digits) {
  int128 unit = 1;
  for (int64_t digit = std::max<int64_t>(digits.low, -20); digit < 0; ++digit) unit *= 10;
  if (unit == 1) return {a.low, a.high};
  return {a.low - unit, a.high + unit};
}

bool holds_zero(ValueRange a) { return a.low <= 0 && a.high >= 0; }

// The exact result as a value of the type: what does not fit is a fault, and its row has no value.
CallRange fit(WideRange exact, TypeId type) {
  const ValueRange whole = whole_range(type);
  const bool can_fault = exact.low < whole.low || exact.high > whole.high;
  const auto clamp = [&](int128 value) {
    return static_cast<int64_t>(std::clamp(value, int128{whole.low}, int128{whole.high}));
  };
  return {{clamp(exact.low), clamp(exact.high)}, can_fault};
}

// uint64 may lie outside a ValueRange.
bool is_counted(TypeId type) {
  return type == TypeId::kBool || is_signed_integer(type) || (is_unsigned_integer(type) && type != TypeId::kUInt64);
}

}  // namespace

ValueRange whole_range(TypeId type) {
  switch (type) {
    case TypeId::kBool: return {0, 1};
    case TypeId::kInt8: return {INT8_MIN, INT8_MAX};
    case TypeId::kInt16: return {INT16_MIN, INT16_MAX};
    case TypeId::kUInt8: return {0, UINT8_MAX};
    case TypeId::kUInt16: return {0, UINT16_MAX};
    case TypeId::kUInt32: return {0, UINT32_MAX};
    case TypeId::kInt32:
    case TypeId::kDate: return {INT32_MIN, INT32_MAX};
    default: return {};
  }
}

ValueRange range_of_literal(const Value& value) {
  if (const auto* number = std::get_if<int32_t>(&value.data)) return {*number, *number};
  if (const auto* number = std::get_if<int64_t>(&value.data)) return {*number, *number};
  return whole_range(value.type.id);
}

CallRange range_of_call(const Overload& kernel, std::span<const ValueRange> arguments) {
  const std::string_view name = kernel.function->name;
  const TypeId type = kernel.result;
  const CallRange unknown{whole_range(type), true};
  if (name == "if_else") return {unite(arguments[1], arguments[2]), false};
  if (name == "coalesce") return {unite(arguments[0], arguments[1]), false};
  if (!kernel.arguments.empty() &&
      kernel.arguments[0] != TypeId::kInterval) {  // an interval may have any number of them
    if (name == "month") return {{1, 12}, false};
    if (name == "day") return {{1, 31}, false};
    if (name == "hour") return {{0, 24}, false};  // a time of day may be 24:00
    if (name == "minute") return {{0, 59}, false};
  }
  if (!is_counted(type) || kernel.arguments.empty()) return unknown;
  const bool from_integers = std::ranges::all_of(
      kernel.arguments, [](TypeId argument) { return is_counted(argument) || argument == TypeId::kDate; });
  if (!from_integers) return unknown;
  if (name == "add") return fit(sum(arguments[0], arguments[1]), type);
  if (name == "subtract") return fit(difference(arguments[0], arguments[1]), type);
  if (name == "multiply") return fit(product(arguments[0], arguments[1]), type);
  if (name == "negate") return fit(difference({0, 0}, arguments[0]), type);
  if (name == "abs") return fit(magnitude(arguments[0]), type);
  if (name.starts_with("cast_to_") && is_counted(type)) return fit({arguments[0].low, arguments[0].high}, type);
  if (name == "modulo" && !holds_zero(arguments[1])) return fit(remainder(arguments[0], arguments[1]), type);
  if (name == "integer_divide" && !holds_zero(arguments[1])) return fit(quotient(arguments[0], arguments[1]), type);
  if (name == "gcd") return fit({0, std::max(magnitude(arguments[0]).high, magnitude(arguments[1]).high)}, type);
  if (name == "lcm") return fit({0, magnitude(arguments[0]).high * magnitude(arguments[1]).high}, type);
  if (name == "round") return fit(rounded(arguments[0], arguments[1]), type);
  const int64_t bits = int64_t{8} * width_bytes(type);
  if (name == "shift_left" && arguments[0].low >= 0 && arguments[1].low >= 0 && arguments[1].high < bits)
    return fit({arguments[0].low, int128{arguments[0].high} << arguments[1].high}, type);
  return unknown;
}

}  // namespace headrace
