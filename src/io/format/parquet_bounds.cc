#include "io/format/parquet_bounds.h"

#include <cmath>

#include <parquet/types.h>

#include "io/parquet/conversion.h"
#include "types/calendar.h"
#include "types/half_float.h"

namespace headrace {
namespace {

using TimeUnit = parquet::LogicalType::TimeUnit;

// A time or timestamp of another unit as one of the type's, downwards.
std::optional<Value> time_value(TimeUnit::unit unit, Type type, int64_t raw) {
  switch (unit) {
    case TimeUnit::MICROS: return type == kTimestampNs ? std::nullopt : std::optional(Value{type, raw});
    case TimeUnit::NANOS: return Value{type, type == kTimestampNs ? raw : floor_divide(raw, 1'000)};
    case TimeUnit::MILLIS: {
      int64_t scaled;
      if (type == kTimestampNs || __builtin_mul_overflow(raw, int64_t{1'000}, &scaled)) return std::nullopt;
      return Value{type, scaled};
    }
    default: return std::nullopt;
  }
}

bool is_unsigned(const parquet::ColumnDescriptor& about) {
  const auto* logical = dynamic_cast<const parquet::IntLogicalType*>(about.logical_type().get());
  return logical != nullptr && !logical->is_signed();
}

// `raw_unsigned`: the same bits.
std::optional<Value> integer_value(const parquet::ColumnDescriptor& about, Type type, int64_t raw,
                                   uint64_t raw_unsigned) {
  switch (type.id) {
    case TypeId::kInt8:
    case TypeId::kInt16:
    case TypeId::kInt32:
    case TypeId::kUInt8:
    case TypeId::kUInt16:
    case TypeId::kDate: return Value{type, static_cast<int32_t>(raw)};
    case TypeId::kUInt32:
    case TypeId::kInt64: return Value{type, is_unsigned(about) ? static_cast<int64_t>(raw_unsigned) : raw};
    case TypeId::kUInt64:
    case TypeId::kDecimal64:
    case TypeId::kDecimal128:
      return Value{type, is_unsigned(about) ? static_cast<int128>(raw_unsigned) : static_cast<int128>(raw)};
    case TypeId::kTime: {
      const auto* logical = dynamic_cast<const parquet::TimeLogicalType*>(about.logical_type().get());
      return logical == nullptr ? std::nullopt : time_value(logical->time_unit(), type, raw);
    }
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs: {
      const auto* logical = dynamic_cast<const parquet::TimestampLogicalType*>(about.logical_type().get());
      return logical == nullptr ? std::nullopt : time_value(logical->time_unit(), type, raw);
    }
    default: return std::nullopt;
  }
}

std::optional<Value> real_value(Type type, double raw) {
  if (!is_float(type) || std::isnan(raw)) return std::nullopt;
  return Value{type, raw};
}

template <class T>
std::optional<T> fixed(std::string_view bytes) {
  T value;
  if (bytes.size() != sizeof value) return std::nullopt;
  bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
  return value;
}

}  // namespace

std::optional<Value> bound_of_bytes(const parquet::ColumnDescriptor& about, Type type, std::string_view bytes) {
  switch (about.physical_type()) {
    case parquet::Type::INT32: {
      const auto raw = fixed<int32_t>(bytes);
      return raw ? integer_value(about, type, *raw, static_cast<uint32_t>(*raw)) : std::nullopt;
    }
    case parquet::Type::INT64: {
      const auto raw = fixed<int64_t>(bytes);
      return raw ? integer_value(about, type, *raw, static_cast<uint64_t>(*raw)) : std::nullopt;
    }
    case parquet::Type::FLOAT: {
      const auto raw = fixed<float>(bytes);
      return raw ? real_value(type, *raw) : std::nullopt;
    }
    case parquet::Type::DOUBLE: {
      const auto raw = fixed<double>(bytes);
      return raw ? real_value(type, *raw) : std::nullopt;
    }
    case parquet::Type::FIXED_LEN_BYTE_ARRAY: {
      if (bytes.size() != static_cast<size_t>(about.type_length())) return std::nullopt;
      const bool half = about.logical_type() != nullptr && about.logical_type()->is_float16();
      if (const auto raw = fixed<uint16_t>(bytes); half && raw) return real_value(type, half_to_float(*raw));
      break;
    }
    case parquet::Type::BYTE_ARRAY: break;
    default: return std::nullopt;
  }
  if (type == kUtf8 || type == kBinary) return Value{type, std::string(bytes)};
  int128 number = 0;
  const bool fits = is_decimal(type) && !bytes.empty() &&
                    parquet_in::take_big_endian(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), number);
  return fits ? std::optional(Value{type, number}) : std::nullopt;
}

ColumnBounds bounds_of_chunk(const parquet::RowGroupMetaData& group, int leaf, Type type) {
  ColumnBounds bounds;
  bounds.rows = static_cast<uint64_t>(group.num_rows());
  const std::shared_ptr<parquet::Statistics> statistics = group.ColumnChunk(leaf)->statistics();
  if (statistics == nullptr) return bounds;
  if (statistics->HasNullCount()) bounds.nulls = static_cast<uint64_t>(statistics->null_count());
  if (!statistics->HasMinMax()) return bounds;
  // The deprecated bounds of byte arrays are in the order of bytes, whatever their sign.
  const auto physical = statistics->descr()->physical_type();
  const bool is_bytes = physical == parquet::Type::BYTE_ARRAY || physical == parquet::Type::FIXED_LEN_BYTE_ARRAY;
  if (is_bytes && is_decimal(type) && !has_known_order(*statistics->descr())) return bounds;
  bounds.low = bound_of_bytes(*statistics->descr(), type, statistics->EncodeMin());
  bounds.high = bound_of_bytes(*statistics->descr(), type, statistics->EncodeMax());
  return bounds;
}

bool has_known_order(const parquet::ColumnDescriptor& about) {
  return about.column_order().get_order() == parquet::ColumnOrder::TYPE_DEFINED_ORDER &&
         about.sort_order() != parquet::SortOrder::UNKNOWN;
}

ColumnBounds bounds_of_page(const parquet::ColumnDescriptor& about, Type type,
                            const parquet::EncodedStatistics& statistics, uint64_t rows,
                            const parquet::ApplicationVersion& writer) {
  ColumnBounds bounds;
  bounds.rows = rows;
  if (statistics.has_null_count && statistics.null_count >= 0 && static_cast<uint64_t>(statistics.null_count) <= rows)
    bounds.nulls = static_cast<uint64_t>(statistics.null_count);
  // The library does not tell bounds in the order of the type from those of old writers, which are signed whatever the type is.
  const bool ordered = about.sort_order() == parquet::SortOrder::SIGNED || writer.application_ != "unknown";
  if (!statistics.has_min || !statistics.has_max || !has_known_order(about) || !ordered) return bounds;
  if (!writer.HasCorrectStatistics(about.physical_type(), statistics, about.sort_order())) return bounds;
  bounds.low = bound_of_bytes(about, type, statistics.min());
  bounds.high = bound_of_bytes(about, type, statistics.max());
  return bounds;
}

}  // namespace headrace
