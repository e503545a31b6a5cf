// io/format/parquet_bloom.h — Bloom filters of Parquet's column chunks: whether a chunk holds a value.
//
// One that cannot be read proves nothing and is left aside: it is no part of the data, and the row group can be read without it. Its bits have no checksum, so that
// damage inside them may say "absent" of a value that is there, as damage in statistics may.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <parquet/bloom_filter.h>

#include "io/byte_ranges.h"
#include "io/format/parquet_file.h"
#include "io/pruning/condition.h"

namespace headrace {

// Where one lies that would be read, and up to where it is likely to reach; nullopt: none would. Throws what Arrow's metadata does.
std::optional<ByteRange> bloom_range(const ParquetFile& file, int group, uint32_t column);

class ParquetBloom {
 public:
  // Of a column that is one leaf. One read of the file, two where the footer does not say how long the filter is. Never throws.
  ParquetBloom(const ParquetFile& file, int group, uint32_t column);

  // `value` is of the column's type, or of a numeric type or a timestamp that it is compared with.
  Held holds(const Value& value) const;
  // Why holds() never says kExcluded: there is none, it is damaged, or values of the type lie in the file in several forms. Empty: it may.
  const std::string& unused() const { return unused_; }

 private:
  const parquet::ColumnDescriptor& about_;
  const Type type_;
  std::optional<parquet::BlockSplitBloomFilter> filter_;
  std::string unused_;
};

}  // namespace headrace
