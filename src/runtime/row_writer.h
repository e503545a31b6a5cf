// runtime/row_writer.h — where result rows go: files in some format, or bytes handed to the caller. io/ implements it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "runtime/operator.h"

namespace headrace {

// Rows in the form of an output's format, before their place in it is known. Filled by one thread at a time; pieces of one
// writer may be filled at the same time. Must not outlive its writer.
class RowPiece {
 public:
  virtual ~RowPiece() = default;
  virtual Status add(
      const Batch& batch) = 0;  // with the writer's schema; kLimit. What the format cannot hold: see append()
  virtual bool full() const = 0;  // time for another one
  virtual uint64_t bytes() const = 0;  // of memory that it holds
};

// What is left to do for rows that were appended: for any thread, several at the same time, once each. kIo, kLimit.
using WriteJob = std::function<Status()>;
using WriteJobs = std::vector<WriteJob>;

// One thread at a time, but for piece() and jobs. Nothing is visible before finish() succeeded; destroying an unfinished
// writer abandons it.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual std::unique_ptr<RowPiece> piece();  // from any thread
  // Puts the piece's rows behind those of the pieces before it. kBadInput: the format cannot hold one of them.
  virtual Status append(std::unique_ptr<RowPiece> piece, WriteJobs& jobs);
  // Ends what is collected of rows before it is full (a row group), and the file too where there are several.
  virtual Status flush(bool /*end_file*/, WriteJobs& /*jobs*/) { return kDone; }
  virtual uint64_t bytes_held() const { return 0; }  // by rows that were appended and wait for more
  virtual bool has_file() const { return false; }  // rows have gone, or will by a job, to a file that is not ended
  virtual Status write(const Batch& batch) = 0;  // the same for one batch, with its jobs; kIo, kLimit, kBadInput
  virtual Status finish() = 0;  // once, after all jobs; the output is complete, on stable storage and visible
  virtual void abandon() = 0;  // leaves no trace; allowed at any time before finish() succeeded, while no job runs
};

// The batches as they came: of writers that make nothing of them yet. Full at 16,384 rows.
class BatchPiece final : public RowPiece {
 public:
  Status add(const Batch& batch) override;
  bool full() const override;
  uint64_t bytes() const override { return bytes_; }
  const std::vector<Batch>& batches() const { return batches_; }

 private:
  std::vector<Batch> batches_;
  uint64_t rows_ = 0, bytes_ = 0;
};

// A writer whose format is made in pieces: batches that are written go the way of pieces too.
class PieceWriter : public RowWriter {
 public:
  std::unique_ptr<RowPiece> piece() override = 0;
  Status append(std::unique_ptr<RowPiece> piece, WriteJobs& jobs) override = 0;
  Status write(const Batch& batch) final;
  Status finish() final;

 protected:
  virtual Status finish_pieces() = 0;  // as finish(): everything has been appended

 private:
  Status append_written();
  std::unique_ptr<RowPiece> written_;
};

struct WriteRequest {
  std::string path;
  std::string format;  // "parquet", "csv", "ndjson", "arrow"; empty: by the path's ending
  Schema schema;  // of the batches
  Options options;  // as in COPY … (…)
};

// How the runtime gets at writers without including io/: make_writer (io/format/writer.h) has this type.
using WriterFactory =
    std::function<Result<std::unique_ptr<RowWriter>>(const WriteRequest& request, World& world, MemoryBudget& budget)>;

}  // namespace headrace
