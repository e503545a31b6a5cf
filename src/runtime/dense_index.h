// runtime/dense_index.h — an array instead of a hash table: the first row of each key, where a join's only key is an integer or a
// date whose values lie close together, as those of primary keys do. No hash, no comparison of keys, one load per probe.
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

  // The range of the rows' values in column 0, null rows aside; nothing: the array would be more than kSlotsPerRow times as
  // long as there are rows, the type has no such array, or there is no value.
  static std::optional<ValueRange> range_for(const Schema& schema, const std::vector<RowSegment>& segments,
                                             uint64_t rows);

  // kLimit when the array does not fit the budget.
  static Result<DenseIndex> make(Type type, ValueRange range, MemoryBudget& budget, const std::string& consumer);

  // heads[i] = the first row of the key of row selection[i] (of row i when nullptr), or kNone; for i < selected. A null has none.
  void find(const Vector& keys, const uint16_t* selection, uint32_t selected, uint32_t* heads) const;

  // Puts rows first … first + rows - 1 in front of what their keys have: next[row] = the former head. A null stays out. Rows
  // are added from the last to the first, so that chains have their order. Returns how many keys are new.
  uint64_t push_front(const Vector& keys, uint64_t first, uint32_t rows, uint32_t* next);

 private:
  DenseIndex(Type type, ValueRange range, std::shared_ptr<Buffer> heads, uint64_t size)
      : type_(type), low_(range.low), heads_(std::move(heads)), size_(size) {}

  Type type_;
  int64_t low_;
  std::shared_ptr<Buffer> heads_;  // uint32_t [size_]
  uint64_t size_;
};

}  // namespace headrace
