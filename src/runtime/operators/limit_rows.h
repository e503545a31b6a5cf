// runtime/operators/limit_rows.h — LIMIT and OFFSET.
//
//   out     rows [offset, offset + rows_max): of the input's order when `ordered`, else of the total order of all columns, so
//           that neither threads nor batch sizes can show
//   order   as out
//   state   a copy of at most about twice the wanted rows per worker
//   stops   early when `ordered`: once every morsel before the last wanted row is complete
//   errors  kLimit: the rows do not fit the budget
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "runtime/operators/morsel_order.h"
#include "runtime/operators/sort_rows.h"

namespace headrace {

class LimitRows final : public SortRows {
 public:
  LimitRows(const struct LimitSink& spec, Schema input, QueryContext& context);

  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  bool full() const override { return full_.load(std::memory_order_relaxed); }
  Status morsel_done(uint32_t input, uint64_t morsel) override;
  Status input_done(uint32_t input) override;
  Status morsel_cut(uint32_t input, uint64_t morsel) override;

 private:
  void advance();

  struct Progress {
    uint64_t rows = 0;
    bool done = false;
  };
  const bool ordered_;
  std::atomic<bool> full_;
  std::mutex mutex_;
  std::map<std::pair<uint32_t, uint64_t>, Progress> morsels_;  // not yet part of the complete prefix
  std::set<uint32_t> inputs_done_;
  MorselPlace next_{0, 0};  // the first (input, morsel) that is not complete
  std::optional<std::pair<uint32_t, uint64_t>> cut_;  // the first that faulted: nothing behind it counts
  uint64_t rows_before_next_ = 0;
};

}  // namespace headrace
