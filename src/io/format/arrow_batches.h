// io/format/arrow_batches.h — our batches as Arrow record batches, for the writers that Arrow brings.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "io/arrow_file.h"
#include "io/arrow_memory.h"
#include "runtime/row_writer.h"

namespace headrace {

arrow::Result<std::shared_ptr<arrow::Schema>> arrow_schema(const Schema& schema, ArrowForm form = ArrowForm::kPublic);

// Shares fixed-width values with the batch. A failure of ours (the memory limit) is left in `failure`, since a Status of
// Arrow's carries only text.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> arrow_batch(const Schema& schema,
                                                               const std::shared_ptr<arrow::Schema>& arrow_schema,
                                                               const Batch& batch, const AllocateBytes& allocate,
                                                               std::optional<Error>& failure,
                                                               ArrowForm form = ArrowForm::kPublic);

// What Arrow's writers need around them: the output, its errors, and the two steps that differ.
class ArrowBatchWriter : public RowWriter {
 public:
  ArrowBatchWriter(const WriteRequest& request, std::unique_ptr<ByteOutput> output, MemoryBudget& budget,
                   const char* consumer)
      : schema_(request.schema),
        path_(request.path),
        pool_(std::make_shared<BudgetMemoryPool>(budget, consumer)),
        allocate_(budget_allocator(budget, consumer)),
        output_(std::move(output)),
        stream_(std::make_shared<WorldOutputStream>(*output_)) {}

  Status open();
  Status write(const Batch& batch) final;
  Status finish() final;
  void abandon() final { output_->abandon(); }

 protected:
  virtual arrow::Status open_writer(const std::shared_ptr<arrow::Schema>& schema) = 0;
  virtual arrow::Status write_batch(const arrow::RecordBatch& batch) = 0;
  virtual arrow::Status close_writer() = 0;

  const Schema schema_;
  const std::string path_;
  const std::shared_ptr<BudgetMemoryPool> pool_;
  const AllocateBytes allocate_;
  const std::unique_ptr<ByteOutput> output_;
  const std::shared_ptr<WorldOutputStream> stream_;

 private:
  template <class Work>
  Status guarded(Work&& work);
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::optional<Error> failure_;
};

}  // namespace headrace
