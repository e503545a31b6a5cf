// io/test_batches.h — batches made of values, row by row, for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "types/batch.h"
#include "types/schema.h"
#include "types/string_ref.h"

namespace headrace {

using Cell = decltype(Value::data);

class BatchMaker {
 public:
  explicit BatchMaker(Schema schema) : schema_(std::move(schema)) {}

  void row(std::vector<Cell> cells) {
    CHECK(cells.size() == schema_.size());
    rows_.push_back(std::move(cells));
  }
  // The rows so far as one batch of flat vectors.
  Batch take() {
    Batch batch;
    batch.rows = static_cast<uint32_t>(rows_.size());
    for (size_t column = 0; column < schema_.size(); ++column) batch.columns.push_back(vector_of(column));
    rows_.clear();
    return batch;
  }

 private:
  struct Memory {
    std::vector<char> values;
    std::vector<uint8_t> validity;
    std::vector<std::string> texts;
  };

  Vector vector_of(size_t column) const {
    auto memory = std::make_shared<Memory>();
    const Type type = schema_[column].type;
    const uint32_t width = width_bytes(type.id);
    memory->values.resize(rows_.size() * width + 1);
    memory->texts.reserve(rows_.size());
    bool any_null = false;
    for (size_t row = 0; row < rows_.size(); ++row) {
      const Cell& cell = rows_[row][column];
      memory->validity.push_back(cell.index() == 0 ? 0 : 1);
      any_null |= cell.index() == 0;
      char* to = memory->values.data() + row * width;
      if (type.id == TypeId::kUtf8) {
        memory->texts.push_back(cell.index() == 0 ? "" : std::get<std::string>(cell));
        new (to) StringRef(memory->texts.back());
      } else if (const bool* flag = std::get_if<bool>(&cell)) {
        *to = *flag ? 1 : 0;
      } else if (const int128* wide = std::get_if<int128>(&cell); wide != nullptr && type.id == TypeId::kDecimal64) {
        const auto narrow = static_cast<int64_t>(*wide);
        std::memcpy(to, &narrow, sizeof narrow);
      } else {
        copy<int32_t>(cell, to);
        copy<int64_t>(cell, to);
        copy<double>(cell, to);
        copy<int128>(cell, to);
      }
    }
    Vector vector;
    vector.type = type;
    vector.data = memory->values.data();
    vector.validity = any_null ? memory->validity.data() : nullptr;
    vector.owner = memory;
    return vector;
  }
  template <class T>
  static void copy(const Cell& cell, char* to) {
    if (const T* value = std::get_if<T>(&cell)) std::memcpy(to, value, sizeof(T));
  }

  const Schema schema_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace headrace
