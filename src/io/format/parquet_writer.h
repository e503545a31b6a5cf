// io/format/parquet_writer.h — rows as one Parquet file, through Arrow's writer.
#pragma once

#include "io/format/writer.h"

namespace headrace {

// Options: compression (snappy, the default; zstd, gzip, lz4, none), row_group_size (rows, 122880 by default).
Result<std::unique_ptr<RowWriter>> make_parquet_writer(const WriteRequest& request, std::unique_ptr<ByteOutput> output,
                                                       MemoryBudget& budget);

}  // namespace headrace
