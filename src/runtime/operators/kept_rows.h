// runtime/operators/kept_rows.h — a worker's copied rows with their place in the input's order.
#pragma once

#include <algorithm>
#include <memory>
#include <tuple>
#include <vector>

#include "runtime/operator.h"
#include "state/column_store.h"

namespace headrace {

// Consecutive rows of one morsel.
struct RowSegment {
  uint32_t input;
  uint64_t morsel, sequence;  // of its first batch
  uint64_t first;             // row id within `store`
  uint64_t rows;
  const ColumnStore* store;
  uint64_t base;              // the id of the store's row 0 among all rows; set by in_order()

  bool before(const RowSegment& other) const {
    return std::tie(input, morsel, sequence) < std::tie(other.input, other.morsel, other.sequence);
  }
  // Calls visit(chunk, first, rows) for each piece within one chunk of the store, in order; stops at a Status that is not ok.
  template <class Visit>
  Status for_each_piece(Visit&& visit) const {
    for (uint64_t done = 0; done < rows;) {
      const auto chunk = static_cast<uint32_t>((first + done) / limits::kVectorRowsMax);
      const auto at = static_cast<uint32_t>((first + done) % limits::kVectorRowsMax);
      const auto count = static_cast<uint32_t>(std::min<uint64_t>(rows - done, limits::kVectorRowsMax - at));
      TRY_STATUS(visit(chunk, at, count));
      done += count;
    }
    return kDone;
  }
};

class KeptRows final : public Local {
 public:
  KeptRows(const Schema& schema, MemoryBudget& budget, const std::string& consumer)
      : store_(std::make_shared<ColumnStore>(schema, budget, consumer)) {}

  // kLimit leaves everything as it was.
  Status append(uint32_t input, const Batch& batch, const uint16_t* selection = nullptr, uint32_t selected = 0);
  const std::shared_ptr<ColumnStore>& store() const { return store_; }
  const std::vector<RowSegment>& segments() const { return segments_; }

 private:
  std::shared_ptr<ColumnStore> store_;
  std::vector<RowSegment> segments_;
};

// All segments by (input, morsel, sequence), with `base` counted over `rows`, to which the stores are added.
std::vector<RowSegment> in_order(const std::vector<std::unique_ptr<KeptRows>>& kept, StoredRows& rows);

}  // namespace headrace
