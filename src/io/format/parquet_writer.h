// io/format/parquet_writer.h — rows as Parquet files; io/parquet_write/ encodes them.
#pragma once

#include "io/format/writer.h"

namespace headrace {

// Options: compression | codec (snappy, the default; zstd, gzip, lz4, brotli, none), compression_level, row_group_size
// (rows, 122880 by default), row_group_size_bytes, bloom_filter_columns (['a', 'b']), bloom_filter_false_positive_ratio.
Result<std::unique_ptr<RowWriter>> make_parquet_writer(const WriteRequest& request, OutputFiles files,
                                                       MemoryBudget& budget);

}  // namespace headrace
