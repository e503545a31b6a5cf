// io/format/parquet_pruning.h — which row groups cannot hold a row that passes, by their statistics alone.
#pragma once

#include <optional>
#include <vector>

#include "io/format/parquet_file.h"
#include "runtime/scannable.h"
#include "types/value_range.h"

namespace headrace {

struct PrunedGroups {
  std::vector<int> kept;  // ascending
  ScanReport report;
};

// Holds each conjunct that PruningCondition (io/pruning/condition.h) understands against the row groups' statistics. Never throws.
PrunedGroups prune_row_groups(const ParquetFile& file, const ScanRequest& request);

// The least and the greatest value of an integer or date column by the statistics of all row groups; nothing when one has
// none. Never throws.
std::optional<ValueRange> claimed_range(const ParquetFile& file, uint32_t column);

}  // namespace headrace
