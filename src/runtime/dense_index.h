// runtime/dense_index.h — a bitmap instead of a hash table: the first row of each key, where a join's only key is an integer or a
// date whose values lie close together, as those of primary keys do. No hash and no comparison of keys; a key that is not there
// costs one bit of a map that mostly stays in the cache.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "runtime/operators/kept_rows.h"
#include "types/value_range.h"

namespace headrace {

class DenseIndex {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // The range of the rows' values in column 0, null rows aside; nothing: it is more than kValuesPerRow times as wide as there
  // are rows, the type is no integer or date, or there is no value.
  static std::optional<ValueRange> range_for(const Schema& schema, const std::vector<RowSegment>& segments,
                                             uint64_t rows);

  // An index of the segments' rows without their chains yet. kLimit when it does not fit the budget.
  static Result<DenseIndex> make(Type type, ValueRange range, const std::vector<RowSegment>& segments,
                                 MemoryBudget& budget, const std::string& consumer);
  uint64_t keys() const { return keys_; }

  // heads[i] = the first row of the key of row selection[i] (of row i when nullptr), or kNone; for i < selected. A null has none.
  void find(const Vector& keys, const uint16_t* selection, uint32_t selected, uint32_t* heads) const;

  // Puts rows first … first + rows - 1 in front of what their keys have: next[row] = the former head. A null stays out. Rows
  // are added from the last to the first, so that chains have their order.
  void push_front(const Vector& keys, uint64_t first, uint32_t rows, uint32_t* next);

 private:
  // 64 values of the range: which of them are keys, and how many keys lie before them.
  struct Word {
    uint64_t present;
    uint64_t keys_before;
  };
  DenseIndex(Type type, ValueRange range) : type_(type), low_(static_cast<uint64_t>(range.low)) {
    size_ = static_cast<uint64_t>(range.high) - low_ + 1;
  }
  uint64_t words() const { return (size_ + 63) / 64; }
  void set_present(const Vector& keys, uint32_t rows);

  Type type_;
  uint64_t low_;
  uint64_t size_;  // values in the range
  uint64_t keys_ = 0;
  std::shared_ptr<Buffer> words_;  // Word [words()]
  std::shared_ptr<Buffer> heads_;  // uint32_t [keys_], by key in order of their values
};

}  // namespace headrace
