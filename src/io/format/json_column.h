// io/format/json_column.h — one column of a vector of rows, filled value by value while records are walked over.
#pragma once

#include <cstdint>
#include <string>

#include "base/limits.h"
#include "io/format/json_values.h"
#include "types/vector.h"

namespace headrace {

class JsonColumn {
 public:
  JsonColumn(std::string name, JsonShape shape)
      : name_(std::move(name)), shape_(std::move(shape)), kind_(kind_of(shape_)), width_(width_bytes(shape_.type.id)) {}

  const std::string& name() const { return name_; }
  const JsonShape& shape() const { return shape_; }
  // Of values and validity of a whole vector.
  uint64_t bytes() const { return uint64_t{limits::kVectorRowsMax} * (width_ + 1); }

  // The next rows go to `memory`, of bytes(), 16-byte aligned.
  void begin(char* memory) {
    values_ = memory;
    validity_ = reinterpret_cast<uint8_t*>(memory + bytes() - limits::kVectorRowsMax);
    next_ = 0;
    any_null_ = false;
  }
  // Whether the row has its value.
  bool has(uint32_t row) const { return next_ > row; }
  // The value at the cursor becomes that of `row`, which has none; rows in between are null. Only kValue and kNull put one.
  JsonTaken append(JsonCursor& cursor, uint32_t row, JsonRoom& room);
  void put_null(uint32_t row) { fill(row + 1); }
  // Forgets the rows from `row` on.
  void cut(uint32_t row) { next_ = next_ < row ? next_ : row; }
  // Rows [0, rows): those without a value are null.
  Vector take(uint32_t rows, std::shared_ptr<const void> owner);

 private:
  enum class Kind : uint8_t { kText, kNumber, kDate, kTimestamp, kOther };
  static Kind kind_of(const JsonShape& shape);

  // The common form of a value of this kind: false, and nothing is taken, when it has another one.
  bool append_plain(JsonCursor& cursor, uint32_t row, const JsonRoom& room);
  JsonTaken append_text(JsonCursor& cursor, uint32_t row, JsonRoom& room);
  void fill(uint32_t end);  // with nulls
  void put(uint32_t row) {
    if (next_ < row) fill(row);
    validity_[row] = 1;
    next_ = row + 1;
  }

  const std::string name_;
  const JsonShape shape_;
  const Kind kind_;
  const uint32_t width_;  // bytes of a value
  char* values_ = nullptr;
  uint8_t* validity_ = nullptr;
  uint32_t next_ = 0;  // rows that are filled
  bool any_null_ = false;
};

}  // namespace headrace
