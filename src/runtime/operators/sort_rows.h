// runtime/operators/sort_rows.h — ORDER BY, with LIMIT as top-n.
//
//   out     rows [offset, offset + rows_max) of the order
//   order   by the keys: nulls as each says, NaN greater than every number, -0 = +0, utf8 by bytes; ties by ordinal when
//           `ordered`, else by the remaining columns
//   state   a copy of every row and its key; of at most about twice the wanted rows per worker for top-n. Spills sorted runs
//           when a worker's rows exceed its share of the budget (half of it over all workers) or the budget is exhausted
//   errors  kLimit: not even one batch fits
//   cost    O(log n) comparisons of 16 bytes per row
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/operators/sort_run.h"
#include "runtime/operators/sorted_runs.h"

namespace headrace {

class SortRows : public Sink {
 public:
  SortRows(const struct SortSink& spec, Schema input, QueryContext& context);
  ~SortRows() override;

  std::unique_ptr<Local> local() override;
  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  Status prepare(Local& mine) override;
  Status merge(std::unique_ptr<Local> one) override;
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;

  bool spilled() const { return !paths_.empty(); }

 protected:
  uint64_t rows_kept_max() const { return shape_->rows_kept_max; }
  QueryContext& context_;

 private:
  Status spill(SortRun& run);
  Status spill_rest();

  const std::shared_ptr<const SortShape> shape_;
  const uint64_t offset_;
  uint64_t run_bytes_max_;  // of one worker
  std::mutex mutex_;  // guards runs_ and paths_ while workers are at it
  std::vector<std::unique_ptr<SortRun>> runs_;
  std::vector<std::string> paths_;  // of spilled runs
  std::shared_ptr<const SortedRuns> sorted_;
};

// A merge has a file and a batch of every run that it reads, so that no more are read at once.
inline constexpr size_t kMergeRunsMax = 64;

// Merges runs into longer ones until at most kMergeRunsMax are left. `paths` names every file there is, also after an error.
Status merge_runs(const std::shared_ptr<const SortShape>& shape, std::vector<std::string>& paths,
                  QueryContext& context);

// One pass over rows [offset, kept_max) of the merged order of spilled runs.
Result<std::unique_ptr<Source>> merged_runs_source(std::shared_ptr<const SortShape> shape,
                                                   const std::vector<std::string>& paths, uint64_t offset,
                                                   QueryContext& context);

}  // namespace headrace
