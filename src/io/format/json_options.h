// io/format/json_options.h — how a JSON file is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/format/csv_dialect.h"
#include "io/format/json_blocks.h"
#include "io/format/json_shape.h"
#include "plan/plan.h"

namespace headrace {

struct JsonOptions {
  JsonFormat format = JsonFormat::kAuto;
  std::optional<bool> records;  // records are objects, whose keys are columns; nothing: when they are
  std::vector<std::pair<std::string, JsonShape>> columns;  // their types are not guessed
  bool all_columns = false;  // the file has no others: nothing is guessed
  std::string compression = "auto";  // none, gzip, zstd; auto: as the file's name ends
  uint64_t record_bytes_max = uint64_t{16} << 20;
  uint64_t sample_records = 20'480;  // that types are guessed from; UINT64_MAX: all
  bool sample_given = false;
  uint32_t depth_max = 32;           // of guessed types
  double field_appearance = 0.1;     // JsonTypeGuess
  uint64_t map_keys = 200;
  CsvDialect formats;  // of dates and timestamps alone
};

// format (auto, newline_delimited | nd, array, unstructured), columns | schema ({'a': 'int64'}), types | dtypes, records (auto, true, false),
// compression, maximum_object_size, sample_size, maximum_depth, field_appearance_threshold, map_inference_threshold, dateformat,
// timestampformat, auto_detect. kInvalidPlan names the option, what was expected and what was found.
Result<JsonOptions> parse_json_options(const Options& options);

}  // namespace headrace
