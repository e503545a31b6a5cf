#include "io/format/parquet_file.h"

#include <algorithm>

#include <arrow/c/bridge.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/properties.h>
#include <parquet/statistics.h>

#include "io/arrow_file.h"
#include "io/format/parquet_footer.h"
#include "io/format/parquet_footers.h"
#include "io/parquet/describe_column.h"
#include "types/arrow_c.h"

namespace headrace {
namespace {

parquet::ArrowReaderProperties arrow_properties() {
  parquet::ArrowReaderProperties properties;
  properties.set_smallest_decimal_enabled(true);
  properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  return properties;
}

// True when every row group says that the column has no nulls. Readers hold the file to it.
bool without_nulls(const parquet::FileMetaData& metadata, int leaf) {
  for (int group = 0; group < metadata.num_row_groups(); ++group) {
    const auto statistics = metadata.RowGroup(group)->ColumnChunk(leaf)->statistics();
    if (statistics == nullptr || !statistics->HasNullCount() || statistics->null_count() != 0) return false;
  }
  return metadata.num_row_groups() > 0;
}

int first_leaf(const parquet::arrow::SchemaField& field) {
  return field.is_leaf() || field.children.empty() ? field.column_index : first_leaf(field.children[0]);
}

// The field, with the texts of an ENUM, which the library takes for bytes, as texts.
std::shared_ptr<arrow::Field> with_enum_texts(const parquet::arrow::SchemaField& field,
                                              const parquet::SchemaDescriptor& schema) {
  const std::shared_ptr<arrow::Field>& as = field.field;
  if (field.is_leaf()) {
    const auto& logical = schema.Column(field.column_index)->logical_type();
    return logical != nullptr && logical->is_enum() ? as->WithType(arrow::utf8()) : as;
  }
  arrow::FieldVector children;
  for (const parquet::arrow::SchemaField& child : field.children) children.push_back(with_enum_texts(child, schema));
  switch (as->type()->id()) {
    case arrow::Type::STRUCT: return as->WithType(arrow::struct_(children));
    case arrow::Type::LIST: return as->WithType(arrow::list(children[0]));
    case arrow::Type::MAP:
      return as->WithType(
          std::make_shared<arrow::MapType>(children[0]->type()->field(0), children[0]->type()->field(1)));
    default: return as;
  }
}

arrow::Status describe_columns(const parquet::arrow::SchemaManifest& manifest, ParquetFooter& file) {
  for (const parquet::arrow::SchemaField& root : manifest.schema_fields) {
    Column column{root.field->name(), kUtf8, true};
    ParquetColumn place;
    ArrowSchema exported;
    ARROW_RETURN_NOT_OK(arrow::ExportField(*with_enum_texts(root, *file.metadata->schema()), &exported));
    const Result<Type> type = import_type(exported);
    exported.release(&exported);
    Result<parquet_in::Tree> tree = type.ok()
                                        ? parquet_in::describe_column(root, *file.metadata->schema(), type.value())
                                        : Result<parquet_in::Tree>(type.error());
    place.first_leaf = first_leaf(root);
    if (tree.ok()) {
      if (root.is_leaf()) place.leaf = root.column_index;
      column.type = type.value();
      column.nullable = root.field->nullable() && (place.leaf < 0 || !without_nulls(*file.metadata, place.leaf));
      if (root.is_leaf()) tree.value().leaves[0].leaf.nullable = column.nullable;
      place.tree = std::make_shared<const parquet_in::Tree>(std::move(tree.value()));
    } else {
      place.refused = tree.error().message;
    }
    file.schema.push_back(std::move(column));
    file.columns.push_back(std::move(place));
  }
  return arrow::Status::OK();
}

// Whether a row group has the values that its rows need, and bytes for so many: a page has a header of at least 8 bytes, and at most
// 2^31 values. One column is looked at, if there is one that is not repeated. Readers go over what a row group claims.
arrow::Status check_rows(const parquet::RowGroupMetaData& group, int index, uint64_t file_bytes) {
  const parquet::SchemaDescriptor& schema = *group.schema();
  if (group.num_columns() != schema.num_columns())
    return arrow::Status::Invalid("row group ", index, " has ", group.num_columns(), " columns, the schema ",
                                  schema.num_columns());
  const auto is_repeated = [&](int leaf) { return schema.Column(leaf)->max_repetition_level() > 0; };
  int leaf = 0;
  while (leaf < group.num_columns() && is_repeated(leaf)) ++leaf;
  if (leaf == group.num_columns()) leaf = 0;
  if (group.num_columns() == 0) {
    if (group.num_rows() == 0) return arrow::Status::OK();
    return arrow::Status::Invalid("row group ", index, " says that it has ", group.num_rows(),
                                  " rows, and has no columns");
  }
  const auto chunk = group.ColumnChunk(leaf);
  if (is_repeated(leaf) ? chunk->num_values() < group.num_rows() : chunk->num_values() != group.num_rows())
    return arrow::Status::Invalid("row group ", index, " says that it has ", group.num_rows(), " rows, its column '",
                                  schema.Column(leaf)->name(), "' ", chunk->num_values(), " values");
  const uint64_t chunk_bytes =
      std::min(static_cast<uint64_t>(std::max<int64_t>(chunk->total_compressed_size(), 0)), file_bytes);
  const auto pages_max = static_cast<int64_t>(chunk_bytes / 8 + 1);
  if (group.num_rows() / (int64_t{1} << 31) > pages_max)
    return arrow::Status::Invalid("row group ", index, " says that it has ", group.num_rows(), " rows in ",
                                  chunk->total_compressed_size(), " bytes");
  return arrow::Status::OK();
}

// Of the chunks of the first row groups, as if the others were like them.
void add_page_bytes(ParquetFooter& file) {
  constexpr int kGroupsMax = 8;
  const int groups = std::min(file.metadata->num_row_groups(), kGroupsMax);
  file.page_bytes.assign(file.columns.size(), 0);
  uint64_t rows = 0;
  for (int group = 0; group < groups; ++group) {
    const auto row_group = file.metadata->RowGroup(group);
    rows += static_cast<uint64_t>(row_group->num_rows());
    for (size_t column = 0; column < file.columns.size(); ++column) {
      const bool is_last = column + 1 == file.columns.size();
      const int end = is_last ? row_group->num_columns() : file.columns[column + 1].first_leaf;
      for (int leaf = file.columns[column].first_leaf; leaf < end; ++leaf)
        file.page_bytes[column] += std::min(
            static_cast<uint64_t>(std::max<int64_t>(row_group->ColumnChunk(leaf)->total_uncompressed_size(), 0)),
            uint64_t{1} << 48);
    }
  }
  for (uint64_t& bytes : file.page_bytes)
    bytes = rows == 0 ? 0
                      : static_cast<uint64_t>(static_cast<double>(bytes) * static_cast<double>(file.rows) /
                                              static_cast<double>(rows));
}

// Each costs kilobytes before a value of it is read.
constexpr int kLeavesMax = 1 << 16;

// The library takes the process down when it makes a type of more digits than a decimal256 has. Bytes of any length may claim them.
arrow::Status check_decimals(const parquet::SchemaDescriptor& schema) {
  for (int leaf = 0; leaf < schema.num_columns(); ++leaf) {
    const auto& logical = schema.Column(leaf)->logical_type();
    if (logical == nullptr || !logical->is_decimal()) continue;
    const int digits = static_cast<const parquet::DecimalLogicalType&>(*logical).precision();
    if (digits > arrow::Decimal256Type::kMaxPrecision)
      return arrow::Status::Invalid("column '", schema.Column(leaf)->name(), "' is a decimal of ", digits,
                                    " digits, at most ", arrow::Decimal256Type::kMaxPrecision, " are known");
  }
  return arrow::Status::OK();
}

arrow::Status read_footer(const std::shared_ptr<ReadableFile>& bytes, ParquetFooter& file) {
  const uint64_t file_bytes = bytes->size_bytes();
  ARROW_ASSIGN_OR_RAISE(file.metadata, read_parquet_footer(bytes, file.pool.get()));
  if (file.metadata->num_columns() > kLeavesMax)
    return arrow::Status::Invalid("the file has ", file.metadata->num_columns(), " columns, at most ", kLeavesMax,
                                  " are read");
  for (int group = 0; group < file.metadata->num_row_groups(); ++group) {
    const auto row_group = file.metadata->RowGroup(group);
    const int64_t rows = row_group->num_rows();
    if (rows < 0) return arrow::Status::Invalid("row group ", group, " says that it has ", rows, " rows");
    ARROW_RETURN_NOT_OK(check_rows(*row_group, group, file_bytes));
    file.first_rows.push_back(file.rows);
    file.rows += static_cast<uint64_t>(rows);
  }
  ARROW_RETURN_NOT_OK(check_decimals(*file.metadata->schema()));
  parquet::arrow::SchemaManifest manifest;
  ARROW_RETURN_NOT_OK(parquet::arrow::SchemaManifest::Make(file.metadata->schema(), file.metadata->key_value_metadata(),
                                                           arrow_properties(), &manifest));
  ARROW_RETURN_NOT_OK(describe_columns(manifest, file));
  try {
    add_page_bytes(file);
  } catch (const parquet::ParquetException&) {
    file.page_bytes.assign(file.columns.size(), 0);  // chunks that nobody may look at, such as encrypted ones
  }
  return arrow::Status::OK();
}

}  // namespace

Result<std::shared_ptr<const ParquetFile>> open_parquet_file(World& world, MemoryBudget& budget,
                                                             const std::string& path, ParquetFooters* footers) {
  auto file = std::make_shared<ParquetFile>();
  file->path = path;
  const int64_t now_us = footers == nullptr ? 0 : world.wall_clock_us();  // before the file's version is looked at
  TRY(bytes, world.open(path));
  file->bytes = std::move(bytes);
  const FileVersion version = file->bytes->version();
  if (const auto kept = footers == nullptr ? nullptr : footers->find(path, version); kept != nullptr) {
    static_cast<ParquetFooter&>(*file) = *kept;
    return std::shared_ptr<const ParquetFile>(file);
  }
  file->pool = std::make_shared<BudgetMemoryPool>(budget, "parquet reader");
  if (file->bytes->size_bytes() == 0)
    return Error{ErrorCode::kBadInput, "expected a Parquet file, found an empty file", path, "write the file again"};
  TRY_STATUS(guard_arrow("cannot read the Parquet file", path, [&] { return read_footer(file->bytes, *file); }));
  if (footers != nullptr) footers->keep(path, version, std::make_shared<const ParquetFooter>(*file), now_us);
  return std::shared_ptr<const ParquetFile>(file);
}

}  // namespace headrace
