#include "io/format/arrow_writer.h"

#include <algorithm>

#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/check.h"
#include "io/arrow_file.h"
#include "io/arrow_memory.h"
#include "io/format/arrow_batches.h"
#include "io/in_order.h"
#include "types/chunk.h"

namespace headrace {
namespace {

constexpr uint64_t kRecordBatchRows = 65'536;
constexpr const char* kConsumer = "arrow writer";

// Jobs copy rows into record batches, which the file takes in order.
class ArrowWriter final : public PieceWriter {
 public:
  ArrowWriter(const WriteRequest& request, bool as_stream, OutputFiles files, MemoryBudget& budget)
      : schema_(request.schema),
        path_(request.path),
        as_stream_(as_stream),
        files_(std::move(files)),
        pool_(std::make_shared<BudgetMemoryPool>(budget, kConsumer)),
        allocate_(budget_allocator(budget, kConsumer)) {}
  ~ArrowWriter() override { ArrowWriter::abandon(); }

  Status open() {
    return guard_arrow("cannot write the file", path_, [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(arrow_schema_, arrow_schema(schema_));
      return arrow::Status::OK();
    });
  }

  std::unique_ptr<RowPiece> piece() override { return std::make_unique<BatchPiece>(); }

  // Record batches end after exactly kRecordBatchRows rows, wherever batches end.
  Status append(std::unique_ptr<RowPiece> piece, WriteJobs& jobs) override {
    for (const Batch& batch : static_cast<const BatchPiece&>(*piece).batches()) {
      for (uint32_t from = 0; from < batch.rows;) {
        const auto rows = static_cast<uint32_t>(std::min<uint64_t>(batch.rows - from, kRecordBatchRows - rows_));
        Batch part;
        part.rows = rows;
        for (const Vector& column : batch.columns) part.columns.push_back(slice(column, from));
        collected_.push_back(std::move(part));
        rows_ += rows;
        from += rows;
        if (rows_ == kRecordBatchRows) TRY_STATUS(flush(false, jobs));
      }
    }
    bytes_ += piece->bytes();
    return kDone;
  }
  Status flush(bool ends_file, WriteJobs& jobs) override {
    if (rows_ == 0 && !ends_file) return kDone;
    auto batches = std::make_shared<const std::vector<Batch>>(std::move(collected_));
    collected_.clear();
    rows_ = bytes_ = 0;
    has_file_ = !ends_file;
    jobs.push_back([this, batches, ends_file, number = numbers_++]() mutable -> Status {
      Exported exported{nullptr, ends_file};
      TRY_STATUS(export_rows(*batches, exported.rows));
      batches.reset();
      return exported_.put(number, std::move(exported), [&](const Exported& next) { return write_exported(next); });
    });
    return kDone;
  }
  uint64_t bytes_held() const override { return bytes_; }
  bool has_file() const override { return has_file_; }
  void abandon() override {
    if (output_ != nullptr) output_->abandon();
  }

 private:
  struct Exported {
    std::shared_ptr<arrow::RecordBatch> rows;  // nullptr: none
    bool ends_file;
  };

  Status export_rows(std::span<const Batch> batches, std::shared_ptr<arrow::RecordBatch>& out) const {
    if (batches.empty()) return kDone;
    std::optional<Error> failure;
    const Status status = guard_arrow("cannot write the file", path_, [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(out, arrow_batch(schema_, arrow_schema_, batches, allocate_, failure));
      return arrow::Status::OK();
    });
    return failure ? Status(*failure) : status;
  }
  // What the disk said goes before what Arrow made of it.
  template <class Work>
  Status guarded(Work&& work) {
    return guard_writing(path_, stream_.get(), [&] { return from_writing(std::forward<Work>(work)(), path_); });
  }

  Status write_exported(const Exported& next) {
    if (next.rows != nullptr) {
      if (writer_ == nullptr) TRY_STATUS(open_file());
      TRY_STATUS(guarded([&] { return writer_->WriteRecordBatch(*next.rows); }));
    }
    if (writer_ == nullptr) return kDone;
    const auto bytes = static_cast<uint64_t>(stream_->Tell().ValueOr(0));
    return next.ends_file || bytes >= files_.file_bytes_max ? close_file() : kDone;
  }
  Status open_file() {
    TRY(output, files_.next());
    any_file_ = true;
    output_ = std::move(output);
    stream_ = std::make_shared<WorldOutputStream>(*output_);
    return guarded([&]() -> arrow::Status {
      arrow::ipc::IpcWriteOptions options = arrow::ipc::IpcWriteOptions::Defaults();
      options.memory_pool = pool_.get();
      options.use_threads = false;
      ARROW_ASSIGN_OR_RAISE(writer_, as_stream_ ? arrow::ipc::MakeStreamWriter(stream_, arrow_schema_, options)
                                                : arrow::ipc::MakeFileWriter(stream_, arrow_schema_, options));
      return arrow::Status::OK();
    });
  }
  Status close_file() {
    TRY_STATUS(guarded([&] { return writer_->Close(); }));
    writer_.reset();
    TRY_STATUS(output_->commit());
    output_.reset();
    return kDone;
  }
  Status finish_pieces() override {
    WriteJobs jobs;
    TRY_STATUS(flush(false, jobs));
    for (const WriteJob& job : jobs) TRY_STATUS(job());
    CHECK(exported_.empty());
    if (!any_file_) TRY_STATUS(open_file());
    return writer_ == nullptr ? kDone : close_file();
  }

  const Schema schema_;
  const std::string path_;
  const bool as_stream_;
  const OutputFiles files_;
  const std::shared_ptr<BudgetMemoryPool> pool_;
  const AllocateBytes allocate_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::vector<Batch> collected_;
  uint64_t rows_ = 0, bytes_ = 0, numbers_ = 0;
  bool has_file_ = false;

  InOrder<Exported> exported_;
  // Used by one thread at a time: what takes record batches in order, then what ends the output.
  bool any_file_ = false;
  std::unique_ptr<ByteOutput> output_;
  std::shared_ptr<WorldOutputStream> stream_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

Result<std::unique_ptr<RowWriter>> make(const WriteRequest& request, bool as_stream, OutputFiles files,
                                        MemoryBudget& budget) {
  for (const auto& [name, value] : request.options)
    if (name != "format")
      return Error{ErrorCode::kInvalidPlan, fmt::format("arrow has no option '{}'", name), request.path, ""};
  auto writer = std::make_unique<ArrowWriter>(request, as_stream, std::move(files), budget);
  TRY_STATUS(writer->open());
  return std::unique_ptr<RowWriter>(std::move(writer));
}

}  // namespace

Result<std::unique_ptr<RowWriter>> make_arrow_writer(const WriteRequest& request, OutputFiles files,
                                                     MemoryBudget& budget) {
  return make(request, /*as_stream=*/false, std::move(files), budget);
}
Result<std::unique_ptr<RowWriter>> make_arrow_stream_writer(const WriteRequest& request, OutputFiles files,
                                                            MemoryBudget& budget) {
  return make(request, /*as_stream=*/true, std::move(files), budget);
}

}  // namespace headrace
