// io/parquet/describe_column.h — the library's words for a column, in ours.
#pragma once

#include <parquet/arrow/schema.h>
#include <parquet/schema.h>

#include "base/error.h"
#include "io/parquet/tree.h"

namespace headrace::parquet_in {

// Of a column whose vectors are of the type. A column that is neither nested nor repeated is a tree of one leaf.
// kUnsupported names what we do not decode.
Result<Tree> describe_column(const parquet::arrow::SchemaField& column, const parquet::SchemaDescriptor& schema,
                             Type type);

}  // namespace headrace::parquet_in
