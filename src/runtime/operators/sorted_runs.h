// runtime/operators/sorted_runs.h — sorted runs in memory, given out in one order. They are merged when they are read, each morsel
// by whoever takes it: its place in every run is found by search.
#pragma once

#include <memory>
#include <vector>

#include "runtime/operators/sort_run.h"

namespace headrace {

// Immutable.
class SortedRuns {
 public:
  // `runs` are sorted. Rows [offset, kept_max) of their common order are given out.
  SortedRuns(std::vector<std::unique_ptr<SortRun>> runs, const Schema& schema, uint64_t offset, uint64_t kept_max);

  uint64_t first() const { return first_; }
  uint64_t end() const { return end_; }
  const StoredRows& rows() const { return rows_; }
  size_t count() const { return runs_.size(); }
  const AccountedArray<SortEntry>& entries(size_t run) const { return runs_[run]->entries(); }
  uint64_t base(size_t run) const { return bases_[run]; }  // id in rows() of the run's row 0
  // How many entries of each run are among the first `rank` of all.
  std::vector<uint64_t> split(uint64_t rank) const;

 private:
  std::vector<std::unique_ptr<SortRun>> runs_;
  StoredRows rows_;
  std::vector<uint64_t> bases_;
  uint64_t first_, end_;
};

// One pass over them.
std::unique_ptr<Source> sorted_runs_source(std::shared_ptr<const SortedRuns> runs, QueryContext& context);

}  // namespace headrace
