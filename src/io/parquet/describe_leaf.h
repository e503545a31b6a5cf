// io/parquet/describe_leaf.h — the library's words for a column, in ours.
#pragma once

#include <optional>

#include <parquet/schema.h>

#include "io/parquet/leaf.h"
#include "types/schema.h"

namespace headrace::parquet_in {

// Of a column that is neither nested nor repeated and whose vectors are as `ours` says; none where we do not decode it.
std::optional<Leaf> describe_leaf(const parquet::ColumnDescriptor& column, const Column& ours);

}  // namespace headrace::parquet_in
