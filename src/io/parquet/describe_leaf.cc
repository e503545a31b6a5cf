#include "io/parquet/describe_leaf.h"

#include <parquet/types.h>

namespace headrace::parquet_in {
namespace {

std::optional<Physical> physical_of(parquet::Type::type type) {
  switch (type) {
    case parquet::Type::BOOLEAN: return Physical::kBool;
    case parquet::Type::INT32:
    case parquet::Type::FLOAT: return Physical::k32;
    case parquet::Type::INT64:
    case parquet::Type::DOUBLE: return Physical::k64;
    case parquet::Type::INT96: return Physical::k96;
    case parquet::Type::BYTE_ARRAY: return Physical::kBytes;
    case parquet::Type::FIXED_LEN_BYTE_ARRAY: return Physical::kFixed;
    default: return std::nullopt;
  }
}

Unit unit_of(parquet::LogicalType::TimeUnit::unit unit) {
  switch (unit) {
    case parquet::LogicalType::TimeUnit::MILLIS: return Unit::kMilliseconds;
    case parquet::LogicalType::TimeUnit::MICROS: return Unit::kMicroseconds;
    case parquet::LogicalType::TimeUnit::NANOS: return Unit::kNanoseconds;
    default: return Unit::kNone;
  }
}

}  // namespace

std::optional<Leaf> describe_leaf(const parquet::ColumnDescriptor& column, const Column& ours) {
  const Type type = ours.type;
  if (column.max_repetition_level() > 0 || column.max_definition_level() > 1) return std::nullopt;
  if (column.schema_node()->parent() == nullptr || column.schema_node()->parent()->parent() != nullptr)
    return std::nullopt;
  const auto physical = physical_of(column.physical_type());
  if (!physical.has_value()) return std::nullopt;
  Leaf leaf{.name = ours.name, .type = type, .physical = *physical, .nullable = ours.nullable};
  leaf.optional = column.max_definition_level() == 1;
  if (*physical == Physical::kFixed) {
    if (column.type_length() <= 0) return std::nullopt;
    leaf.fixed_bytes = static_cast<uint32_t>(column.type_length());
  }
  // A float's bits are no integer's: the type of the vector must be of the same kind.
  const bool floats = column.physical_type() == parquet::Type::FLOAT || column.physical_type() == parquet::Type::DOUBLE;
  const auto& logical = column.logical_type();
  leaf.half = logical != nullptr && logical->is_float16();
  if (floats != (is_float(type) && !leaf.half)) return std::nullopt;
  if (logical != nullptr && logical->is_timestamp())
    leaf.unit = unit_of(static_cast<const parquet::TimestampLogicalType&>(*logical).time_unit());
  if (logical != nullptr && logical->is_time())
    leaf.unit = unit_of(static_cast<const parquet::TimeLogicalType&>(*logical).time_unit());
  if (is_decimal(type) && (logical == nullptr || !logical->is_decimal() ||
                           static_cast<const parquet::DecimalLogicalType&>(*logical).scale() != type.scale ||
                           static_cast<const parquet::DecimalLogicalType&>(*logical).precision() != type.precision))
    return std::nullopt;
  return leaf;
}

}  // namespace headrace::parquet_in
