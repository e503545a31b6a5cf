// io/column_range.h — the range of a column in memory, found by reading it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "types/chunk.h"
#include "types/value_range.h"

namespace headrace {

// Of an int32, int64 or date column that is no dictionary in any chunk; of one without values, [0, 0]. Else nothing.
std::optional<ValueRange> range_of_column(const std::vector<Chunk>& chunks, uint32_t column);

}  // namespace headrace
