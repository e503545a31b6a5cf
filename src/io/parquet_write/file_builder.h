// io/parquet_write/file_builder.h — one Parquet file: row groups that were encoded elsewhere, one behind the other, then
// Bloom filters, page indexes and the footer.
#pragma once

#include <memory>
#include <vector>

#include <parquet/metadata.h>

#include "io/arrow_file.h"
#include "io/parquet_write/encoded_chunk.h"

namespace headrace {

// Its calls throw what the library throws.
class ParquetFileBuilder {
 public:
  ParquetFileBuilder(const parquet::SchemaDescriptor& schema, const ParquetStyle& style,
                     std::unique_ptr<ByteOutput> output);

  // By leaf.
  arrow::Status add(uint64_t rows, std::vector<EncodedChunk> chunks);
  arrow::Status finish();  // what follows the row groups
  uint64_t bytes() const { return static_cast<uint64_t>(position_); }
  ByteOutput& output() { return *output_; }
  WorldOutputStream& stream() { return stream_; }

 private:
  struct Kept {
    std::unique_ptr<parquet::ColumnIndexBuilder> index;
    std::unique_ptr<parquet::BlockSplitBloomFilter> bloom;
    std::vector<parquet::PageLocation> pages;
  };
  arrow::Status append(const arrow::Buffer& bytes);
  template <class Write>
  arrow::Status append_indexes(arrow::io::OutputStream& tail, parquet::IndexKind kind, Write&& write);

  const ParquetStyle& style_;
  const std::unique_ptr<ByteOutput> output_;
  WorldOutputStream stream_;
  std::unique_ptr<parquet::FileMetaDataBuilder> footer_;
  std::vector<std::vector<Kept>> row_groups_;
  int64_t position_ = 0;
};

}  // namespace headrace
