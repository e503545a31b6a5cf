#include "io/format/parquet_pruning.h"

#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <parquet/statistics.h>
#include <parquet/types.h>

#include "base/check.h"
#include "types/calendar.h"

namespace headrace {
namespace {

// What a column chunk says of its values.
struct Bounds {
  uint64_t rows = 0;
  std::optional<uint64_t> nulls;
  std::optional<Value> low, high;  // of the column's type; every non-null value that is not NaN lies in [low, high]
};

// One comparison in a form that a row group can be held against.
struct Condition {
  enum class Kind { kEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIsNull, kIsNotNull } kind;
  uint32_t column = 0;  // of the file
  Value literal;
  std::string text;
  std::string unused;   // why it can never prune; empty: it may
  bool has_bounds = false, has_skipped = false;
};

std::optional<Condition::Kind> kind_of(std::string_view function, bool flipped) {
  using Kind = Condition::Kind;
  if (function == "eq") return Kind::kEqual;
  if (function == "lt") return flipped ? Kind::kGreater : Kind::kLess;
  if (function == "le") return flipped ? Kind::kGreaterEqual : Kind::kLessEqual;
  if (function == "gt") return flipped ? Kind::kLess : Kind::kGreater;
  if (function == "ge") return flipped ? Kind::kLessEqual : Kind::kGreaterEqual;
  return std::nullopt;
}

Condition refuse(const Expr& expr, std::string why) {
  Condition condition{Condition::Kind::kEqual, 0, {}, to_text(expr), std::move(why)};
  return condition;
}

bool is_float_upward(const Condition& condition) {
  return is_float(condition.literal.type) &&
         (condition.kind == Condition::Kind::kGreater || condition.kind == Condition::Kind::kGreaterEqual);
}

Condition understand(const ParquetFile& file, const ScanRequest& request, const Expr& expr) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return refuse(expr, "it is not a comparison");
  const auto column_of = [&](size_t argument) { return std::get_if<ColumnIndex>(&call->arguments[argument]->node); };
  if (call->function == "is_null" || call->function == "is_not_null") {
    const ColumnIndex* column = column_of(0);
    if (column == nullptr) return refuse(expr, "it looks at an expression, not at a column");
    const auto kind = call->function == "is_null" ? Condition::Kind::kIsNull : Condition::Kind::kIsNotNull;
    return {kind, request.columns[column->index], {}, to_text(expr), ""};
  }
  if (call->arguments.size() != 2) return refuse(expr, "it is not a comparison of a column with a literal");
  const bool flipped = column_of(0) == nullptr;
  const ColumnIndex* column = column_of(flipped ? 1 : 0);
  const auto* other = std::get_if<Literal>(&call->arguments[flipped ? 0 : 1]->node);
  const std::optional<Condition::Kind> kind = kind_of(call->function, flipped);
  if (column == nullptr || other == nullptr || !kind)
    return refuse(expr, "it is not a comparison of a column with a literal");
  if (other->value.is_null()) return refuse(expr, "it compares with null");
  Condition condition{*kind, request.columns[column->index], other->value, to_text(expr), ""};
  if (file.schema[condition.column].type.id == TypeId::kBool)
    condition.unused = "statistics of bool columns are not used";
  else if (is_float_upward(condition))
    condition.unused = "statistics do not count NaN, which sorts above every number";
  else if (const auto* number = std::get_if<double>(&condition.literal.data); number != nullptr && std::isnan(*number))
    condition.unused = "it compares with NaN, which statistics do not count";
  return condition;
}

// AND of conditions, taken apart.
void collect(const ParquetFile& file, const ScanRequest& request, const Expr& expr, std::vector<Condition>& out) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call != nullptr && call->function == "and") {
    for (const ExprPtr& argument : call->arguments) collect(file, request, *argument, out);
    return;
  }
  out.push_back(understand(file, request, expr));
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

template <class T>
int three_way(const T& left, const T& right) {
  return left < right ? -1 : (right < left ? 1 : 0);
}

std::optional<int128> integer_of(const Value& value, uint8_t scale) {
  int128 number;
  uint8_t own_scale = 0;
  if (const auto* narrow = std::get_if<int32_t>(&value.data))
    number = *narrow;
  else if (const auto* wide = std::get_if<int64_t>(&value.data))
    number = *wide;
  else if (const auto* widest = std::get_if<int128>(&value.data)) {
    number = *widest;
    own_scale = value.type.scale;
  } else
    return std::nullopt;
  for (; own_scale < scale; ++own_scale)
    if (__builtin_mul_overflow(number, int128{10}, &number)) return std::nullopt;
  return number;
}

// The order of two values of comparable types; nothing when they are not, or do not fit a common scale.
std::optional<int> compare_values(const Value& left, const Value& right) {
  const auto* left_text = std::get_if<std::string>(&left.data);
  const auto* right_text = std::get_if<std::string>(&right.data);
  if (left_text != nullptr && right_text != nullptr) return three_way(*left_text, *right_text);
  const auto* left_real = std::get_if<double>(&left.data);
  const auto* right_real = std::get_if<double>(&right.data);
  if (left_real != nullptr && right_real != nullptr) return three_way(*left_real, *right_real);
  const bool both_numbers = is_numeric(left.type) && is_numeric(right.type);
  if (left.type.id != right.type.id && !both_numbers) return std::nullopt;
  const uint8_t scale = std::max(left.type.scale, right.type.scale);
  const std::optional<int128> left_number = integer_of(left, scale), right_number = integer_of(right, scale);
  if (!left_number || !right_number) return std::nullopt;
  return three_way(*left_number, *right_number);
}

bool excludes(const Condition& condition, const Bounds& bounds) {
  using Kind = Condition::Kind;
  if (condition.kind == Kind::kIsNull) return bounds.nulls == 0u;
  if (bounds.nulls == bounds.rows) return true;  // nothing but nulls
  if (condition.kind == Kind::kIsNotNull || !bounds.low || !bounds.high) return false;
  const std::optional<int> low = compare_values(*bounds.low, condition.literal);
  const std::optional<int> high = compare_values(*bounds.high, condition.literal);
  if (!low || !high) return false;
  switch (condition.kind) {
    case Kind::kEqual: return *low > 0 || *high < 0;
    case Kind::kLess: return *low >= 0;
    case Kind::kLessEqual: return *low > 0;
    case Kind::kGreater: return *high <= 0;
    case Kind::kGreaterEqual: return *high < 0;
    default: return false;
  }
}

bool skip_group(const ParquetFile& file, int group, std::vector<Condition>& conditions) {
  const auto metadata = file.metadata->RowGroup(group);
  bool skip = metadata->num_rows() == 0;
  for (Condition& condition : conditions) {
    const int leaf = file.columns[condition.column].leaf;
    if (!condition.unused.empty() || leaf < 0) continue;
    const Bounds bounds = bounds_of(*metadata, leaf, file.schema[condition.column].type);
    condition.has_bounds |= bounds.low.has_value() || bounds.nulls.has_value();
    if (!excludes(condition, bounds)) continue;
    condition.has_skipped = true;
    skip = true;
  }
  return skip;
}

std::string reason_of(const Condition& condition) {
  if (!condition.unused.empty()) return condition.unused;
  if (!condition.has_bounds) return "the file has no statistics for this column";
  return "every row group's range overlaps it";
}

}  // namespace

PrunedGroups prune_row_groups(const ParquetFile& file, const ScanRequest& request) {
  PrunedGroups result;
  result.report.unit = "row groups";
  std::vector<Condition> conditions;
  for (const ExprPtr& conjunct : request.pruning) collect(file, request, *conjunct, conditions);
  const int groups = file.metadata->num_row_groups();
  for (int group = 0; group < groups; ++group) {
    bool skip = false;
    try {
      skip = skip_group(file, group, conditions);
    } catch (const std::exception&) {
      // Statistics that cannot be decoded prove nothing; reading the row group will say what is wrong with it.
    }
    if (!skip) result.kept.push_back(group);
  }
  result.report.units_total = static_cast<uint64_t>(groups);
  result.report.units_skipped = static_cast<uint64_t>(groups) - result.kept.size();
  for (const Condition& condition : conditions)
    if (!condition.has_skipped && groups > 0) result.report.unused.push_back({condition.text, reason_of(condition)});
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
