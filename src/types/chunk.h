// types/chunk.h — rows as readers decode them: vectors of any length, out of which batches are cut without copying.
#pragma once

#include <cstdint>
#include <vector>

#include "types/batch.h"

namespace headrace {

struct Chunk {
  uint64_t rows = 0;
  std::vector<Vector> columns;  // each of `rows` rows
};

// The vector from row `first` on. Shares the owner.
inline Vector slice(const Vector& vector, uint64_t first) {
  Vector part = vector;
  if (vector.encoding == Encoding::kConstant) return part;
  if (vector.encoding == Encoding::kFlat)
    part.data = static_cast<const char*>(vector.data) + first * width_bytes(vector.type.id);
  else
    part.codes = vector.codes + first;
  if (vector.validity != nullptr) part.validity = vector.validity + first;
  return part;
}

// Rows [first, first + rows) as a batch; its morsel and sequence are the caller's. Requires first + rows <= chunk.rows.
inline void cut(const Chunk& chunk, uint64_t first, uint32_t rows, Batch& out) {
  out.rows = rows;
  out.columns.clear();
  out.columns.reserve(chunk.columns.size());
  for (const Vector& column : chunk.columns) out.columns.push_back(slice(column, first));
}

// A vector of any length whose rows are all null.
Vector null_constant(Type type);

}  // namespace headrace
