// state/flatten.h — a column as one array of values and one of validity, whatever its encoding.
#pragma once

#include <cstdint>
#include <memory>

#include "types/vector.h"

namespace headrace {

struct FlatColumn {
  const void* values;       // [rows]; utf8: StringRefs into the vector's bytes
  const uint8_t* validity;  // [rows]; nullptr: no nulls
};

// Scratch for one column at a time, reused from batch to batch (34 KiB once a column was not flat).
class Flattener {
 public:
  // Valid until the next call and as long as `column` lives. A flat column is returned as it is.
  FlatColumn flatten(const Vector& column, uint32_t rows);

 private:
  std::unique_ptr<char[]> scratch_;  // values [kVectorRowsMax], 16 bytes each at most, then validity
};

}  // namespace headrace
