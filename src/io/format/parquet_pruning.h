// io/format/parquet_pruning.h — which row groups cannot hold a row that passes, by their statistics alone.
#pragma once

#include <vector>

#include "io/format/parquet_file.h"
#include "runtime/scannable.h"

namespace headrace {

struct PrunedGroups {
  std::vector<int> kept;  // ascending
  ScanReport report;
};

// Understands AND of: column = < <= > >= literal (either way round), column IS [NOT] NULL. Sound for nulls (a comparison
// with null drops the row) and NaN (it sorts above every number, and statistics leave it out). Never throws.
PrunedGroups prune_row_groups(const ParquetFile& file, const ScanRequest& request);

}  // namespace headrace
