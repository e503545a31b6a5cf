// io/format/arrow_batches.h — our batches as Arrow record batches, for the writers that Arrow brings.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include "base/error.h"
#include "types/arrow_c.h"

namespace headrace {

arrow::Result<std::shared_ptr<arrow::Schema>> arrow_schema(const Schema& schema, ArrowForm form = ArrowForm::kPublic);

// The rows of all batches. Shares fixed-width values with a single one. A failure of ours (the memory limit) is left in `failure`, since a Status of
// Arrow's carries only text.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> arrow_batch(
    const Schema& schema, const std::shared_ptr<arrow::Schema>& arrow_schema, std::span<const Batch> batches,
    const AllocateBytes& allocate, std::optional<Error>& failure, ArrowForm form = ArrowForm::kPublic);

}  // namespace headrace
