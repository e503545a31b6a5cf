#include "io/parquet/describe_column.h"

#include <algorithm>

#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/types.h>

#include "types/nested_type.h"

namespace headrace::parquet_in {
namespace {

using parquet::arrow::SchemaField;

constexpr int16_t kLevelsMax = 250;

Error unsupported(std::string message) { return {ErrorCode::kUnsupported, std::move(message), "", ""}; }

Result<Physical> physical_of(parquet::Type::type type) {
  switch (type) {
    case parquet::Type::BOOLEAN: return Physical::kBool;
    case parquet::Type::INT32:
    case parquet::Type::FLOAT: return Physical::k32;
    case parquet::Type::INT64:
    case parquet::Type::DOUBLE: return Physical::k64;
    case parquet::Type::INT96: return Physical::k96;
    case parquet::Type::BYTE_ARRAY: return Physical::kBytes;
    case parquet::Type::FIXED_LEN_BYTE_ARRAY: return Physical::kFixed;
    default: return unsupported("the file stores it in a physical type that is not known");
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

Unit unit_of(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND: return Unit::kSeconds;
    case arrow::TimeUnit::MILLI: return Unit::kMilliseconds;
    case arrow::TimeUnit::MICRO: return Unit::kMicroseconds;
    case arrow::TimeUnit::NANO: return Unit::kNanoseconds;
  }
  return Unit::kNone;
}

// What the schema says beside the physical type. False: it is at odds with the type that the column is read as.
bool describe_logical(const parquet::ColumnDescriptor& column, const arrow::DataType& as, Leaf& leaf) {
  const auto& logical = column.logical_type();
  leaf.half = logical != nullptr && logical->is_float16();
  leaf.always_null = as.id() == arrow::Type::NA;
  // A float's bits are no integer's: the type of the vector must be of the same kind.
  const bool floats = column.physical_type() == parquet::Type::FLOAT || column.physical_type() == parquet::Type::DOUBLE;
  if (!leaf.always_null && floats != (is_float(leaf.type) && !leaf.half)) return false;
  if (logical != nullptr && logical->is_timestamp())
    leaf.unit = unit_of(static_cast<const parquet::TimestampLogicalType&>(*logical).time_unit());
  if (logical != nullptr && logical->is_time())
    leaf.unit = unit_of(static_cast<const parquet::TimeLogicalType&>(*logical).time_unit());
  // No logical type says it, but the schema that Arrow's writer leaves in the footer.
  if (as.id() == arrow::Type::DURATION) leaf.unit = unit_of(static_cast<const arrow::DurationType&>(as).unit());
  if (!is_decimal(leaf.type)) return true;
  if (logical == nullptr || !logical->is_decimal()) return false;
  const auto& digits = static_cast<const parquet::DecimalLogicalType&>(*logical);
  return digits.scale() == leaf.type.scale && digits.precision() == leaf.type.precision;
}

Result<LeafForm> describe_leaf(const parquet::ColumnDescriptor& column, const arrow::DataType& as, Leaf leaf) {
  TRY(physical, physical_of(column.physical_type()));
  leaf.physical = physical;
  const bool sized = physical != Physical::kFixed || column.type_length() > 0;
  if (physical == Physical::kFixed && sized) leaf.fixed_bytes = static_cast<uint32_t>(column.type_length());
  if (column.max_definition_level() > kLevelsMax || column.max_repetition_level() > kLevelsMax)
    return unsupported(fmt::format("it is nested more than {} levels deep", kLevelsMax));
  leaf.definition = static_cast<uint8_t>(column.max_definition_level());
  leaf.repetition = static_cast<uint8_t>(column.max_repetition_level());
  const bool known = sized && describe_logical(column, as, leaf);
  const auto conversion = known ? find_conversion(leaf) : std::nullopt;
  if (!conversion.has_value())
    return unsupported(fmt::format("values of {} in the physical type {} are not read", to_text(leaf.type),
                                   parquet::TypeToString(column.physical_type())));
  return LeafForm{std::move(leaf), *conversion, {}, 0};
}

class Describer {
 public:
  explicit Describer(const parquet::SchemaDescriptor& schema) : schema_(schema) {}

  // `around`: least_definition of the lists around the field, outermost first.
  Result<Node> describe(const SchemaField& field, Type type, const std::vector<uint8_t>& around) {
    Node node{.type = type,
              .repetition = static_cast<uint8_t>(around.size() - 1),
              .around = around.back(),
              .leaf = static_cast<uint32_t>(leaves_.size()),
              .number = nodes_++};
    if (field.level_info.def_level > kLevelsMax || around.size() > size_t{kLevelsMax})
      return unsupported(fmt::format("it is nested more than {} levels deep", kLevelsMax));
    const auto level = static_cast<uint8_t>(field.level_info.def_level);
    node.present = level;
    if (field.is_leaf()) {
      TRY_STATUS(add_leaf(field, type, around));
    } else if (type.id == TypeId::kStruct) {
      TRY_STATUS(add_children(field.children, node, around));
    } else if (type.id == TypeId::kList || type.id == TypeId::kMap) {
      if (level == 0 || field.children.size() != 1) return at_odds();
      node.elements = level;
      node.present = static_cast<uint8_t>(level - 1);
      std::vector<uint8_t> inside = around;
      inside.push_back(level);
      TRY_STATUS(add_children(type.id == TypeId::kMap ? field.children[0].children : field.children, node, inside));
      if (type.id == TypeId::kMap && node.children[0].present > level) return unsupported("its map keys may be null");
    } else {
      return at_odds();
    }
    return node;
  }

  std::vector<LeafForm> take_leaves() { return std::move(leaves_); }
  uint32_t nodes() const { return nodes_; }

 private:
  static Error at_odds() { return unsupported("its levels are at odds with its type"); }

  Status add_children(const std::vector<SchemaField>& children, Node& node, const std::vector<uint8_t>& around) {
    const auto fields = fields_of(node.type);
    if (children.size() != fields.size()) return at_odds();
    for (size_t i = 0; i < children.size(); ++i) {
      TRY(child, describe(children[i], fields[i].type, around));
      node.children.push_back(std::move(child));
    }
    return kDone;
  }

  Status add_leaf(const SchemaField& field, Type type, const std::vector<uint8_t>& around) {
    if (is_nested(type.id)) return at_odds();
    const parquet::ColumnDescriptor& column = *schema_.Column(field.column_index);
    TRY(form, describe_leaf(column, *field.field->type(), {.name = column.path()->ToDotString(), .type = type}));
    if (form.leaf.definition != field.level_info.def_level || form.leaf.repetition + size_t{1} != around.size())
      return at_odds();
    form.least_definition.fill(255);
    std::copy(around.begin(), around.end(), form.least_definition.begin());
    form.chunk = static_cast<int>(leaves_.size());
    leaves_.push_back(std::move(form));
    return kDone;
  }

  const parquet::SchemaDescriptor& schema_;
  std::vector<LeafForm> leaves_;
  uint32_t nodes_ = 0;
};

}  // namespace

Result<Tree> describe_column(const SchemaField& column, const parquet::SchemaDescriptor& schema, Type type) {
  Describer describer(schema);
  TRY(root, describer.describe(column, type, {0}));
  return Tree{std::move(root), describer.nodes(), describer.take_leaves()};
}

}  // namespace headrace::parquet_in
