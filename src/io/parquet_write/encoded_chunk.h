// io/parquet_write/encoded_chunk.h — a column chunk in memory: its pages, and all that the footer says of it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <parquet/bloom_filter.h>
#include <parquet/page_index.h>
#include <parquet/properties.h>
#include <parquet/size_statistics.h>
#include <parquet/statistics.h>

#include "io/parquet_write/leaf_values.h"

namespace headrace {

// What all columns of a file are written with.
struct ParquetStyle {
  std::shared_ptr<parquet::WriterProperties> properties;
  parquet::Compression::type compression = parquet::Compression::SNAPPY;
  int compression_level = 0;  // used when `has_level`
  bool has_level = false;
  std::vector<bool> blooms;  // by leaf: has a Bloom filter
  double bloom_false_positives = 0.01;
};

struct EncodedChunk {
  std::shared_ptr<arrow::Buffer> bytes;  // dictionary page and data pages; positions below count from its beginning
  int64_t values = 0;  // nulls included
  int64_t uncompressed_bytes = 0;
  bool has_dictionary = false;
  int64_t first_data_page = 0;
  parquet::Encoding::type encoding = parquet::Encoding::PLAIN;
  std::vector<parquet::PageLocation> pages;  // data pages
  parquet::EncodedStatistics statistics;
  parquet::SizeStatistics sizes;
  std::unique_ptr<parquet::ColumnIndexBuilder> index;
  std::unique_ptr<parquet::BlockSplitBloomFilter> bloom;
};

// Of a leaf that is complete. Beside our errors they throw what the library throws.
Status encode_chunk(const LeafValues& leaf, bool wants_bloom, const ParquetStyle& style, arrow::MemoryPool& pool,
                    Reservation& reservation, EncodedChunk& out);
// Of a text column that is not nested: `rows` gave the leaf its levels. Its dictionary is made from those of the pieces.
Status encode_text_chunk(std::span<const ColumnRows> rows, LeafValues& leaf, bool wants_bloom,
                         const ParquetStyle& style, arrow::MemoryPool& pool, Reservation& reservation,
                         EncodedChunk& out);

}  // namespace headrace
