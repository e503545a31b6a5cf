// runtime/operators/reservoir.h — of rows that come in any order, copies of those with the lowest keys.
#pragma once

#include <memory>
#include <tuple>

#include "state/accounted_array.h"
#include "state/column_store.h"

namespace headrace {

// Keeps about twice `rows_max` rows at most, and at least a few vectors of them; a third copy while it forgets the others.
class Reservoir {
 public:
  Reservoir(const Schema& schema, MemoryBudget& budget, const std::string& consumer, uint64_t rows_max);

  // Rows [first, first + count) of the batch, with keys[0 … count) and ordinals from `ordinal` on. kLimit.
  Status add(const Batch& batch, uint32_t first, uint32_t count, uint64_t ordinal, const uint64_t* keys);
  uint64_t seen() const { return seen_; }  // rows that were added
  // Appends the `rows` rows (all, when there are fewer) of lowest key, of equal keys those of lower ordinal, in the order of their
  // ordinals. Requires rows <= rows_max; no add() comes after it. Returns how many there are.
  Result<uint64_t> take(uint64_t rows, ColumnStore& to);

 private:
  struct Candidate {
    uint64_t key, ordinal, row;  // `row` within store_
    bool operator<(const Candidate& other) const { return std::tie(key, ordinal) < std::tie(other.key, other.ordinal); }
  };
  void keep_lowest(uint64_t rows);
  Status copy_candidates(ColumnStore& to) const;
  Status forget_others();

  const Schema schema_;
  MemoryBudget& budget_;
  const std::string consumer_;
  const uint64_t rows_max_;
  std::shared_ptr<ColumnStore> store_;
  Reservation reservation_;
  AccountedArray<Candidate> candidates_;
  Candidate bound_{UINT64_MAX, UINT64_MAX, 0};  // what does not lie before it is not among the lowest
  uint64_t seen_ = 0;
};

}  // namespace headrace
