// engine/stream_table.h — the rows that a shipped stage runs on, held to what the stage was compiled for.
#pragma once

#include "runtime/scannable.h"

namespace headrace {

// `table` with `declared` as its schema (the stage's names, types and nullability; as many columns, of the same types).
// A scan fails with kBadInput at the first null of a column that `declared` says has none, and names its row.
std::shared_ptr<const ScannableTable> make_stream_table(std::shared_ptr<const ScannableTable> table, Schema declared);

}  // namespace headrace
