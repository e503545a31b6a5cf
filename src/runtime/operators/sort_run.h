// runtime/operators/sort_run.h — a worker's rows on their way to being sorted: keys, rows, and the cut of a top-n.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "runtime/operator.h"
#include "state/accounted_array.h"
#include "state/arena.h"
#include "state/column_store.h"
#include "state/sort_key.h"

namespace headrace {

// What is fixed about one sort.
struct SortShape {
  Schema schema;
  std::vector<SortKeyPart> parts;
  bool by_ordinal;        // ties, or everything when there are no parts, in order of (input, morsel, sequence, row)
  uint64_t rows_kept_max; // only the first of the order are wanted
  Schema run_schema;      // of a spilled run: the key's bytes as utf8, then the columns

  // Without by_ordinal the columns that are not in `keys` follow, ascending, nulls last.
  SortShape(Schema rows, std::vector<SortKeyPart> keys, bool ordinal, uint64_t kept_max);
};

// A row's place in the order. The first 16 bytes of the key decide almost always.
struct SortEntry {
  uint64_t prefix[2];  // big-endian, zero-padded
  const char* key;
  uint32_t size;
  uint32_t row;        // id in the run's store
};
inline bool operator<(const SortEntry& left, const SortEntry& right) {
  if (left.prefix[0] != right.prefix[0]) return left.prefix[0] < right.prefix[0];
  if (left.prefix[1] != right.prefix[1]) return left.prefix[1] < right.prefix[1];
  const uint32_t shared = std::min(left.size, right.size);
  const int order = std::memcmp(left.key, right.key, shared);
  return order != 0 ? order < 0 : left.size < right.size;
}

class SortRun final : public Local {
 public:
  SortRun(std::shared_ptr<const SortShape> shape, QueryContext& context);

  // kLimit: the batch does not fit; then the run is as before.
  Status append(uint32_t input, const Batch& batch);
  Status sort();  // kCancelled soon after the query is cancelled: then the rows are in some order
  // Writes the rows in order, after sort(), and empties the run.
  Status write(StateWriter& to);

  uint64_t rows() const { return entries_.size(); }
  uint64_t bytes() const { return store_->bytes() + reservation_.bytes(); }
  const AccountedArray<SortEntry>& entries() const { return entries_; }
  const std::shared_ptr<ColumnStore>& store() const { return store_; }

 private:
  Status cut();
  void clear();

  const std::shared_ptr<const SortShape> shape_;
  MemoryBudget& budget_;
  const CancelToken& cancel_;
  Reservation reservation_;
  SortKeyEncoder encoder_;
  AccountedArray<SortEntry> entries_;
  std::unique_ptr<Arena> keys_;
  std::shared_ptr<ColumnStore> store_;
  bool sorted_ = true;
  std::string cutoff_;  // rows with this key or a greater one are not wanted; empty: not known yet
};

}  // namespace headrace
