// io/column_range.h — the range of a column in memory, found by reading it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "types/chunk.h"
#include "types/value_range.h"

namespace headrace {

// Of a column whose type has ranges and that is no dictionary in any chunk; of one without values, [0, 0]. Else nothing.
std::optional<ValueRange> range_of_column(const std::vector<Chunk>& chunks, uint32_t column, Type type);

}  // namespace headrace
