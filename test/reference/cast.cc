#include "reference/cast.h"

#include <cmath>

#include "base/check.h"
#include "reference/calendar.h"
#include "reference/text_form.h"

namespace headrace::reference {
namespace {

bool within(const BigInteger& value, const BigInteger& smallest, const BigInteger& greatest) {
  return smallest <= value && value <= greatest;
}

Datum checked(const BigInteger& value, Type type, Fault cause = Fault::kOverflow) {
  if (!fits(value, type)) return fault(cause);
  return {value};
}

uint8_t scale_of(Type type) { return type.id == TypeId::kDecimal ? type.scale : 0; }

// numerator / denominator as an integer or decimal, halves away from zero.
Datum rounded(const BigInteger& numerator, const BigInteger& denominator, Type to, Halves halves) {
  return checked(nearest_integer(numerator * BigInteger::power_of_ten(scale_of(to)), denominator, halves), to);
}

Datum from_double(double value, Type to) {
  if (std::isnan(value)) return fault(Fault::kBadCast);
  if (std::isinf(value)) return fault(Fault::kOverflow);
  if (to.id != TypeId::kDecimal) return rounded(scaled_double(value), double_scale(), to, Halves::kToEven);
  // As DuckDB: first the product in floating point, then the nearest integer, halves away from zero.
  const double scaled = value * nearest_double(BigInteger::power_of_ten(to.scale), BigInteger(1));
  if (std::isinf(scaled)) return fault(Fault::kOverflow);
  return checked(nearest_integer(scaled_double(scaled), double_scale(), Halves::kAwayFromZero), to);
}

Datum from_text(const std::string& text, Type to) {
  switch (to.id) {
    case TypeId::kBool: return read_bool(text);
    case TypeId::kFloat64: return read_double(text);
    case TypeId::kDate: return read_date(text);
    case TypeId::kTimestamp: return read_timestamp(text);
    default: break;
  }
  const auto number = read_number(text);
  if (!number) return fault(Fault::kBadCast);
  return rounded(number->numerator, number->denominator, to, Halves::kAwayFromZero);
}

Datum from_integer(const BigInteger& value, Type from, Type to) {
  if (to == kBool) return {!value.is_zero()};
  const BigInteger scale = BigInteger::power_of_ten(scale_of(from));
  if (to == kFloat64) return {nearest_double(value, scale)};
  return rounded(value, scale, to, Halves::kAwayFromZero);
}

}  // namespace

bool fits(const BigInteger& value, Type type) {
  const BigInteger one(1);
  switch (type.id) {
    case TypeId::kInt32:
    case TypeId::kDate: return within(value, -one.shifted_left(31), one.shifted_left(31) - one);
    case TypeId::kInt64:
    case TypeId::kTimestamp: return within(value, -one.shifted_left(63), one.shifted_left(63) - one);
    case TypeId::kDecimal:
      return within(value, one - BigInteger::power_of_ten(type.precision),
                    BigInteger::power_of_ten(type.precision) - one);
    default: return false;
  }
}

bool has_cast(Type from, Type to) {
  if (from.id == to.id || from == kNullType || to == kUtf8 || from == kUtf8) return true;
  if (is_numeric(from) && is_numeric(to)) return true;
  if (from == kBool) return is_integer(to);
  if (to == kBool) return is_integer(from);
  return (from == kDate && to == kTimestamp) || (from == kTimestamp && to == kDate);
}

Datum cast(const Datum& value, Type from, Type to) {
  CHECK(has_cast(from, to));
  if (from == to) return value;
  if (to == kUtf8) return {text_of(value, from)};
  if (from == kUtf8) return from_text(value.text(), to);
  if (from == kBool) return {BigInteger(value.is_true() ? 1 : 0)};
  if (from == kFloat64) return from_double(value.number(), to);
  if (from == kDate) return checked(value.integer() * BigInteger(kDayUs), to, Fault::kOutOfRange);
  if (from == kTimestamp) return {floor_of(value.integer(), BigInteger(kDayUs))};
  return from_integer(value.integer(), from, to);
}

}  // namespace headrace::reference
