#include "io/parquet_write/file_builder.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <parquet/exception.h>
#include <parquet/file_writer.h>

namespace headrace {

ParquetFileBuilder::ParquetFileBuilder(const parquet::SchemaDescriptor& schema, const ParquetStyle& style,
                                       std::unique_ptr<ByteOutput> output)
    : style_(style),
      output_(std::move(output)),
      stream_(*output_),
      footer_(parquet::FileMetaDataBuilder::Make(&schema, style.properties)) {}

arrow::Status ParquetFileBuilder::append(const arrow::Buffer& bytes) {
  ARROW_RETURN_NOT_OK(stream_.Write(bytes.data(), bytes.size()));
  position_ += bytes.size();
  return arrow::Status::OK();
}

arrow::Status ParquetFileBuilder::add(uint64_t rows, std::vector<EncodedChunk> chunks) {
  if (position_ == 0) ARROW_RETURN_NOT_OK(append(arrow::Buffer(parquet::kParquetMagic, 4)));
  parquet::RowGroupMetaDataBuilder& group = *footer_->AppendRowGroup();
  group.set_num_rows(static_cast<int64_t>(rows));
  int64_t uncompressed = 0;
  std::vector<Kept> kept;
  for (EncodedChunk& chunk : chunks) {
    for (parquet::PageLocation& page : chunk.pages) page.offset += position_;
    parquet::ColumnChunkMetaDataBuilder& column = *group.NextColumnChunk();
    column.SetStatistics(chunk.statistics);
    if (chunk.sizes.is_set()) column.SetSizeStatistics(chunk.sizes);
    std::map<parquet::Encoding::type, int32_t> dictionary_pages;
    if (chunk.has_dictionary) dictionary_pages[parquet::Encoding::PLAIN] = 1;
    column.Finish(chunk.values, chunk.has_dictionary ? position_ : 0, -1, position_ + chunk.first_data_page,
                  chunk.bytes->size(), chunk.uncompressed_bytes, chunk.has_dictionary, /*dictionary_fallback=*/false,
                  dictionary_pages, {{chunk.encoding, static_cast<int32_t>(chunk.pages.size())}});
    ARROW_RETURN_NOT_OK(append(*chunk.bytes));
    chunk.bytes.reset();
    uncompressed += chunk.uncompressed_bytes;
    kept.push_back({std::move(chunk.index), std::move(chunk.bloom), std::move(chunk.pages)});
  }
  const size_t ordinal = row_groups_.size();  // the footer has 16 bits for it, and may do without
  group.Finish(uncompressed, static_cast<int16_t>(ordinal <= INT16_MAX ? ordinal : -1));
  row_groups_.push_back(std::move(kept));
  return arrow::Status::OK();
}

// `write` puts what a chunk has of the kind, or nothing, into `tail`, which will lie behind `position_`.
template <class Write>
arrow::Status ParquetFileBuilder::append_indexes(arrow::io::OutputStream& tail, parquet::IndexKind kind,
                                                 Write&& write) {
  parquet::IndexLocations locations;
  for (size_t group = 0; group < row_groups_.size(); ++group)
    for (size_t column = 0; column < row_groups_[group].size(); ++column) {
      ARROW_ASSIGN_OR_RAISE(const int64_t begin, tail.Tell());
      write(row_groups_[group][column]);
      ARROW_ASSIGN_OR_RAISE(const int64_t end, tail.Tell());
      if (end == begin) continue;
      locations.push_back({{static_cast<int32_t>(group), static_cast<int32_t>(column)},
                           {position_ + begin, static_cast<int32_t>(end - begin)}});
    }
  footer_->SetIndexLocations(kind, locations);
  return arrow::Status::OK();
}

arrow::Status ParquetFileBuilder::finish() {
  if (position_ == 0) ARROW_RETURN_NOT_OK(append(arrow::Buffer(parquet::kParquetMagic, 4)));
  ARROW_ASSIGN_OR_RAISE(const auto tail,
                        arrow::io::BufferOutputStream::Create(4'096, style_.properties->memory_pool()));
  ARROW_RETURN_NOT_OK(append_indexes(*tail, parquet::IndexKind::kBloomFilter, [&](Kept& kept) {
    if (kept.bloom != nullptr) kept.bloom->WriteTo(tail.get());
    kept.bloom.reset();
  }));
  ARROW_RETURN_NOT_OK(
      append_indexes(*tail, parquet::IndexKind::kColumnIndex, [&](Kept& kept) { kept.index->WriteTo(tail.get()); }));
  ARROW_RETURN_NOT_OK(append_indexes(*tail, parquet::IndexKind::kOffsetIndex, [&](Kept& kept) {
    const auto builder = parquet::OffsetIndexBuilder::Make();
    for (const parquet::PageLocation& page : kept.pages)
      builder->AddPage(page.offset, page.compressed_page_size, page.first_row_index);
    builder->Finish(0);
    builder->WriteTo(tail.get());
  }));
  parquet::WriteFileMetaData(*footer_->Finish(), tail.get());
  ARROW_ASSIGN_OR_RAISE(const auto bytes, tail->Finish());
  return append(*bytes);
}

}  // namespace headrace
