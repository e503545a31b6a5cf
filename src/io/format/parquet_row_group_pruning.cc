// Which rows of a row group are asked for at all, found out when the first worker begins to read it; of a remote file, before its bytes are asked for.
#include <algorithm>
#include <map>

#include "io/format/parquet_row_group.h"

namespace headrace {
namespace {

uint64_t less_or_none(uint64_t from, uint64_t what) { return from > what ? from - what : 0; }

}  // namespace

const RowRanges& ParquetRowGroup::rows() {
  std::call_once(rows_found_, [this] { find_rows(); });
  return passing_;
}

void ParquetRowGroup::take_all() {
  std::call_once(rows_found_, [this] { expect_all(); });
}

void ParquetRowGroup::expect_all() {
  passing_ = RowRanges::all(rows_);
  has_page_bounds_.assign(scan_->outputs.size(), false);
}

void ParquetRowGroup::find_rows() {
  expect_all();
  if (scan_->conditions.empty()) return;
  const HeldConditions held{scan_->conditions, scan_->outputs, *scan_->tally};
  if (excluded_by_blooms(*index_, held)) {
    passing_ = {};
    const ParquetGroupIndex::Cost saved = index_->cost_of(scan_->chunks);
    scan_->tally->skipped(PruningRung::kBloomFilters, 1, saved.bytes, saved.requests);
    return;
  }
  passing_ = rows_by_page_index(*index_, held);
  if (passing_.rows() < rows_)
    restrict_pages();
  else
    count_pages();
  keep_page_bounds();
}

// Of the conditions' columns, none of whose pages is left out.
void ParquetRowGroup::count_pages() {
  const std::vector<int> leaves = leaves_of(scan_->conditions, scan_->outputs, *scan_->file);
  for (const int leaf : leaves)
    if (const FoundPageIndex found = index_->pages(leaf); found.index != nullptr)
      scan_->tally->looked_at(PruningRung::kPages, found.index->pages());
}

void ParquetRowGroup::restrict_pages() {
  std::vector<int> leaves;
  for (size_t column = 0; column < scan_->columns.size(); ++column)
    append_chunks(scan_->file->columns[scan_->columns[column]], *scan_->trees[column], leaves);
  index_->load_pages(leaves, PageBoundsRead::kNo);
  auto leaf = leaves.begin();
  uint64_t skipped = 0;
  for (const Pages& pages : pages_)
    for (const auto& of_leaf : pages) skipped += restrict_leaf(*leaf++, *of_leaf);
  const ParquetGroupIndex::Cost whole = index_->cost_of(leaves), left = index_->cost_of(leaves, passing_);
  scan_->tally->skipped(PruningRung::kPages, skipped, less_or_none(whole.bytes, left.bytes),
                        less_or_none(whole.requests, left.requests));
}

uint64_t ParquetRowGroup::restrict_leaf(int leaf, parquet_in::ColumnPages& pages) {
  const std::shared_ptr<const PageIndex> index = index_->pages(leaf).index;
  pages.restrict_to(passing_, index);
  if (index == nullptr) return 0;
  scan_->tally->looked_at(PruningRung::kPages, index->pages());
  uint64_t skipped = 0;
  for (size_t page = 0; page < index->pages(); ++page)
    skipped += passing_.touches(index->first_rows[page], index->first_rows[page + 1]) ? 0 : 1;
  return skipped;
}

// Columns of conditions without a page index: their pages' headers may say what it would.
void ParquetRowGroup::keep_page_bounds() {
  if (passing_.empty()) return;
  for (const PruningCondition& condition : scan_->conditions) {
    if (!condition.unused().empty()) continue;
    for (const uint32_t output : condition.columns()) {
      const int leaf = scan_->file->columns[scan_->outputs[output]].leaf;
      if (leaf < 0) continue;
      const FoundPageIndex found = index_->pages(leaf);
      if (found.index != nullptr && !found.index->bounds.empty()) continue;
      leaf_of(output).keep_bounds();
      has_page_bounds_[output] = true;
    }
  }
}

Result<uint64_t> ParquetRowGroup::pass_over(uint64_t row, uint64_t& checked) {
  checked = rows_;
  std::map<uint32_t, parquet_in::PageBounds> found;  // by output column
  for (uint32_t output = 0; output < has_page_bounds_.size(); ++output) {
    if (!has_page_bounds_[output]) continue;
    TRY(page, leaf_of(output).bounds_at(row));
    if (!page.bounds.has_value()) continue;
    checked = std::min(checked, page.end);
    found.emplace(output, page);
  }
  if (found.empty()) return row;
  bool excluded = false;
  for (size_t i = 0; i < scan_->conditions.size(); ++i) {
    bool any = false;
    const Held held = scan_->conditions[i].hold([&](uint32_t output) {
      const auto page = found.find(output);
      if (page == found.end()) return index_->bounds(scan_->outputs[output]);
      any = true;
      return *page->second.bounds;
    });
    if (any) scan_->tally->held(i, PruningRung::kPages, held);
    excluded = excluded || held == Held::kExcluded;
  }
  for (const auto& [output, page] : found) {
    if (page.first_row != row) continue;  // counted when it began
    scan_->tally->looked_at(PruningRung::kPages);
    if (excluded && page.end == checked) scan_->tally->skipped(PruningRung::kPages, 1, 0, 0);
  }
  return excluded ? checked : row;
}

}  // namespace headrace
