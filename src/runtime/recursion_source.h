// runtime/recursion_source.h — the rows of a recursive query, given out while the rounds that make them go on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "runtime/operator.h"
#include "runtime/query_run.h"
#include "runtime/recursion_rows.h"
#include "runtime/unchanging_tables.h"

namespace headrace {

// A thread of its own runs the rounds, each a QueryRun over the engine's workers, and finds the rows that are new in a distinct
// recursion. Rows come in the order of rounds, and of each round's result.
class RecursionRun final : public Source {
 public:
  // Everything outlives the source. `around`: what the recursions around this one read; may be nullptr.
  RecursionRun(const RecursionSource& spec, QueryContext& context, Scheduler& scheduler, LoopProvider* loops,
               const WorkingRound* around);
  ~RecursionRun() override;  // stops, and waits for the round in progress to see it

  void stop() override;
  // Stops, and waits. An error: machine code was found to be wrong, though nobody wanted the rows behind it any more.
  Status commit() override;
  std::shared_ptr<const RecursionReport> report() const override;

  // An error of a round comes behind all rows before it: as a fault of a morsel's reader, given once nobody reads any more. That machine code was
  // wrong comes in place of rows that wait, since they may be its work.
  Result<Claim> claim() override;
  uint64_t waiting() const override;  // batches
  bool ordered() const override { return true; }
  std::string locate(uint64_t morsel, uint64_t row) const override;

 private:
  void run();
  Status run_rounds();
  // The rows that a part adds. `tables`: of the step, in and out: what it need not build again.
  Result<std::vector<Batch>> run_part(const Program& part, const WorkingRound* working, QueryRun::Tables* tables);
  void give(const std::vector<Batch>& rows);
  bool wait_for_room();  // false: nothing more is wanted

  const RecursionSource& spec_;
  CancelToken cancel_;
  QueryContext context_;
  Scheduler& scheduler_;
  LoopProvider* const loops_;
  const WorkingRound* const around_;
  const UnchangingTables unchanging_;  // of the step
  DistinctRows distinct_;  // used by the thread alone
  const std::shared_ptr<std::atomic<uint32_t>> readers_ = std::make_shared<std::atomic<uint32_t>>(0);

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Batch> waiting_;
  std::vector<uint64_t> morsel_begins_;  // by morsel: the number of its first row
  uint64_t rows_given_ = 0;
  std::optional<Error> error_;
  bool finished_ = false;
  bool stopped_ = false;
  RecursionReport report_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace headrace
