// io/format/json_file.h — one JSON file whose columns are known.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/world.h"
#include "io/format/json_blocks.h"
#include "io/format/json_options.h"
#include "io/format/json_shape.h"
#include "state/budget.h"
#include "types/schema.h"

namespace headrace {

struct JsonFile {
  std::string path;
  std::shared_ptr<ReadableFile> stored;  // as it lies on the disk
  std::string compression;               // gzip, zstd, bzip2, xz; empty: none
  bool is_pipe = false;                  // `stored` is a replayed file
  JsonOptions options;
  JsonCut cut;
  bool whole = false;  // records are not taken apart: there is one column, which holds each
  Schema schema;
  std::vector<std::string> keys;   // of the columns
  std::vector<JsonShape> shapes;   // of the columns
  std::optional<uint64_t> rows;    // known when the sample was the whole file
  // Its text is there only from the first byte on.
  bool is_front_to_back() const { return !compression.empty() || is_pipe; }
};

// `like`: columns of the same keys are read as in that file, whether this one has them or not; nullptr: all are guessed.
Result<std::shared_ptr<const JsonFile>> open_json_file(World& world, MemoryBudget& budget, const std::string& path,
                                                       const JsonOptions& options, uint64_t block_bytes,
                                                       const JsonFile* like);

// The text once more, for a scan of its own: what is compressed is read front to back.
std::shared_ptr<ReadableFile> text_of_file(const JsonFile& file, MemoryBudget& budget);

// How the records of a text lie that a file begins with; `whole`: that is all of it. kAuto: it is blank.
Result<JsonFormat> guess_json_format(std::string_view text, bool whole, MemoryBudget& budget);

}  // namespace headrace
