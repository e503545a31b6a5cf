#include "state/flatten.h"

#include <cstring>

#include "base/check.h"
#include "base/limits.h"
#include "types/string_ref.h"

namespace headrace {

namespace {

template <class T>
void expand(const Vector& column, uint32_t rows, T* to) {
  const T* from = column.as<T>();
  if (column.encoding == Encoding::kConstant) {
    for (uint32_t row = 0; row < rows; ++row) to[row] = from[0];
  } else {
    for (uint32_t row = 0; row < rows; ++row) to[row] = from[column.codes[row]];
  }
}

}  // namespace

FlatColumn Flattener::flatten(const Vector& column, uint32_t rows) {
  CHECK(rows <= limits::kVectorRowsMax);
  if (column.encoding == Encoding::kFlat) return {column.data, column.validity};
  constexpr uint64_t kValuesBytes = uint64_t{limits::kVectorRowsMax} * 16;
  if (scratch_ == nullptr) scratch_ = std::make_unique_for_overwrite<char[]>(kValuesBytes + limits::kVectorRowsMax);
  switch (width_bytes(column.type.id)) {
    case 1: expand(column, rows, reinterpret_cast<uint8_t*>(scratch_.get())); break;
    case 2: expand(column, rows, reinterpret_cast<uint16_t*>(scratch_.get())); break;
    case 4: expand(column, rows, reinterpret_cast<uint32_t*>(scratch_.get())); break;
    case 8: expand(column, rows, reinterpret_cast<uint64_t*>(scratch_.get())); break;
    default: expand(column, rows, reinterpret_cast<int128*>(scratch_.get())); break;
  }
  const uint8_t* validity = column.validity;
  if (validity != nullptr && column.encoding == Encoding::kConstant) {
    std::memset(scratch_.get() + kValuesBytes, validity[0], rows);
    validity = reinterpret_cast<const uint8_t*>(scratch_.get() + kValuesBytes);
  }
  return {scratch_.get(), validity};
}

}  // namespace headrace
