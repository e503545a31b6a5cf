#include "io/format/arrow_writer.h"

#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "io/format/arrow_batches.h"

namespace headrace {
namespace {

class ArrowWriter final : public ArrowBatchWriter {
 public:
  ArrowWriter(const WriteRequest& request, bool as_stream, std::unique_ptr<ByteOutput> output, MemoryBudget& budget)
      : ArrowBatchWriter(request, std::move(output), budget, "arrow writer"), as_stream_(as_stream) {}

 private:
  arrow::Status open_writer(const std::shared_ptr<arrow::Schema>& schema) override {
    arrow::ipc::IpcWriteOptions options = arrow::ipc::IpcWriteOptions::Defaults();
    options.memory_pool = pool_.get();
    options.use_threads = false;
    ARROW_ASSIGN_OR_RAISE(writer_, as_stream_ ? arrow::ipc::MakeStreamWriter(stream_, schema, options)
                                              : arrow::ipc::MakeFileWriter(stream_, schema, options));
    return arrow::Status::OK();
  }
  arrow::Status write_batch(const arrow::RecordBatch& batch) override { return writer_->WriteRecordBatch(batch); }
  arrow::Status close_writer() override { return writer_->Close(); }

  const bool as_stream_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

Result<std::unique_ptr<RowWriter>> make(const WriteRequest& request, bool as_stream, std::unique_ptr<ByteOutput> output,
                                        MemoryBudget& budget) {
  for (const auto& [name, value] : request.options)
    if (name != "format")
      return Error{ErrorCode::kInvalidPlan, fmt::format("arrow has no option '{}'", name), request.path, ""};
  auto writer = std::make_unique<ArrowWriter>(request, as_stream, std::move(output), budget);
  TRY_STATUS(writer->open());
  return std::unique_ptr<RowWriter>(std::move(writer));
}

}  // namespace

Result<std::unique_ptr<RowWriter>> make_arrow_writer(const WriteRequest& request, std::unique_ptr<ByteOutput> output,
                                                     MemoryBudget& budget) {
  return make(request, /*as_stream=*/false, std::move(output), budget);
}
Result<std::unique_ptr<RowWriter>> make_arrow_stream_writer(const WriteRequest& request,
                                                            std::unique_ptr<ByteOutput> output, MemoryBudget& budget) {
  return make(request, /*as_stream=*/true, std::move(output), budget);
}

}  // namespace headrace
