// io/parquet/chunk_range.h — where the bytes of a column chunk lie.
#pragma once

#include <optional>

#include <arrow/result.h>

#include "io/byte_ranges.h"
#include "io/format/parquet_file.h"

namespace headrace::parquet_in {

// As the footer says, inside the file. Invalid: it says that the chunk begins elsewhere.
arrow::Result<ByteRange> chunk_range(const ParquetFile& file, int group, int leaf);
// nullopt: the footer is wrong about the chunk, as its reader will say. Never throws.
std::optional<ByteRange> known_chunk_range(const ParquetFile& file, int group, int leaf);

}  // namespace headrace::parquet_in
