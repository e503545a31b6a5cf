#include "io/format/arrow_batches.h"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

namespace headrace {

arrow::Result<std::shared_ptr<arrow::Schema>> arrow_schema(const Schema& schema, ArrowForm form) {
  ArrowSchema exported;
  export_schema(schema, &exported, form);
  return arrow::ImportSchema(&exported);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> arrow_batch(const Schema& schema,
                                                               const std::shared_ptr<arrow::Schema>& arrow_schema,
                                                               const Batch& batch, const AllocateBytes& allocate,
                                                               std::optional<Error>& failure, ArrowForm form) {
  ArrowArray exported;
  const Status status = export_batches(schema, {&batch, 1}, allocate, &exported, form);
  if (!status.ok()) {
    failure = status.error();
    return arrow::Status::Cancelled(failure->message);
  }
  return arrow::ImportRecordBatch(&exported, arrow_schema);
}

// What the disk or the budget said goes before what Arrow made of it.
template <class Work>
Status ArrowBatchWriter::guarded(Work&& work) {
  const Status status = guard_arrow("cannot write the file", path_, std::forward<Work>(work));
  if (status.ok()) return status;
  if (failure_) return *failure_;
  if (stream_->failure()) return *stream_->failure();
  Error error = status.error();
  if (error.code == ErrorCode::kBadInput) error = {ErrorCode::kIo, error.message, error.where, ""};
  return error;
}

Status ArrowBatchWriter::open() {
  return guarded([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(arrow_schema_, arrow_schema(schema_));
    return open_writer(arrow_schema_);
  });
}

Status ArrowBatchWriter::write(const Batch& batch) {
  if (batch.rows == 0) return kDone;
  return guarded([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto record_batch, arrow_batch(schema_, arrow_schema_, batch, allocate_, failure_));
    return write_batch(*record_batch);
  });
}

Status ArrowBatchWriter::finish() {
  TRY_STATUS(guarded([&] { return close_writer(); }));
  return output_->commit();
}

}  // namespace headrace
