// runtime/operators/write_rows.h — COPY … TO: rows into one file, which appears complete or not at all.
//
//   out     one row: the number of rows written
//   order   the file's rows are in order of (input, morsel, sequence) when `ordered`, else as they come
//   state   batches of morsels whose turn has not come; beyond an eighth of the budget they wait in spill files
//   errors  what the writer reports (kIo, kLimit); kUnsupported without a writer factory. The file then never appears
#pragma once

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
  // Opens the file's temporary form.
  static Result<std::unique_ptr<Sink>> make(const struct WriteSink& spec, const Schema& input, QueryContext& context);
  ~WriteRows() override;

  std::unique_ptr<Local> local() override { return std::make_unique<Local>(); }
  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  Status morsel_done(uint32_t input, uint64_t morsel) override;
  Status input_done(uint32_t input) override;
  Status merge(std::unique_ptr<Local>) override { return kDone; }
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;

 private:
  // What one morsel gave before its turn: first `batches`, then the file.
  struct Waiting {
    std::vector<Batch> batches;
    std::unique_ptr<StateWriter> spill;
    std::string path;
    bool done = false;
  };

  WriteRows(const struct WriteSink& spec, Schema input, QueryContext& context, std::unique_ptr<RowWriter> writer);
  Status write(const Batch& batch);
  Status hold_back(Waiting& waiting, const Batch& batch);
  Status write_waiting(Waiting& waiting);
  Status advance();

  const bool ordered_;
  const Schema schema_;
  QueryContext& context_;
  const uint64_t waiting_bytes_max_;
  std::mutex mutex_;  // guards everything below while workers write
  std::unique_ptr<RowWriter> writer_;
  std::map<MorselPlace, Waiting> waiting_;
  std::set<uint32_t> inputs_done_;
  MorselPlace turn_{0, 0};
  uint64_t waiting_bytes_ = 0;
  uint64_t rows_ = 0;
  bool finished_ = false;
};

}  // namespace headrace
