// state/key_layout.h — key columns packed into rows of bytes, so that equal keys are equal bytes (strings aside).
//
//   [fixed-width values, widest first][one byte per nullable column, 1: null][zeros to 8 bytes][StringRef per column of text layout]
//
// Values are canonical (row_hash.h), a null's value is zero. Compare `fixed_bytes` as bytes and the StringRefs with ==.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "state/budget.h"
#include "types/schema.h"
#include "types/string_ref.h"
#include "types/vector.h"

namespace headrace {

struct KeyLayout {
  struct Field {
    Type type;
    uint32_t offset;  // of the value, from the start of the key
    uint32_t null_offset;  // of the null byte; kNotNullable when there is none
  };
  static constexpr uint32_t kNotNullable = ~uint32_t{0};

  std::vector<Field> fields;  // in column order
  uint32_t padding_offset = 0;  // what lies between it and fixed_bytes is zero
  uint32_t fixed_bytes = 0;  // a multiple of 8
  uint32_t string_count = 0;
  uint32_t bytes = 0;  // of one key: fixed_bytes + 16 * string_count

  explicit KeyLayout(const Schema& key_columns);
};

// Hashes and packed keys of one batch. Reused from batch to batch.
class KeyBatch {
 public:
  KeyBatch(const KeyLayout& layout, Reservation& reservation) : layout_(layout), reservation_(reservation) {}
  ~KeyBatch() { reservation_.shrink(accounted_bytes_); }
  KeyBatch(const KeyBatch&) = delete;
  KeyBatch& operator=(const KeyBatch&) = delete;

  // Packs row selection[i] (row i when nullptr) as key i, for i < rows. String keys point into `columns`, which must live
  // as long as the keys are used. kLimit when there is no room for limits::kVectorRowsMax keys.
  Status pack(const Vector* columns, uint32_t rows, const uint16_t* selection = nullptr);

  uint32_t rows() const { return rows_; }
  uint64_t hash(uint32_t row) const { return hashes_[row]; }
  const char* key(uint32_t row) const { return keys_ + uint64_t{row} * layout_.bytes; }

 private:
  Status reserve();

  const KeyLayout& layout_;
  Reservation& reservation_;
  uint64_t accounted_bytes_ = 0;
  uint32_t rows_ = 0;
  std::unique_ptr<uint64_t[]> hashes_;  // [kVectorRowsMax]
  std::unique_ptr<char[]> packed_;  // [kVectorRowsMax][layout.bytes]
  const char* keys_ = nullptr;  // packed_, or the column itself where its bytes are the keys
};

// Field `field` of `count` packed keys as a flat column: values [count] and, unless nullptr, validity [count].
void unpack_key_field(const KeyLayout& layout, uint32_t field, const char* const* keys, uint32_t count, void* values,
                      uint8_t* validity);

}  // namespace headrace
