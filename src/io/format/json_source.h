// io/format/json_source.h — NDJSON and JSON files as tables.
#pragma once

#include <string>

#include "base/world.h"
#include "plan/plan.h"
#include "runtime/scannable.h"

namespace headrace {

inline constexpr uint64_t kJsonBlockBytes = uint64_t{1} << 20;

// Columns are the keys of the records, their types guessed from the first records (JsonTypeGuess) or declared; a key that a record does not
// have is null, one that the sample did not have is not read. A record that is null is a row of nulls. Records that are no objects, or have no
// keys in common, make one column, `json`.
// A morsel is a block of about `block_bytes` that ends with a record. Lines of a file that is not compressed are cut without reading them, else
// blocks are cut one after the other by whoever claims them.
//   errors   kIo: missing, no permission, directory. kBadInput: text that is no JSON, as file:line:column, whatever columns are read; a value that is none
//            of its column's type, as file:line, in columns that are checked. kInvalidPlan: options.
// `like`: a table of this function, whose keys are read as in it.
Result<std::shared_ptr<const ScannableTable>> open_json(World& world, MemoryBudget& budget, const std::string& path,
                                                        const Options& options, const ScannableTable* like = nullptr,
                                                        uint64_t block_bytes = kJsonBlockBytes);

}  // namespace headrace
