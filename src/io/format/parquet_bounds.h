// io/format/parquet_bounds.h — what statistics of a Parquet file say of a column's values: of a row group in the footer, of a page in its
// header or in the page index. What cannot be decoded says nothing.
#pragma once

#include <optional>
#include <string_view>

#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include "io/pruning/condition.h"

namespace headrace {

// A bound as statistics store it (PLAIN, a text without its length) as a value of the column's type; nothing: the type has no bounds that we
// use, or the bytes are none of it, or NaN.
std::optional<Value> bound_of_bytes(const parquet::ColumnDescriptor& about, Type type, std::string_view bytes);

// Of a row group's column chunk. May throw what Arrow throws.
ColumnBounds bounds_of_chunk(const parquet::RowGroupMetaData& group, int leaf, Type type);

// Of a page, out of its header. `writer`: of the file; what some are known to have written wrong says nothing.
ColumnBounds bounds_of_page(const parquet::ColumnDescriptor& about, Type type,
                            const parquet::EncodedStatistics& statistics, uint64_t rows,
                            const parquet::ApplicationVersion& writer);

// Whether bounds in the page index are in the order of our values.
bool has_known_order(const parquet::ColumnDescriptor& about);

}  // namespace headrace
