#include "reference/arrow_values.h"

#include "reference/bind.h"
#include "types/nested_type.h"

namespace headrace::reference {

Type type_of(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL: return kBool;
    case arrow::Type::INT8: return kInt8;
    case arrow::Type::INT16: return kInt16;
    case arrow::Type::INT32: return kInt32;
    case arrow::Type::INT64: return kInt64;
    case arrow::Type::UINT8: return kUInt8;
    case arrow::Type::UINT16: return kUInt16;
    case arrow::Type::UINT32: return kUInt32;
    case arrow::Type::UINT64: return kUInt64;
    case arrow::Type::FLOAT: return kFloat32;
    case arrow::Type::DOUBLE: return kFloat64;
    case arrow::Type::DATE32: return kDate;
    case arrow::Type::TIME64: return kTime;
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      if (!timestamp.timezone().empty()) return kTimestampTz;
      return timestamp.unit() == arrow::TimeUnit::NANO ? kTimestampNs : kTimestamp;
    }
    case arrow::Type::BINARY: return kBinary;
    case arrow::Type::STRING:
    case arrow::Type::STRING_VIEW: return kUtf8;
    case arrow::Type::DECIMAL128: {
      const auto& decimal_type = static_cast<const arrow::Decimal128Type&>(type);
      return decimal(static_cast<uint8_t>(decimal_type.precision()), static_cast<uint8_t>(decimal_type.scale()));
    }
    case arrow::Type::INTERVAL_MONTH_DAY_NANO: return kInterval;
    case arrow::Type::LIST: return list_of(type_of(*type.field(0)->type()));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return map_of(type_of(*map.key_type()), type_of(*map.item_type()));
    }
    case arrow::Type::STRUCT: {
      std::vector<NestedField> fields;
      for (const auto& field : type.fields()) fields.push_back({field->name(), type_of(*field->type())});
      return struct_of(std::move(fields));
    }
    default: refuse("the reference does not read " + type.ToString());
  }
}

namespace {

Datum elements_at(const arrow::ListArray& lists, int64_t row) {
  std::vector<Datum> elements;
  for (int64_t at = lists.value_offset(row); at < lists.value_offset(row + 1); ++at)
    elements.push_back(value_at(*lists.values(), at));
  return of_fields(std::move(elements));
}

Datum entries_at(const arrow::MapArray& maps, int64_t row) {
  std::vector<Datum> entries;
  for (int64_t at = maps.value_offset(row); at < maps.value_offset(row + 1); ++at) {
    entries.push_back(value_at(*maps.keys(), at));
    entries.push_back(value_at(*maps.items(), at));
  }
  return of_fields(std::move(entries));
}

Datum fields_at(const arrow::StructArray& structs, int64_t row) {
  std::vector<Datum> fields;
  for (int i = 0; i < structs.num_fields(); ++i) fields.push_back(value_at(*structs.field(i), row));
  return of_fields(std::move(fields));
}

}  // namespace

Datum value_at(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return null();
  switch (array.type_id()) {
    case arrow::Type::BOOL: return {static_cast<const arrow::BooleanArray&>(array).Value(row)};
    case arrow::Type::INT8: return {BigInteger(static_cast<const arrow::Int8Array&>(array).Value(row))};
    case arrow::Type::INT16: return {BigInteger(static_cast<const arrow::Int16Array&>(array).Value(row))};
    case arrow::Type::UINT8: return {BigInteger(static_cast<const arrow::UInt8Array&>(array).Value(row))};
    case arrow::Type::UINT16: return {BigInteger(static_cast<const arrow::UInt16Array&>(array).Value(row))};
    case arrow::Type::UINT32: return {BigInteger(int64_t{static_cast<const arrow::UInt32Array&>(array).Value(row)})};
    case arrow::Type::UINT64: return {BigInteger(__int128{static_cast<const arrow::UInt64Array&>(array).Value(row)})};
    case arrow::Type::FLOAT: return {double{static_cast<const arrow::FloatArray&>(array).Value(row)}};
    case arrow::Type::TIME64: return {BigInteger(static_cast<const arrow::Time64Array&>(array).Value(row))};
    case arrow::Type::BINARY: return {static_cast<const arrow::BinaryArray&>(array).GetString(row)};
    case arrow::Type::INT32: return {BigInteger(static_cast<const arrow::Int32Array&>(array).Value(row))};
    case arrow::Type::DATE32: return {BigInteger(static_cast<const arrow::Date32Array&>(array).Value(row))};
    case arrow::Type::INT64: return {BigInteger(static_cast<const arrow::Int64Array&>(array).Value(row))};
    case arrow::Type::DOUBLE: return {static_cast<const arrow::DoubleArray&>(array).Value(row)};
    case arrow::Type::STRING: return {static_cast<const arrow::StringArray&>(array).GetString(row)};
    case arrow::Type::STRING_VIEW: return {static_cast<const arrow::StringViewArray&>(array).GetString(row)};
    case arrow::Type::TIMESTAMP: {
      const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
      const int64_t value = static_cast<const arrow::TimestampArray&>(array).Value(row);
      if (unit == arrow::TimeUnit::MICRO || unit == arrow::TimeUnit::NANO) return {BigInteger(value)};
      refuse("the reference reads timestamps in µs and ns only");
    }
    case arrow::Type::DECIMAL128: {
      const arrow::Decimal128 value(static_cast<const arrow::Decimal128Array&>(array).GetValue(row));
      return {BigInteger(
          static_cast<__int128>(static_cast<unsigned __int128>(value.high_bits()) << 64 | value.low_bits()))};
    }
    case arrow::Type::INTERVAL_MONTH_DAY_NANO: {
      const auto value = static_cast<const arrow::MonthDayNanoIntervalArray&>(array).Value(row);
      return {Interval{value.months, value.days, value.nanoseconds / 1'000}};
    }
    case arrow::Type::LIST: return elements_at(static_cast<const arrow::ListArray&>(array), row);
    case arrow::Type::MAP: return entries_at(static_cast<const arrow::MapArray&>(array), row);
    case arrow::Type::STRUCT: return fields_at(static_cast<const arrow::StructArray&>(array), row);
    default: refuse("the reference does not read " + array.type()->ToString());
  }
}

}  // namespace headrace::reference
