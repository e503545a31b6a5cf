#include "reference/cast.h"

#include <cmath>
#include <cstdlib>

#include "base/check.h"
#include "reference/calendar.h"
#include "reference/interval_text.h"
#include "reference/nested_text.h"
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

uint8_t scale_of(Type type) { return is_decimal(type) ? type.scale : 0; }

// numerator / denominator as an integer or decimal, halves away from zero.
Datum rounded(const BigInteger& numerator, const BigInteger& denominator, Type to, Halves halves) {
  return checked(nearest_integer(numerator * BigInteger::power_of_ten(scale_of(to)), denominator, halves), to);
}

Datum from_double(double value, Type to) {
  if (std::isnan(value)) return fault(Fault::kBadCast);
  if (std::isinf(value)) return fault(Fault::kOverflow);
  if (!is_decimal(to)) return rounded(scaled_double(value), double_scale(), to, Halves::kToEven);
  // As DuckDB: first the product in floating point, then the nearest integer, halves away from zero.
  const double scaled = value * nearest_double(BigInteger::power_of_ten(to.scale), BigInteger(1));
  if (std::isinf(scaled)) return fault(Fault::kOverflow);
  return checked(nearest_integer(scaled_double(scaled), double_scale(), Halves::kAwayFromZero), to);
}

Datum to_float(double value) {
  const auto narrow = static_cast<float>(value);
  if (std::isinf(narrow) && !std::isinf(value)) return fault(Fault::kOverflow);
  return {static_cast<double>(narrow)};
}

// Integers of at most 64 bits: a double holds all but the lowest bits, which only decide a tie.
Datum nearest_float(const BigInteger& value) {
  return {static_cast<double>(value.is_negative() ? static_cast<float>(value.to_int64())
                                                  : static_cast<float>(static_cast<uint64_t>(value.to_int128())))};
}

Datum read_float(const std::string& text) {
  const Datum wide = read_double(text);
  if (wide.is_fault() || !std::isfinite(wide.number())) return wide;
  const float direct = std::strtof(text.c_str(), nullptr);
  if (std::isinf(direct)) return fault(Fault::kOverflow);
  return {static_cast<double>(direct)};
}

Datum from_text(const std::string& text, Type to) {
  switch (to.id) {
    case TypeId::kBool: return read_bool(text);
    case TypeId::kFloat64: return read_double(text);
    case TypeId::kFloat32: return read_float(text);
    case TypeId::kDate: return read_date(text);
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz: return read_timestamp(text);
    case TypeId::kTime: return read_time(text);
    case TypeId::kInterval: return read_interval(text);
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap: return read_nested(text, to);
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
  if (to == kFloat32) return is_decimal(from) ? to_float(nearest_double(value, scale)) : nearest_float(value);
  return rounded(value, scale, to, Halves::kAwayFromZero);
}

bool is_moment(Type type) { return type == kDate || type == kTimestamp || type == kTimestampTz; }

// Between dates, timestamps and times of day. Instants are read in UTC.
Datum from_moment(const BigInteger& value, Type from, Type to) {
  if (from == kTime) return {Interval{0, 0, value.to_int64()}};
  if (from == kDate) return checked(value * BigInteger(kDayUs), kTimestamp, Fault::kOutOfRange);
  const BigInteger days = floor_of(value, BigInteger(kDayUs));
  if (to == kDate) return {days};
  return {to == kTime ? value - days * BigInteger(kDayUs) : value};
}

}  // namespace

bool fits(const BigInteger& value, Type type) {
  const BigInteger one(1);
  if (is_decimal(type))
    return within(value, one - BigInteger::power_of_ten(type.precision),
                  BigInteger::power_of_ten(type.precision) - one);
  const int bits = static_cast<int>(width_bytes(type.id)) * 8;
  if (is_unsigned_integer(type.id)) return within(value, BigInteger(0), one.shifted_left(bits) - one);
  return within(value, -one.shifted_left(bits - 1), one.shifted_left(bits - 1) - one);
}

bool has_cast(Type from, Type to) {
  if (is_nested(from.id) && is_nested(to.id)) return has_nested_cast(from, to);
  if (from.id == to.id || from == kNullType || to == kUtf8 || from == kUtf8) return true;
  if (is_numeric(from) && is_numeric(to)) return true;
  if (from == kBool) return is_numeric(to);
  if (to == kBool) return is_numeric(from);
  if (is_moment(from)) return is_moment(to) || (from != kDate && to == kTime);
  return from == kTime && to == kInterval;
}

Datum cast(const Datum& value, Type from, Type to) {
  CHECK(has_cast(from, to));
  if (from == to) return value;
  if (to == kUtf8) return {text_of(value, from)};
  if (from == kUtf8) return from_text(value.text(), to);
  if (is_nested(from.id)) return cast_nested(value, from, to);
  if (from == kBool && is_float(to)) return {value.is_true() ? 1.0 : 0.0};
  if (from == kBool) return checked(BigInteger(value.is_true() ? 1 : 0) * BigInteger::power_of_ten(scale_of(to)), to);
  if (is_float(from) && to == kBool) return {value.number() != 0};
  if (is_float(from) && is_float(to)) return to == kFloat32 ? to_float(value.number()) : value;
  if (is_float(from)) return from_double(value.number(), to);
  if (is_moment(from) || from == kTime) return from_moment(value.integer(), from, to);
  return from_integer(value.integer(), from, to);
}

}  // namespace headrace::reference
