#include "io/format/parquet_file.h"

#include <arrow/c/bridge.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/statistics.h>

#include "io/arrow_file.h"

namespace headrace {
namespace {

parquet::ReaderProperties reader_properties(BudgetMemoryPool* pool) {
  parquet::ReaderProperties properties(pool);
  properties.set_page_checksum_verification(true);
  return properties;
}

parquet::ArrowReaderProperties arrow_properties() {
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_pre_buffer(false);
  properties.set_batch_size(kParquetDecodeRows);
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

// Of the leaves below a field, which follow one another, the first; adds their number.
int first_leaf(const parquet::arrow::SchemaField& field, int& leaf_count) {
  if (field.is_leaf()) {
    ++leaf_count;
    return field.column_index;
  }
  int first = -1;
  for (const parquet::arrow::SchemaField& child : field.children) {
    const int leaf = first_leaf(child, leaf_count);
    if (first < 0) first = leaf;
  }
  return first;
}

arrow::Status describe_columns(const parquet::arrow::FileReader& reader, ParquetFile& file) {
  for (const parquet::arrow::SchemaField& root : reader.manifest().schema_fields) {
    Column column{root.field->name(), kUtf8, true};
    ParquetColumn place;
    ArrowSchema exported;
    ARROW_RETURN_NOT_OK(arrow::ExportField(*root.field, &exported));
    const Result<Type> type = import_type(exported);
    exported.release(&exported);
    if (type.ok()) {
      place.leaf_count = 0;
      place.first_leaf = first_leaf(root, place.leaf_count);
      if (root.is_leaf()) place.leaf = root.column_index;
      column.type = type.value();
      column.nullable = root.field->nullable() && (place.leaf < 0 || !without_nulls(*file.metadata, place.leaf));
    } else {
      place.refused = type.error().message;
    }
    file.schema.push_back(std::move(column));
    file.columns.push_back(std::move(place));
  }
  return arrow::Status::OK();
}

// Whether a column without repetition has as many values as the row group has rows, and bytes for so many: a page has a header of
// at least 8 bytes, and at most 2^31 values. Readers go over what a row group claims.
arrow::Status check_rows(const parquet::RowGroupMetaData& group, int index) {
  for (int leaf = 0; leaf < group.num_columns(); ++leaf) {
    if (group.schema()->Column(leaf)->max_repetition_level() > 0) continue;
    const auto chunk = group.ColumnChunk(leaf);
    if (chunk->num_values() != group.num_rows())
      return arrow::Status::Invalid("row group ", index, " says that it has ", group.num_rows(), " rows, its column '",
                                    group.schema()->Column(leaf)->name(), "' ", chunk->num_values(), " values");
    const int64_t pages_max = chunk->total_compressed_size() / 8 + 1;
    if (group.num_rows() / (int64_t{1} << 31) > pages_max)
      return arrow::Status::Invalid("row group ", index, " says that it has ", group.num_rows(), " rows in ",
                                    chunk->total_compressed_size(), " bytes");
    return arrow::Status::OK();
  }
  return arrow::Status::OK();
}

arrow::Status open_metadata(ParquetFile& file) {
  auto source = std::make_shared<WorldInputFile>(file.bytes, file.pool.get());
  auto raw = parquet::ParquetFileReader::Open(source, reader_properties(file.pool.get()));
  file.metadata = raw->metadata();
  for (int group = 0; group < file.metadata->num_row_groups(); ++group) {
    const auto row_group = file.metadata->RowGroup(group);
    const int64_t rows = row_group->num_rows();
    if (rows < 0) return arrow::Status::Invalid("row group ", group, " says that it has ", rows, " rows");
    ARROW_RETURN_NOT_OK(check_rows(*row_group, group));
    file.first_rows.push_back(file.rows);
    file.rows += static_cast<uint64_t>(rows);
  }
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        parquet::arrow::FileReader::Make(file.pool.get(), std::move(raw), arrow_properties()));
  return describe_columns(*reader, file);
}

}  // namespace

Result<std::shared_ptr<const ParquetFile>> open_parquet_file(World& world, MemoryBudget& budget,
                                                             const std::string& path) {
  auto file = std::make_shared<ParquetFile>();
  file->path = path;
  file->pool = std::make_shared<BudgetMemoryPool>(budget, "parquet reader");
  TRY(bytes, world.open(path));
  file->bytes = std::move(bytes);
  if (file->bytes->size_bytes() == 0)
    return Error{ErrorCode::kBadInput, "expected a Parquet file, found an empty file", path, "write the file again"};
  TRY_STATUS(guard_arrow("cannot read the Parquet file", path, [&] { return open_metadata(*file); }));
  return std::shared_ptr<const ParquetFile>(file);
}

arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> make_parquet_reader(const ParquetFile& file) {
  auto source = std::make_shared<WorldInputFile>(file.bytes, file.pool.get());
  auto raw = parquet::ParquetFileReader::Open(source, reader_properties(file.pool.get()), file.metadata);
  return parquet::arrow::FileReader::Make(file.pool.get(), std::move(raw), arrow_properties());
}

}  // namespace headrace
