#include "reference/datum.h"

#include <bit>
#include <cmath>

#include "base/check.h"
#include "reference/calendar.h"
#include "types/nested_type.h"
#include "types/nested_value.h"

namespace headrace::reference {
namespace {

int compare_doubles(double left, double right) {
  if (std::isnan(left) || std::isnan(right))
    return static_cast<int>(std::isnan(left)) - static_cast<int>(std::isnan(right));
  if (left == right) return 0;
  return left < right ? -1 : 1;
}

BigInteger length_us(const Interval& value) {
  const BigInteger days = BigInteger(value.months) * BigInteger(30) + BigInteger(value.days);
  return days * BigInteger(kDayUs) + BigInteger(value.us);
}

Interval by_length(const Interval& value) {
  const auto [days, us] = BigInteger::divide(length_us(value), BigInteger(kDayUs));
  const auto [months, rest] = BigInteger::divide(days, BigInteger(30));
  return {static_cast<int32_t>(months.to_int64()), static_cast<int32_t>(rest.to_int64()), us.to_int64()};
}

int compare_integers(const BigInteger& left, const BigInteger& right) {
  if (left == right) return 0;
  return left < right ? -1 : 1;
}

int compare_nested(const std::vector<Datum>& left, const std::vector<Datum>& right) {
  for (size_t i = 0; i < left.size() && i < right.size(); ++i)
    if (const int order = compare_fields(left[i], right[i]); order != 0) return order;
  return static_cast<int>(left.size() > right.size()) - static_cast<int>(left.size() < right.size());
}

// The type of a nested value's field: those of a map's keys and values come by turns.
Type field_type(Type type, size_t index) {
  const auto fields = fields_of(type);
  return fields[index % fields.size()].type;
}

double canonical(double value) { return std::isnan(value) ? std::bit_cast<double>(uint64_t{0x7ff8} << 48) : value; }

}  // namespace

Datum fault(Fault cause) { return {Faulted{static_cast<uint32_t>(cause)}}; }

std::string fault_name(uint32_t causes) {
  if ((causes & static_cast<uint32_t>(Fault::kOverflow)) != 0) return "overflow";
  if ((causes & static_cast<uint32_t>(Fault::kDivisionByZero)) != 0) return "division by zero";
  if ((causes & static_cast<uint32_t>(Fault::kBadCast)) != 0) return "bad cast";
  if ((causes & static_cast<uint32_t>(Fault::kOutOfRange)) != 0) return "out of range";
  return "bad argument";
}

int compare(const Datum& left, const Datum& right) {
  CHECK(left.data.index() == right.data.index());
  if (const auto* number = std::get_if<double>(&left.data)) return compare_doubles(*number, right.number());
  if (const auto* truth = std::get_if<bool>(&left.data))
    return static_cast<int>(*truth) - static_cast<int>(std::get<bool>(right.data));
  if (const auto* text = std::get_if<std::string>(&left.data))
    return text->compare(right.text());  // bytes, as unsigned
  if (const auto* interval = std::get_if<Interval>(&left.data))
    return compare_integers(length_us(*interval), length_us(right.interval()));
  if (std::holds_alternative<Fields>(left.data)) return compare_nested(left.fields(), right.fields());
  return compare_integers(left.integer(), right.integer());
}

int compare_fields(const Datum& left, const Datum& right) {
  const int order = compare_with_nulls(left, right);
  const auto* interval = std::get_if<Interval>(&left.data);
  if (order != 0 || interval == nullptr) return order;
  if (interval->months != right.interval().months) return interval->months < right.interval().months ? -1 : 1;
  if (interval->days != right.interval().days) return interval->days < right.interval().days ? -1 : 1;
  return 0;
}

int compare_with_nulls(const Datum& left, const Datum& right) {
  if (left.is_null() || right.is_null()) return static_cast<int>(left.is_null()) - static_cast<int>(right.is_null());
  return compare(left, right);
}

Datum as_key(const Datum& value) {
  if (const auto* interval = std::get_if<Interval>(&value.data)) return {by_length(*interval)};
  const auto* number = std::get_if<double>(&value.data);
  if (number == nullptr) return value;
  return {*number == 0 ? 0.0 : canonical(*number)};
}

Datum of_fields(std::vector<Datum> fields) {
  for (Datum& field : fields)
    if (std::holds_alternative<double>(field.data)) field = as_key(field);
  return {std::make_shared<const std::vector<Datum>>(std::move(fields))};
}

Datum from_value(const Value& value) {
  if (const auto* interval = std::get_if<Interval>(&value.data)) return {*interval};
  if (is_nested(value.type.id) && !value.is_null()) {
    std::vector<Datum> fields;
    for (const Value& field : nested_fields(value.type, std::get<std::string>(value.data)))
      fields.push_back(from_value(field));
    return of_fields(std::move(fields));
  }
  if (const auto* truth = std::get_if<bool>(&value.data)) return {*truth};
  if (const auto* small = std::get_if<int32_t>(&value.data)) return {BigInteger(*small)};
  if (const auto* large = std::get_if<int64_t>(&value.data)) return {BigInteger(*large)};
  if (const auto* wide = std::get_if<int128>(&value.data)) return {BigInteger(*wide)};
  if (const auto* number = std::get_if<double>(&value.data)) return {*number};
  if (const auto* text = std::get_if<std::string>(&value.data)) return {*text};
  return null();
}

Value to_value(const Datum& datum, Type type) {
  CHECK(!datum.is_fault());
  if (datum.is_null()) return null_value(type);
  if (is_nested(type.id)) {
    std::vector<Value> fields;
    for (size_t i = 0; i < datum.fields().size(); ++i)
      fields.push_back(to_value(datum.fields()[i], field_type(type, i)));
    return {type, nested_bytes(type, fields)};
  }
  if (is_decimal(type) || type == kUInt64) return {type, datum.integer().to_int128()};
  switch (type.id) {
    case TypeId::kNull: break;
    case TypeId::kBool: return {type, std::get<bool>(datum.data)};
    case TypeId::kInt8:
    case TypeId::kInt16:
    case TypeId::kInt32:
    case TypeId::kUInt8:
    case TypeId::kUInt16:
    case TypeId::kDate: return {type, static_cast<int32_t>(datum.integer().to_int64())};
    case TypeId::kFloat32:
    case TypeId::kFloat64: return {type, canonical(datum.number())};
    case TypeId::kInterval: return {type, datum.interval()};
    case TypeId::kUtf8:
    case TypeId::kBinary: return {type, datum.text()};
    default: return {type, datum.integer().to_int64()};
  }
  CHECK(!"a value has a type");
  return {};
}

}  // namespace headrace::reference
