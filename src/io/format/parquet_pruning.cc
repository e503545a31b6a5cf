#include "io/format/parquet_pruning.h"

#include <algorithm>
#include <map>
#include <set>

#include "expr/fold.h"
#include "io/format/parquet_bounds.h"

namespace headrace {

std::vector<PruningCondition> conditions_of(const ScanRequest& request) {
  std::vector<PruningCondition> conditions;
  for (const ExprPtr& predicate : request.pruning)
    for (const ExprPtr& conjunct : conjuncts_of(predicate)) conditions.emplace_back(conjunct);
  return conditions;
}

std::vector<int> leaves_of(std::span<const PruningCondition> conditions, std::span<const uint32_t> columns,
                           const ParquetFile& file) {
  std::vector<int> leaves;
  for (const PruningCondition& condition : conditions) {
    if (!condition.unused().empty()) continue;
    for (const uint32_t column : condition.columns())
      if (const int leaf = file.columns[columns[column]].leaf; leaf >= 0) leaves.push_back(leaf);
  }
  std::ranges::sort(leaves);
  leaves.erase(std::ranges::unique(leaves).begin(), leaves.end());
  return leaves;
}

bool excluded_by_statistics(const ParquetGroupIndex& group, const HeldConditions& held) {
  constexpr PruningRung kRung = PruningRung::kRowGroups;
  held.tally.looked_at(kRung);
  bool excluded = group.rows() == 0;
  for (size_t i = 0; i < held.conditions.size(); ++i) {
    const Held one = held.conditions[i].hold([&](uint32_t column) { return group.bounds(held.columns[column]); });
    held.tally.held(i, kRung, one, "the file has no statistics for this column");
    excluded = excluded || one == Held::kExcluded;
  }
  return excluded;
}

bool excluded_by_blooms(ParquetGroupIndex& group, const HeldConditions& held) {
  constexpr PruningRung kRung = PruningRung::kBloomFilters;
  bool excluded = false, any = false;
  for (size_t i = 0; i < held.conditions.size() && !excluded; ++i) {
    bool asked = false;
    std::string silent;
    const Held one = held.conditions[i].hold_values([&](uint32_t column, const Value& value) {
      asked = true;
      if (group.file().columns[held.columns[column]].leaf < 0) return Held::kSilent;
      const ParquetBloom& bloom = group.bloom(held.columns[column]);
      if (silent.empty()) silent = bloom.unused();
      any = any || bloom.unused().empty();
      return bloom.holds(value);
    });
    if (asked) held.tally.held(i, kRung, one, silent);
    excluded = one == Held::kExcluded;
  }
  if (any) held.tally.looked_at(kRung);
  return excluded;
}

namespace {

// What the page index says of the columns of some conditions; nullptr: it says nothing of that column.
class IndexedColumns {
 public:
  IndexedColumns(ParquetGroupIndex& group, const HeldConditions& held) : group_(group), held_(held) {
    const std::vector<int> leaves = leaves_of(held.conditions, held.columns, group.file());
    group.load_pages(leaves, PageBoundsRead::kYes);
    for (const int leaf : leaves) indexes_.emplace(leaf, group.pages(leaf));
  }

  // Rows between two of them that follow one another lie in one page of each column.
  std::set<uint64_t> borders() const {
    std::set<uint64_t> borders = {0, group_.rows()};
    for (const auto& [leaf, found] : indexes_)
      if (found.index != nullptr && !found.index->bounds.empty())
        borders.insert(found.index->first_rows.begin(), found.index->first_rows.end());
    return borders;
  }

  // `silent` is told where the index says nothing.
  ColumnBounds bounds_at(uint32_t column, uint64_t row, std::string& silent) const {
    const auto found = indexes_.find(leaf_of(column));
    if (found != indexes_.end() && found->second.index != nullptr && !found->second.index->bounds.empty())
      return found->second.index->bounds[found->second.index->page_of(row)];
    silent = found == indexes_.end() ? "the column is nested" : found->second.why;
    return group_.bounds(held_.columns[column]);
  }

 private:
  int leaf_of(uint32_t column) const { return group_.file().columns[held_.columns[column]].leaf; }

  ParquetGroupIndex& group_;
  const HeldConditions& held_;
  std::map<int, FoundPageIndex> indexes_;  // by leaf
};

}  // namespace

RowRanges rows_by_page_index(ParquetGroupIndex& group, const HeldConditions& held) {
  const IndexedColumns indexed(group, held);
  const std::set<uint64_t> borders = indexed.borders();
  RowRanges rows;
  for (auto begin = borders.begin(), end = std::next(begin); end != borders.end(); ++begin, ++end) {
    bool excluded = false;
    for (size_t i = 0; i < held.conditions.size(); ++i) {
      const PruningCondition& condition = held.conditions[i];
      if (!condition.unused().empty()) continue;
      std::string silent;
      const Held one = condition.hold([&](uint32_t column) { return indexed.bounds_at(column, *begin, silent); });
      held.tally.held(i, PruningRung::kPages, silent.empty() ? one : Held::kSilent, silent);
      excluded = excluded || one == Held::kExcluded;
    }
    if (!excluded) rows.add(*begin, *end);
  }
  return rows;
}

PrunedGroups prune_row_groups(const std::shared_ptr<const ParquetFile>& file, const HeldConditions& held,
                              std::span<const int> leaves) {
  PrunedGroups kept;
  const int groups = file->metadata->num_row_groups();
  for (int group = 0; group < groups; ++group) {
    const auto index = std::make_shared<ParquetGroupIndex>(file, group);
    if (!excluded_by_statistics(*index, held)) {
      kept.push_back(index);
      continue;
    }
    const ParquetGroupIndex::Cost saved = index->cost_of(leaves);
    held.tally.skipped(PruningRung::kRowGroups, 1, saved.bytes, saved.requests);
  }
  return kept;
}

namespace {

std::optional<int64_t> integer_bound(const std::optional<Value>& bound) {
  if (!bound) return std::nullopt;
  if (const auto* narrow = std::get_if<int32_t>(&bound->data)) return *narrow;
  if (const auto* wide = std::get_if<int64_t>(&bound->data)) return *wide;
  return std::nullopt;
}

std::optional<ValueRange> range_of_groups(const ParquetFile& file, uint32_t column) {
  const Type type = file.schema[column].type;
  const int leaf = file.columns[column].leaf;
  if (leaf < 0 || (type != kInt32 && type != kInt64 && type != kDate)) return std::nullopt;
  std::optional<ValueRange> range;
  for (int group = 0; group < file.metadata->num_row_groups(); ++group) {
    const auto metadata = file.metadata->RowGroup(group);
    const ColumnBounds bounds = bounds_of_chunk(*metadata, leaf, type);
    if (bounds.rows == 0 || bounds.nulls == bounds.rows) continue;
    const std::optional<int64_t> low = integer_bound(bounds.low), high = integer_bound(bounds.high);
    if (!low || !high || *low > *high) return std::nullopt;
    if (!range) range = ValueRange{*low, *high};
    range = ValueRange{std::min(range->low, *low), std::max(range->high, *high)};
  }
  return range;
}

}  // namespace

std::optional<ValueRange> claimed_range(const ParquetFile& file, uint32_t column) {
  try {
    return range_of_groups(file, column);
  } catch (const std::exception&) {
    return std::nullopt;  // statistics that cannot be decoded say nothing
  }
}

}  // namespace headrace
