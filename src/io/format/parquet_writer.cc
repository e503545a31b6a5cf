#include "io/format/parquet_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>

#include "io/format/arrow_batches.h"
#include "io/format/write_options.h"
#include "io/parquet_write/row_groups.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

struct ParquetOptions {
  ParquetStyle style;
  RowGroupLimits limits;
  std::vector<std::string> bloom_columns;
};

struct Codec {
  std::string_view name;
  parquet::Compression::type type;
  int least_level, most_level;  // equal: it has none
};
constexpr std::array<Codec, 7> kCodecs = {{{"snappy", parquet::Compression::SNAPPY, 0, 0},
                                           {"zstd", parquet::Compression::ZSTD, 1, 22},
                                           {"gzip", parquet::Compression::GZIP, 1, 9},
                                           {"lz4", parquet::Compression::LZ4, 0, 0},
                                           {"brotli", parquet::Compression::BROTLI, 0, 11},
                                           {"none", parquet::Compression::UNCOMPRESSED, 0, 0},
                                           {"uncompressed", parquet::Compression::UNCOMPRESSED, 0, 0}}};

const Codec* find_codec(std::string_view name) {
  const auto found = std::find_if(kCodecs.begin(), kCodecs.end(), [&](const Codec& codec) {
    return std::equal(codec.name.begin(), codec.name.end(), name.begin(), name.end(),
                      [](char a, char b) { return a == (b | ('a' - 'A')) || a == b; });
  });
  return found == kCodecs.end() ? nullptr : found;
}

Status assign_level(const std::string& name, const std::string& value, const Codec& codec, ParquetStyle& style) {
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, style.compression_level);
  style.has_level = true;
  const bool levels = codec.least_level < codec.most_level;
  if (levels && read.ec == std::errc{} && read.ptr == end && style.compression_level >= codec.least_level &&
      style.compression_level <= codec.most_level)
    return kDone;
  if (!levels)
    return Error{ErrorCode::kInvalidPlan, fmt::format("parquet option '{}': {} has no levels", name, codec.name), "",
                 "leave it out, or compress with zstd, gzip or brotli"};
  return bad_write_option("parquet", name, fmt::format("a number from {} to {}", codec.least_level, codec.most_level),
                          value);
}

Status assign(const std::string& name, const std::string& value, const Codec*& codec, ParquetOptions& parsed) {
  if (name == "compression" || name == "codec") {
    codec = find_codec(value);
    if (codec == nullptr) return bad_write_option("parquet", name, "snappy, zstd, gzip, lz4, brotli or none", value);
    parsed.style.compression = codec->type;
  } else if (name == "row_group_size") {
    const auto rows = parse_option_count(value);
    if (!rows) return bad_write_option("parquet", name, "a number of rows", value);
    parsed.limits.rows = *rows;
  } else if (name == "row_group_size_bytes") {
    const auto bytes = parse_option_bytes(value);
    if (!bytes) return bad_write_option("parquet", name, "a size such as 64MiB", value);
    parsed.limits.bytes = *bytes;
  } else if (name == "bloom_filter_columns") {
    parsed.bloom_columns = parse_option_names(value);
  } else if (name == "bloom_filter_false_positive_ratio") {
    double& ratio = parsed.style.bloom_false_positives;
    const char* end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, ratio);
    if (read.ec != std::errc{} || read.ptr != end || !(ratio > 0 && ratio < 1))
      return bad_write_option("parquet", name, "a number between 0 and 1", value);
  } else if (name != "compression_level") {
    return Error{ErrorCode::kInvalidPlan, fmt::format("parquet has no option '{}'", name), "",
                 "options: compression, compression_level, row_group_size, row_group_size_bytes, bloom_filter_columns, "
                 "bloom_filter_false_positive_ratio"};
  }
  return kDone;
}

Result<ParquetOptions> parse_options(const Options& options) {
  ParquetOptions parsed;
  const Codec* codec = &kCodecs[0];
  for (const auto& [name, value] : options)
    if (name != "format") TRY_STATUS(assign(name, value, codec, parsed));
  for (const auto& [name, value] : options)
    if (name == "compression_level") TRY_STATUS(assign_level(name, value, *codec, parsed.style));
  return parsed;
}

bool holds_interval(Type type) {
  if (type == kInterval) return true;
  if (!is_nested(type.id)) return false;
  const auto fields = fields_of(type);
  return std::any_of(fields.begin(), fields.end(), [](const NestedField& field) { return holds_interval(field.type); });
}

arrow::Status make_schema(const Schema& schema, ParquetStyle& style, arrow::MemoryPool* pool,
                          std::shared_ptr<parquet::SchemaDescriptor>& out) {
  parquet::WriterProperties::Builder properties;
  properties.memory_pool(pool)->compression(style.compression)->created_by("headrace");
  properties.enable_write_page_index()->enable_store_decimal_as_integer();
  style.properties = properties.build();
  ARROW_ASSIGN_OR_RAISE(const auto arrow, arrow_schema(schema));
  return parquet::arrow::ToParquetSchema(arrow.get(), *style.properties, *parquet::default_arrow_writer_properties(),
                                         &out);
}

Status choose_blooms(const ParquetOptions& options, const Schema& schema, const parquet::SchemaDescriptor& leaves,
                     std::vector<bool>& blooms) {
  std::vector<bool> chosen(schema.size());
  for (const std::string& name : options.bloom_columns) {
    TRY(column, find_option_column("bloom_filter_columns", name, schema));
    if (schema[column].type == kBool)
      return Error{ErrorCode::kInvalidPlan, fmt::format("a Bloom filter of the boolean column '{}' says nothing", name),
                   "", "leave it out of bloom_filter_columns"};
    chosen[column] = true;
  }
  for (int leaf = 0; leaf < leaves.num_columns(); ++leaf) {
    const int root = leaves.group_node()->FieldIndex(*leaves.GetColumnRoot(leaf));
    blooms.push_back(chosen[static_cast<size_t>(root)]);
  }
  return kDone;
}

constexpr int16_t kLevelsMax = 255;

}  // namespace

Result<std::unique_ptr<RowWriter>> make_parquet_writer(const WriteRequest& request, OutputFiles files,
                                                       MemoryBudget& budget) {
  TRY(options, parse_options(request.options));
  for (const Column& column : request.schema)
    if (holds_interval(column.type))
      return Error{ErrorCode::kUnsupported,
                   fmt::format("Parquet files written here hold no interval, as column '{}' is", column.name),
                   request.path, "write CAST(… AS varchar), or a CSV file"};
  options.limits.bytes = std::min(options.limits.bytes, budget.bytes_max() / 16);
  options.limits.piece_bytes = std::min(options.limits.piece_bytes, budget.bytes_max() / 32);
  auto pool = std::make_shared<BudgetMemoryPool>(budget, "parquet writer");
  std::shared_ptr<parquet::SchemaDescriptor> schema;
  TRY_STATUS(guard_arrow("cannot write the file", request.path,
                         [&] { return make_schema(request.schema, options.style, pool.get(), schema); }));
  for (int leaf = 0; leaf < schema->num_columns(); ++leaf)
    if (schema->Column(leaf)->max_definition_level() > kLevelsMax)
      return Error{ErrorCode::kUnsupported,
                   fmt::format("column '{}' is nested too deeply for a Parquet file",
                               schema->Column(leaf)->path()->ToDotVector().front()),
                   request.path, ""};
  TRY_STATUS(choose_blooms(options, request.schema, *schema, options.style.blooms));
  return std::unique_ptr<RowWriter>(std::make_unique<ParquetRowWriter>(
      request, std::move(schema), std::move(options.style), options.limits, std::move(pool), std::move(files), budget));
}

}  // namespace headrace
