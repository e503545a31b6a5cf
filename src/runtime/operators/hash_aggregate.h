// runtime/operators/hash_aggregate.h — GROUP BY: one row per distinct key.
//
//   in      key columns first, then the aggregates' arguments
//           with one_group the keys are literals: one group, also over no rows
//   out     key columns, one column per aggregate; every float exact, so that neither order nor threads can show
//   emits   all groups after finish(); with window_us also those whose window a watermark closes
//   order   none
//   state   one row per group and worker; spills by hash partition when a worker's table exceeds its share of the budget
//           (half of it over all workers) or the budget is exhausted. Open windows do not spill
//   late    with window_us: rows of windows that the watermark has closed are counted in rows_late() and dropped
//   errors  kFault: a result does not fit its type. kLimit: one group alone, or the open windows, exceed the budget
//   cost    one hash probe per row
#pragma once

#include <atomic>
#include <limits>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/operators/group_files.h"
#include "runtime/operators/group_result.h"

namespace headrace {

class HashAggregate final : public Sink {
 public:
  HashAggregate(const struct AggregateSink& spec, const Schema& input, const Schema& output, QueryContext& context);

  std::unique_ptr<Local> local() override;
  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  Status merge(std::unique_ptr<Local> one) override;
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;

  Status on_watermark(Watermark watermark, const Emit& emit) override;
  Status save(KeyGroups groups, StateWriter& to) const override;
  Status load(StateReader& from) override;
  const Schema& state_schema() const override { return shape_->state_schema; }

  uint64_t rows_late() const { return rows_late_.load(std::memory_order_relaxed); }
  bool spilled() const { return files_->used(); }

 private:
  struct Mine;
  bool closed(int64_t window_start_us, int64_t watermark_us) const {
    int64_t end;
    return !__builtin_add_overflow(window_start_us, window_us_, &end) && end <= watermark_us;
  }
  Result<bool> find_by_codes(const Batch& batch, const uint16_t* selection, uint32_t rows, Mine& mine);
  Status spill(Mine& mine);
  uint32_t select_on_time(const Batch& batch, uint16_t* selection);
  Status gather_open_windows(int64_t closed_before_us);
  Status add_literal_group(Groups& groups) const;
  bool row_closed(const char* row, int64_t watermark_us) const;

  const std::shared_ptr<const GroupShape> shape_;
  QueryContext& context_;
  const int64_t window_us_;
  const bool one_group_;
  uint64_t table_bytes_max_;  // of one worker
  std::atomic<int64_t> watermark_us_{std::numeric_limits<int64_t>::min()};
  std::atomic<uint64_t> rows_late_{0};
  std::shared_ptr<GroupFiles> files_;
  mutable std::mutex mutex_;  // guards tables_
  std::vector<std::shared_ptr<Groups>> tables_;
  std::shared_ptr<GroupResult> result_;
};

}  // namespace headrace
