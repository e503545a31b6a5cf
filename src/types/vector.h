// types/vector.h — one column of at most limits::kVectorRowsMax rows. Immutable once it leaves its maker; copying copies
// pointers and shares the owner.
#pragma once

#include <cstdint>
#include <memory>

#include "types/type.h"

namespace headrace {

enum class Encoding : uint8_t { kFlat, kConstant, kDictionary };

// Values and validity travel apart. Validity is one byte a row (1 valid, 0 null), not a bitmap: loops over it vectorise
// like loops over values (docs/adr/0002). A null row's value is unspecified but initialised memory; for utf8 it is a
// StringRef that may be read.
struct Vector {
  Type type;
  Encoding encoding = Encoding::kFlat;
  const void* data = nullptr;  // flat: [rows]; constant: [1]; dictionary: [dictionary_rows]
  const uint8_t* validity = nullptr;  // flat and dictionary: [rows]; constant: [1]. nullptr: no nulls
  const uint32_t* codes = nullptr;  // dictionary: [rows], each < dictionary_rows (also in null rows)
  uint32_t dictionary_rows = 0;
  std::shared_ptr<const void> owner;  // keeps every pointer above, and string bytes behind it, alive

  template <class T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
  bool is_valid(uint32_t row) const {
    return validity == nullptr || validity[encoding == Encoding::kConstant ? 0 : row] != 0;
  }
  // Where row's value lies in `data`.
  uint32_t index_of(uint32_t row) const {
    return encoding == Encoding::kFlat ? row : (encoding == Encoding::kConstant ? 0 : codes[row]);
  }
};

}  // namespace headrace
