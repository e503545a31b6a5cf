// io/format/parquet_pruning.h — which rows of a Parquet file cannot pass conditions, by what it says beside its data.
//
// Conditions are held against each row group in turn: statistics, then Bloom filters, then the page index.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "io/format/parquet_group_index.h"
#include "io/pruning/pruning_tally.h"
#include "runtime/scannable.h"
#include "types/value_range.h"

namespace headrace {

// Leaves of the columns of those conditions that may leave something out, each once. `columns`: as in HeldConditions.
std::vector<int> leaves_of(std::span<const PruningCondition> conditions, std::span<const uint32_t> columns,
                           const ParquetFile& file);

// The conjuncts of a scan, each reported on by itself; their columns are places in ScanRequest::columns.
std::vector<PruningCondition> conditions_of(const ScanRequest& request);

// Conditions, the columns of the file that theirs are, and where what comes of them is counted. Views: of what the caller keeps.
struct HeldConditions {
  std::span<const PruningCondition> conditions;
  std::span<const uint32_t> columns;  // by column of the conditions
  PruningTally& tally;
};

// Whether no row of the row group passes every condition; which may. From any worker, at any time; Bloom filters and page indexes are read
// where they are needed, once for each ParquetGroupIndex. Each counts what it looks at; the caller counts what it leaves out for it.
bool excluded_by_statistics(const ParquetGroupIndex& group, const HeldConditions& held);
bool excluded_by_blooms(ParquetGroupIndex& group, const HeldConditions& held);
RowRanges rows_by_page_index(ParquetGroupIndex& group, const HeldConditions& held);

// Those that statistics do not exclude, ascending. `leaves`: what the scan reads, each once; what is saved of it is counted.
using PrunedGroups = std::vector<std::shared_ptr<ParquetGroupIndex>>;
PrunedGroups prune_row_groups(const std::shared_ptr<const ParquetFile>& file, const HeldConditions& held,
                              std::span<const int> leaves);

// The least and the greatest value of an integer or date column by the statistics of all row groups; nothing when one has
// none. Never throws.
std::optional<ValueRange> claimed_range(const ParquetFile& file, uint32_t column);

}  // namespace headrace
