// runtime/recursion_rows.h — the rows of one round of a recursive query.
#pragma once

#include <memory>
#include <vector>

#include "runtime/operator.h"
#include "state/key_layout.h"
#include "types/batch.h"

namespace headrace {

// Of what is claimed at once.
inline constexpr size_t kBatchesPerMorsel = limits::kMorselRowsTarget / limits::kVectorRowsMax;

// What the working sources of a recursion read in this round, and the recursions around it.
struct WorkingRound {
  uint32_t id;
  uint64_t round;  // from 1
  const std::vector<Batch>& rows;
  const WorkingRound* around;
};

// The rows of `round` in their order. They and it outlive the source.
std::unique_ptr<Source> make_working_source(const WorkingRound& round);

// Reads the batches as one morsel.
std::unique_ptr<MorselReader> make_batches_reader(std::vector<Batch> batches, uint64_t morsel);

// Of all rows that were given to it, each once: equal are rows whose values are all equal or null together.
class DistinctRows {
 public:
  // `budget` outlives it and the rows that it gives.
  DistinctRows(const Schema& columns, MemoryBudget& budget);
  ~DistinctRows();
  // Those that are equal to none before them, as keys are kept (−0 is 0, one NaN), in their order. kLimit.
  Result<std::vector<Batch>> added(const std::vector<Batch>& rows);

 private:
  struct State;
  MemoryBudget& budget_;
  const std::unique_ptr<State> state_;
};

}  // namespace headrace
