// runtime/operators/group_result.h — the finished groups of a hash aggregate, as morsels that workers take in parallel.
// Groups that several workers hold, or that were spilled, are merged by whoever takes their partition.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "runtime/operators/group_files.h"

namespace headrace {

// Gives the groups of one morsel. Each is given once.
class GroupCursor {
 public:
  virtual ~GroupCursor() = default;
  // Up to limits::kVectorRowsMax groups; 0 at the end. `keep` owns them. kLimit, kIo, kBadInput.
  virtual Result<uint32_t> next(char** rows, std::shared_ptr<const void>& keep) = 0;
};

// Immutable from outside; may be read several times and by several threads.
class GroupResult {
 public:
  virtual ~GroupResult() = default;
  virtual uint64_t morsels() const = 0;
  virtual Result<std::unique_ptr<GroupCursor>> open(uint64_t morsel) = 0;
};

// Groups of one table as they lie in its pages.
std::shared_ptr<GroupResult> table_result(std::shared_ptr<Groups> groups);
// Groups of several tables; equal keys are merged when their partition is first opened.
std::shared_ptr<GroupResult> merged_result(std::vector<std::shared_ptr<Groups>> tables, MemoryBudget& budget,
                                           const CancelToken& cancel);
// Groups in files. Each pass reads and merges them again. A partition that exceeds bytes_max or the budget is split.
std::shared_ptr<GroupResult> spilled_result(std::shared_ptr<const GroupShape> shape, std::shared_ptr<GroupFiles> files,
                                            StateFiles& state_files, MemoryBudget& budget, uint64_t bytes_max);

// The rows of a result: one pass.
std::unique_ptr<Source> group_source(std::shared_ptr<const GroupShape> shape, std::shared_ptr<GroupResult> result,
                                     MemoryBudget& budget);

}  // namespace headrace
