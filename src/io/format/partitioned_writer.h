// io/format/partitioned_writer.h — rows into several files below a directory: one or more for each partition, or one after
// the other of a bounded size.
#pragma once

#include <memory>
#include <optional>

#include "io/format/write_options.h"
#include "io/format/writer.h"
#include "io/output_group.h"

namespace headrace {

// What COPY says of a directory of files.
struct DirectoryOptions {
  std::vector<std::string> partition_by;
  bool writes_partition_columns = false;
  OutputMode mode = OutputMode::kNew;
  std::string pattern;  // of files' names; {i} counts them, {uuid} is of no other file
  std::string extension;  // without its dot; empty: the format's
  uint64_t file_bytes_max = ~uint64_t{0};
  uint64_t open_files_max = 100;
};

// The options that are for the output as a whole are taken out of `options`. Nothing: it is one file. kInvalidPlan.
Result<std::optional<DirectoryOptions>> take_directory_options(Options& options);

// The columns that the files have. kInvalidPlan, kUnsupported: as make_directory_writer.
Result<Schema> schema_of_partitions(const Schema& schema, const DirectoryOptions& options);

// `group`: what shows the files; nullptr: the writer does when it finishes. kInvalidPlan: a column of PARTITION_BY is not written, or all are; kUnsupported: its type. kIo: as OutputSet::make.
Result<std::unique_ptr<RowWriter>> make_directory_writer(const WriteRequest& request, const WriteFormat& format,
                                                         DirectoryOptions options, OutputGroup* group, World& world,
                                                         MemoryBudget& budget);

}  // namespace headrace
