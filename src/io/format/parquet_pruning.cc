#include "io/format/parquet_pruning.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <parquet/statistics.h>
#include <parquet/types.h>

#include "base/check.h"
#include "expr/fold.h"
#include "io/pruning/condition.h"
#include "types/calendar.h"

namespace headrace {
namespace {

using Bounds = ColumnBounds;

// The conjuncts of a predicate, each reported on by itself.
void collect(const ExprPtr& expr, std::vector<PruningCondition>& out) {
  for (const ExprPtr& conjunct : conjuncts_of(expr)) out.emplace_back(*conjunct);
}

// Big-endian two's complement of up to 16 bytes.
std::optional<int128> from_big_endian(const uint8_t* bytes, uint32_t size) {
  if (size == 0 || size > 16) return std::nullopt;
  auto value = static_cast<unsigned __int128>((bytes[0] & 0x80) != 0 ? -1 : 0);
  for (uint32_t index = 0; index < size; ++index) value = (value << 8) | bytes[index];
  return static_cast<int128>(value);
}

std::optional<Value> timestamp_value(const parquet::ColumnDescriptor& about, Type type, int64_t raw) {
  const auto* logical = dynamic_cast<const parquet::TimestampLogicalType*>(about.logical_type().get());
  if (logical == nullptr) return std::nullopt;
  switch (logical->time_unit()) {
    case parquet::LogicalType::TimeUnit::MICROS:
      return type == kTimestampNs ? std::nullopt : std::optional(Value{type, raw});
    case parquet::LogicalType::TimeUnit::NANOS:
      return Value{type, type == kTimestampNs ? raw : floor_divide(raw, 1'000)};
    case parquet::LogicalType::TimeUnit::MILLIS: {
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
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs: return timestamp_value(about, type, raw);
    default: return std::nullopt;
  }
}

std::optional<Value> bound_value(const parquet::ColumnDescriptor&, Type type, double raw) {
  if (!is_float(type) || std::isnan(raw)) return std::nullopt;
  return Value{type, raw};
}
std::optional<Value> bound_value(const parquet::ColumnDescriptor& about, Type type, int32_t raw) {
  return integer_value(about, type, raw, static_cast<uint32_t>(raw));
}
std::optional<Value> bound_value(const parquet::ColumnDescriptor& about, Type type, int64_t raw) {
  return integer_value(about, type, raw, static_cast<uint64_t>(raw));
}
std::optional<Value> bytes_value(Type type, const uint8_t* bytes, uint32_t size) {
  if (type.id == TypeId::kUtf8) return Value{type, std::string(reinterpret_cast<const char*>(bytes), size)};
  if (!is_decimal(type)) return std::nullopt;
  const std::optional<int128> number = from_big_endian(bytes, size);
  if (!number) return std::nullopt;
  return Value{type, *number};
}
std::optional<Value> bound_value(const parquet::ColumnDescriptor&, Type type, const parquet::ByteArray& raw) {
  return bytes_value(type, raw.ptr, raw.len);
}
std::optional<Value> bound_value(const parquet::ColumnDescriptor& about, Type type,
                                 const parquet::FixedLenByteArray& raw) {
  return bytes_value(type, raw.ptr, static_cast<uint32_t>(about.type_length()));
}

template <class Physical>
void read_bounds(const parquet::Statistics& statistics, Type type, Bounds& bounds) {
  const auto& typed = static_cast<const parquet::TypedStatistics<Physical>&>(statistics);
  bounds.low = bound_value(*statistics.descr(), type, typed.min());
  bounds.high = bound_value(*statistics.descr(), type, typed.max());
}

Bounds bounds_of(const parquet::RowGroupMetaData& group, int leaf, Type type) {
  Bounds bounds;
  bounds.rows = static_cast<uint64_t>(group.num_rows());
  const std::shared_ptr<parquet::Statistics> statistics = group.ColumnChunk(leaf)->statistics();
  if (statistics == nullptr) return bounds;
  if (statistics->HasNullCount()) bounds.nulls = static_cast<uint64_t>(statistics->null_count());
  if (!statistics->HasMinMax()) return bounds;
  switch (statistics->physical_type()) {
    case parquet::Type::INT32: read_bounds<parquet::Int32Type>(*statistics, type, bounds); break;
    case parquet::Type::INT64: read_bounds<parquet::Int64Type>(*statistics, type, bounds); break;
    case parquet::Type::FLOAT: read_bounds<parquet::FloatType>(*statistics, type, bounds); break;
    case parquet::Type::DOUBLE: read_bounds<parquet::DoubleType>(*statistics, type, bounds); break;
    case parquet::Type::BYTE_ARRAY: read_bounds<parquet::ByteArrayType>(*statistics, type, bounds); break;
    case parquet::Type::FIXED_LEN_BYTE_ARRAY: read_bounds<parquet::FLBAType>(*statistics, type, bounds); break;
    default: break;
  }
  return bounds;
}

bool skip_group(const ParquetFile& file, const ScanRequest& request, int group,
                std::vector<PruningCondition>& conditions) {
  const auto metadata = file.metadata->RowGroup(group);
  const auto bounds = [&](uint32_t column) {
    const uint32_t of_file = request.columns[column];
    const int leaf = file.columns[of_file].leaf;
    return leaf < 0 ? Bounds{1, {}, {}, {}} : bounds_of(*metadata, leaf, file.schema[of_file].type);
  };
  bool skip = metadata->num_rows() == 0;
  for (PruningCondition& condition : conditions) skip |= condition.excludes(bounds);
  return skip;
}

}  // namespace

PrunedGroups prune_row_groups(const ParquetFile& file, const ScanRequest& request) {
  PrunedGroups result;
  result.report.unit = "row groups";
  std::vector<PruningCondition> conditions;
  for (const ExprPtr& conjunct : request.pruning) collect(conjunct, conditions);
  const int groups = file.metadata->num_row_groups();
  for (int group = 0; group < groups; ++group) {
    bool skip = false;
    try {
      skip = skip_group(file, request, group, conditions);
    } catch (const std::exception&) {
      // Statistics that cannot be decoded prove nothing; reading the row group will say what is wrong with it.
    }
    if (!skip) result.kept.push_back(group);
  }
  result.report.units_total = static_cast<uint64_t>(groups);
  result.report.units_skipped = static_cast<uint64_t>(groups) - result.kept.size();
  for (const PruningCondition& condition : conditions)
    if (const std::string why = condition.why_unused(); !why.empty() && groups > 0)
      result.report.unused.push_back({condition.text(), why});
  return result;
}

namespace {

std::optional<int64_t> integer_bound(const std::optional<Value>& bound) {
  if (!bound) return std::nullopt;
  if (const auto* narrow = std::get_if<int32_t>(&bound->data)) return *narrow;
  if (const auto* wide = std::get_if<int64_t>(&bound->data)) return *wide;
  return std::nullopt;
}

std::optional<ValueRange> range_of_groups(const ParquetFile& file, uint32_t column) {
  const Type type = file.schema[column].type;
  const int leaf = file.columns[column].leaf;
  if (leaf < 0 || (type != kInt32 && type != kInt64 && type != kDate)) return std::nullopt;
  std::optional<ValueRange> range;
  for (int group = 0; group < file.metadata->num_row_groups(); ++group) {
    const auto metadata = file.metadata->RowGroup(group);
    const Bounds bounds = bounds_of(*metadata, leaf, type);
    if (bounds.rows == 0 || bounds.nulls == bounds.rows) continue;
    const std::optional<int64_t> low = integer_bound(bounds.low), high = integer_bound(bounds.high);
    if (!low || !high || *low > *high) return std::nullopt;
    if (!range) range = ValueRange{*low, *high};
    range = ValueRange{std::min(range->low, *low), std::max(range->high, *high)};
  }
  return range;
}

}  // namespace

std::optional<ValueRange> claimed_range(const ParquetFile& file, uint32_t column) {
  try {
    return range_of_groups(file, column);
  } catch (const std::exception&) {
    return std::nullopt;  // statistics that cannot be decoded say nothing
  }
}

}  // namespace headrace
