#include "io/format/parquet_group_index.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "io/fetched_file.h"
#include "io/format/parquet_bounds.h"
#include "io/parquet/chunk_range.h"
#include "io/parquet/chunk_stream.h"
#include "io/parquet/column_pages.h"

namespace headrace {

ParquetGroupIndex::ParquetGroupIndex(std::shared_ptr<const ParquetFile> file, int group)
    : file_(std::move(file)),
      group_(group),
      rows_(static_cast<uint64_t>(file_->metadata->RowGroup(group)->num_rows())) {}

ColumnBounds ParquetGroupIndex::bounds(uint32_t column) const {
  const std::lock_guard lock(mutex_);
  const auto known = bounds_.find(column);
  if (known != bounds_.end()) return known->second;
  const ColumnBounds nothing{rows_, {}, {}, {}};
  ColumnBounds bounds = nothing;
  const int leaf = file_->columns[column].leaf;
  try {
    if (leaf >= 0) bounds = bounds_of_chunk(*file_->metadata->RowGroup(group_), leaf, file_->schema[column].type);
  } catch (const std::exception&) {
    bounds = nothing;  // what cannot be decoded; reading the row group will say what is wrong with it
  }
  return bounds_.emplace(column, bounds).first->second;
}

const ParquetBloom& ParquetGroupIndex::bloom(uint32_t column) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<ParquetBloom>& bloom = blooms_[column];
  if (bloom == nullptr) bloom = std::make_unique<ParquetBloom>(*file_, group_, column);
  return *bloom;
}

void ParquetGroupIndex::load_pages(std::span<const int> leaves, PageBoundsRead bounds) {
  const std::lock_guard lock(mutex_);
  std::vector<int> wanted;
  for (const int leaf : leaves)
    if (!pages_.contains(leaf) && std::ranges::find(wanted, leaf) == wanted.end()) wanted.push_back(leaf);
  if (wanted.empty()) return;
  std::vector<FoundPageIndex> found = read_page_indexes(*file_, group_, wanted, bounds);
  for (size_t i = 0; i < wanted.size(); ++i) pages_.emplace(wanted[i], std::move(found[i]));
}

FoundPageIndex ParquetGroupIndex::pages(int leaf) {
  load_pages(std::span(&leaf, 1), PageBoundsRead::kYes);
  const std::lock_guard lock(mutex_);
  return pages_.at(leaf);
}

std::vector<ByteRange> ParquetGroupIndex::bytes_of(int leaf, const RowRanges& rows) {
  if (rows.empty()) return {};
  if (rows.rows() < rows_)
    if (const FoundPageIndex found = pages(leaf); found.index != nullptr)
      return parquet_in::bytes_of_rows(*found.index, rows);
  const std::optional<ByteRange> whole = parquet_in::known_chunk_range(*file_, group_, leaf);
  return whole ? std::vector{*whole} : std::vector<ByteRange>();
}

namespace {

uint64_t fetches_of(uint64_t bytes) {
  if (bytes <= FetchedFile::kRequestBytesMax) return 1;
  return (bytes + FetchedFile::kWindowBytes - 1) / FetchedFile::kWindowBytes;
}

}  // namespace

// Of a local file each stretch is read by itself; of a remote one, those that lie near each other are.
ParquetGroupIndex::Cost ParquetGroupIndex::cost_of(std::span<const int> leaves, const RowRanges& rows) {
  std::vector<ByteRange> ranges;
  for (const int leaf : leaves) std::ranges::copy(bytes_of(leaf, rows), std::back_inserter(ranges));
  const bool is_remote = file_->bytes->is_remote();
  if (is_remote)
    ranges = merged_ranges(std::move(ranges), file_->bytes->gap_bytes_max(), FetchedFile::kRequestBytesMax);
  Cost cost;
  for (const ByteRange& range : ranges) {
    cost.bytes += range.bytes();
    cost.requests += is_remote ? fetches_of(range.bytes()) : parquet_in::requests_of(range.bytes());
  }
  return cost;
}

}  // namespace headrace
