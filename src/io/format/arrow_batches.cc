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
                                                               std::span<const Batch> batches,
                                                               const AllocateBytes& allocate,
                                                               std::optional<Error>& failure, ArrowForm form) {
  ArrowArray exported;
  const Status status = export_batches(schema, batches, allocate, &exported, form);
  if (!status.ok()) {
    failure = status.error();
    return arrow::Status::Cancelled(failure->message);
  }
  return arrow::ImportRecordBatch(&exported, arrow_schema);
}

}  // namespace headrace
