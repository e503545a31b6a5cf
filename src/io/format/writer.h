// io/format/writer.h — every output format. Adding one is one file and one line in writer.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/byte_output.h"
#include "io/output_files.h"
#include "io/output_group.h"
#include "runtime/row_writer.h"

namespace headrace {

struct WriteFormat {
  std::string_view name;                      // as in FORMAT
  std::span<const std::string_view> endings;  // ".csv"
  // kInvalidPlan for an option that the format does not have.
  Result<std::unique_ptr<RowWriter>> (*make)(const WriteRequest& request, OutputFiles files, MemoryBudget& budget);
};

std::span<const WriteFormat> write_formats();

// To the file request.path, which appears when finish() has succeeded; a second column of a name becomes name_1. kUnsupported: the format is not written; kIo: the
// directory is missing, not writable or full. The budget must outlive the writer.
Result<std::unique_ptr<RowWriter>> make_writer(const WriteRequest& request, World& world, MemoryBudget& budget);

// The same, shown by the group instead.
Result<std::unique_ptr<RowWriter>> make_writer_in(OutputGroup& group, const WriteRequest& request, World& world,
                                                  MemoryBudget& budget);

// What a writer would say of its request before any row comes: of its format and options. Touches no file.
Status check_writer(const WriteRequest& request, MemoryBudget& budget);

// The same bytes to `output` as they come; request.path is not used, request.format must be given.
Result<std::unique_ptr<RowWriter>> make_stream_writer(const WriteRequest& request, Output output, MemoryBudget& budget);

}  // namespace headrace
