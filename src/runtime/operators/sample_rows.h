// runtime/operators/sample_rows.h — TABLESAMPLE and USING SAMPLE.
//
//   out     the rows that plan/sample.h chooses by their ordinals: their numbers in order of (input, morsel, row)
//   order   as in
//   state   a copy of the chosen rows, of a reservoir up to about three times as many; and of morsels whose ordinals are not
//           known yet, because an earlier one is not complete: about a morsel per worker, of Parquet a row group. Inputs come
//           in turn (fuse/stage.h)
//   stops   never early: every row is counted
//   errors  kLimit: the rows do not fit the budget
//   cost    a hash per row, a copy per chosen row and of each row that waits for its ordinal
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "runtime/operator.h"
#include "runtime/operators/morsel_order.h"
#include "runtime/operators/reservoir.h"
#include "runtime/operators/stored_source.h"

namespace headrace {

class SampleRows final : public Sink {
 public:
  SampleRows(const struct SampleSink& spec, Schema input, QueryContext& context);

  std::unique_ptr<Local> local() override { return std::make_unique<Local>(); }
  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  Status morsel_done(uint32_t input, uint64_t morsel) override;
  Status input_done(uint32_t input) override;
  Status merge(std::unique_ptr<Local>) override { return kDone; }
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;

 private:
  // A morsel that is not yet part of the complete prefix. `waiting` belongs to the worker that reads the morsel until `done`: its
  // first rows, from before all earlier morsels were complete.
  struct Morsel {
    std::shared_ptr<ColumnStore> waiting;
    uint64_t rows = 0;
    bool done = false;
  };
  // Rows whose ordinals are known.
  struct Settled {
    uint64_t ordinal;  // of the first
    std::shared_ptr<ColumnStore> rows;
  };
  // Chosen rows that lie side by side in kept_ and in order; no other chosen row has an ordinal in [begin, end).
  struct Segment {
    uint64_t begin, end;
    uint64_t first, rows;  // within kept_
  };

  std::vector<Settled> advance();  // requires mutex_
  Status take(const std::vector<Settled>& settled);
  Status take(const Batch& batch, uint64_t ordinal);
  Status take_by_chance(const Batch& batch, uint64_t ordinal);
  Status take_of_blocks(const Batch& batch, uint64_t ordinal, const uint64_t* keys);  // requires kept_mutex_
  Status take_lowest(Reservoir& of, uint64_t rows, uint64_t begin);  // requires kept_mutex_

  const SampleSpec spec_;
  const Schema schema_;
  QueryContext& context_;
  const std::optional<uint64_t> below_;  // a chance of `percent`: keys below it; nothing: all

  std::mutex mutex_;  // guards the four that follow
  std::map<MorselPlace, Morsel> morsels_;
  std::set<uint32_t> inputs_done_;
  MorselPlace next_{0, 0};  // the first (input, morsel) that is not complete
  uint64_t rows_before_next_ = 0;

  std::mutex kept_mutex_;  // guards the three that follow
  std::shared_ptr<ColumnStore> kept_;
  std::vector<Segment> segments_;
  std::map<uint64_t, Reservoir> reservoirs_;  // by block of kSampleReservoirRows ordinals; of a number of rows: one
  PickedRows picked_;
};

}  // namespace headrace
