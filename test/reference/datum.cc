#include "reference/datum.h"

#include <bit>
#include <cmath>

#include "base/check.h"

namespace headrace::reference {
namespace {

int compare_doubles(double left, double right) {
  if (std::isnan(left) || std::isnan(right))
    return static_cast<int>(std::isnan(left)) - static_cast<int>(std::isnan(right));
  if (left == right) return 0;
  return left < right ? -1 : 1;
}

double canonical(double value) { return std::isnan(value) ? std::bit_cast<double>(uint64_t{0x7ff8} << 48) : value; }

}  // namespace

Datum fault(Fault cause) { return {Faulted{static_cast<uint32_t>(cause)}}; }

std::string fault_name(uint32_t causes) {
  if ((causes & static_cast<uint32_t>(Fault::kOverflow)) != 0) return "overflow";
  if ((causes & static_cast<uint32_t>(Fault::kDivisionByZero)) != 0) return "division by zero";
  if ((causes & static_cast<uint32_t>(Fault::kBadCast)) != 0) return "bad cast";
  return "out of range";
}

int compare(const Datum& left, const Datum& right) {
  CHECK(left.data.index() == right.data.index());
  if (const auto* number = std::get_if<double>(&left.data)) return compare_doubles(*number, right.number());
  if (const auto* truth = std::get_if<bool>(&left.data))
    return static_cast<int>(*truth) - static_cast<int>(std::get<bool>(right.data));
  if (const auto* text = std::get_if<std::string>(&left.data))
    return text->compare(right.text());  // bytes, as unsigned
  if (left.integer() == right.integer()) return 0;
  return left.integer() < right.integer() ? -1 : 1;
}

int compare_with_nulls(const Datum& left, const Datum& right) {
  if (left.is_null() || right.is_null()) return static_cast<int>(left.is_null()) - static_cast<int>(right.is_null());
  return compare(left, right);
}

Datum as_key(const Datum& value) {
  const auto* number = std::get_if<double>(&value.data);
  if (number == nullptr) return value;
  return {*number == 0 ? 0.0 : canonical(*number)};
}

Datum from_value(const Value& value) {
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
    case TypeId::kUtf8:
    case TypeId::kBinary: return {type, datum.text()};
    default: return {type, datum.integer().to_int64()};
  }
  CHECK(!"a value has a type");
  return {};
}

}  // namespace headrace::reference
