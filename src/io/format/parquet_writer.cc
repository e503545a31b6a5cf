#include "io/format/parquet_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>

#include "io/format/arrow_batches.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

struct ParquetOptions {
  parquet::Compression::type compression = parquet::Compression::SNAPPY;
  int64_t row_group_rows = 122'880;  // as DuckDB
};

struct Codec {
  std::string_view name;
  parquet::Compression::type type;
};
constexpr std::array<Codec, 6> kCodecs = {{{"snappy", parquet::Compression::SNAPPY},
                                           {"zstd", parquet::Compression::ZSTD},
                                           {"gzip", parquet::Compression::GZIP},
                                           {"lz4", parquet::Compression::LZ4},
                                           {"none", parquet::Compression::UNCOMPRESSED},
                                           {"uncompressed", parquet::Compression::UNCOMPRESSED}}};

Error bad_option(const std::string& name, const char* expected, const std::string& found) {
  return {ErrorCode::kInvalidPlan, fmt::format("parquet option '{}' expects {}, found \"{}\"", name, expected, found),
          "", ""};
}

Result<ParquetOptions> parse_options(const Options& options) {
  ParquetOptions parsed;
  for (const auto& [name, value] : options) {
    if (name == "format") continue;
    if (name == "compression" || name == "codec") {
      const Codec* found = nullptr;
      for (const Codec& codec : kCodecs) found = codec.name == value ? &codec : found;
      if (found == nullptr) return bad_option(name, "snappy, zstd, gzip, lz4 or none", value);
      parsed.compression = found->type;
    } else if (name == "row_group_size") {
      const char* end = value.data() + value.size();
      const auto read = std::from_chars(value.data(), end, parsed.row_group_rows);
      if (read.ec != std::errc{} || read.ptr != end || parsed.row_group_rows < 1)
        return bad_option(name, "a number of rows", value);
    } else {
      return Error{ErrorCode::kInvalidPlan, fmt::format("parquet has no option '{}'", name), "",
                   "options: compression, row_group_size"};
    }
  }
  return parsed;
}

bool holds_interval(Type type) {
  if (type == kInterval) return true;
  if (!is_nested(type.id)) return false;
  const auto fields = fields_of(type);
  return std::any_of(fields.begin(), fields.end(), [](const NestedField& field) { return holds_interval(field.type); });
}

class ParquetWriter final : public ArrowBatchWriter {
 public:
  ParquetWriter(const WriteRequest& request, ParquetOptions options, std::unique_ptr<ByteOutput> output,
                MemoryBudget& budget)
      : ArrowBatchWriter(request, std::move(output), budget, "parquet writer"), options_(options) {}

 private:
  arrow::Status open_writer(const std::shared_ptr<arrow::Schema>& schema) override {
    parquet::WriterProperties::Builder properties;
    properties.memory_pool(pool_.get())
        ->compression(options_.compression)
        ->max_row_group_length(options_.row_group_rows);
    properties.created_by("headrace")->enable_write_page_index();
    ARROW_ASSIGN_OR_RAISE(writer_, parquet::arrow::FileWriter::Open(*schema, pool_.get(), stream_, properties.build(),
                                                                    parquet::default_arrow_writer_properties()));
    return arrow::Status::OK();
  }
  arrow::Status write_batch(const arrow::RecordBatch& batch) override { return writer_->WriteRecordBatch(batch); }
  arrow::Status close_writer() override { return writer_->Close(); }

  const ParquetOptions options_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

Result<std::unique_ptr<RowWriter>> make_parquet_writer(const WriteRequest& request, std::unique_ptr<ByteOutput> output,
                                                       MemoryBudget& budget) {
  TRY(options, parse_options(request.options));
  for (const Column& column : request.schema)
    if (holds_interval(column.type))
      return Error{ErrorCode::kUnsupported,
                   fmt::format("Parquet files written here hold no interval, as column '{}' is", column.name),
                   request.path, "write CAST(… AS varchar), or a CSV file"};
  auto writer = std::make_unique<ParquetWriter>(request, options, std::move(output), budget);
  TRY_STATUS(writer->open());
  return std::unique_ptr<RowWriter>(std::move(writer));
}

}  // namespace headrace
