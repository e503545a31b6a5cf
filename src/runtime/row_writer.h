// runtime/row_writer.h — where result rows go: a file in some format, or bytes handed to the caller. io/ implements it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "plan/plan.h"
#include "runtime/operator.h"

namespace headrace {

// One thread at a time. Nothing is visible before finish() succeeded; destroying an unfinished writer abandons it.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual Status write(const Batch& batch) = 0;  // with the writer's schema, in output order; kIo, kLimit
  virtual Status finish() = 0;  // once; the output is complete, on stable storage and visible
  virtual void abandon() = 0;  // leaves no trace; allowed at any time before finish() succeeded
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
