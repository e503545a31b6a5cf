// types/batch.h — vectors of the same rows, with their place in the input's order.
#pragma once

#include <cstdint>
#include <vector>

#include "types/value.h"
#include "types/vector.h"

namespace headrace {

// Batches of one stage are ordered by (morsel, sequence); rows within a batch by position. That triple is a row's ordinal,
// whichever worker made the batch and however large batches are.
struct Batch {
  uint32_t rows = 0;  // <= limits::kVectorRowsMax
  std::vector<Vector> columns;
  uint64_t morsel = 0;
  uint64_t sequence = 0;  // strictly increasing within a morsel
};

// The value at (column, row), decoded. For tests, errors and tables; not for loops.
Value value_at(const Vector& vector, uint32_t row);

}  // namespace headrace
