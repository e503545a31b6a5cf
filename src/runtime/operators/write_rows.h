// runtime/operators/write_rows.h — COPY … TO: rows into files, which appear complete or not at all. Workers make the pieces
// of their morsels without a lock and encode what the writer leaves them as jobs.
//
//   out     one row: the number of rows written
//   order   the output's rows are in order of (input, morsel, sequence) when `ordered`, else as they come
//   state   pieces of morsels whose turn has not come; beyond an eighth of the budget further rows wait in spill files
//   errors  what the writer reports (kIo, kLimit, kBadInput); kUnsupported without a writer factory. Nothing appears then
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/operator.h"
#include "runtime/operators/morsel_order.h"
#include "runtime/row_writer.h"

namespace headrace {

class WriteRows final : public Sink {
 public:
  // Opens the output's temporary form.
  static Result<std::unique_ptr<Sink>> make(const struct WriteSink& spec, const Schema& input, QueryContext& context);
  ~WriteRows() override;

  std::unique_ptr<Local> local() override;
  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  Status morsel_done(uint32_t input, uint64_t morsel) override;
  Status input_done(uint32_t input) override;
  Status prepare(Local& mine) override;
  Status merge(std::unique_ptr<Local>) override { return kDone; }
  Result<std::vector<std::function<Status()>>> last_jobs() override;
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;

 private:
  struct Mine;
  // What one morsel gave before its turn: first `pieces`, then the file, then what its worker is filling.
  struct Waiting {
    std::deque<std::unique_ptr<RowPiece>> pieces;
    bool done = false;
    // Of the morsel's worker alone, until the morsel is done or what is in the file is read.
    std::unique_ptr<RowPiece> filling;
    std::unique_ptr<StateWriter> spill;
    std::string path;
    std::unique_ptr<StateReader> spilled;  // the rest of the file
  };

  WriteRows(const struct WriteSink& spec, Schema input, QueryContext& context, std::unique_ptr<RowWriter> writer);
  Status add(std::unique_ptr<RowPiece>& piece, const Batch& batch);
  Status consume_unordered(const Batch& batch, Mine& mine);
  Status spill_or_add(MorselPlace place, Waiting& waiting, const Batch& batch);
  Status seal(MorselPlace place, Waiting& waiting);
  Status advance();
  // The following require mutex_.
  Status append(std::unique_ptr<RowPiece> piece);
  Result<bool> append_some(Waiting& waiting);
  Status append_spilled(Waiting& waiting);
  Result<bool> step();

  Status run_jobs();
  Status append_rest();

  const bool ordered_;
  const Schema schema_;
  QueryContext& context_;
  const uint64_t waiting_bytes_max_;
  std::atomic<uint64_t> waiting_bytes_{0};  // of pieces that were not appended
  std::atomic<uint64_t> rows_{0};
  std::mutex mutex_;  // guards what follows while workers write; `filling` and `spill` of what waits excepted
  std::unique_ptr<RowWriter> writer_;
  std::map<MorselPlace, Waiting> waiting_;
  std::set<uint32_t> inputs_done_;
  MorselPlace turn_{0, 0};
  bool finished_ = false;

  std::mutex jobs_mutex_;  // guards jobs_; taken behind mutex_
  std::deque<WriteJob> jobs_;
};

}  // namespace headrace
