#include "io/format/parquet_group_index.h"

#include <algorithm>
#include <vector>

#include "io/arrow_file.h"
#include "io/format/parquet_bounds.h"
#include "io/parquet/chunk_stream.h"

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

void ParquetGroupIndex::load_pages(std::span<const int> leaves) {
  const std::lock_guard lock(mutex_);
  std::vector<int> wanted;
  for (const int leaf : leaves)
    if (!pages_.contains(leaf) && std::ranges::find(wanted, leaf) == wanted.end()) wanted.push_back(leaf);
  if (wanted.empty()) return;
  std::vector<FoundPageIndex> found = read_page_indexes(*file_, group_, wanted);
  for (size_t i = 0; i < wanted.size(); ++i) pages_.emplace(wanted[i], std::move(found[i]));
}

FoundPageIndex ParquetGroupIndex::pages(int leaf) {
  load_pages(std::span(&leaf, 1));
  const std::lock_guard lock(mutex_);
  return pages_.at(leaf);
}

ParquetGroupIndex::Cost ParquetGroupIndex::chunk_cost(int leaf) const {
  int64_t claimed = 0;
  const Status read = guard_arrow("", "", [&] {
    claimed = file_->metadata->RowGroup(group_)->ColumnChunk(leaf)->total_compressed_size();
    return arrow::Status::OK();
  });
  const uint64_t bytes = read.ok() ? static_cast<uint64_t>(std::max<int64_t>(claimed, 0)) : 0;
  return {bytes, parquet_in::requests_of(bytes)};
}

ParquetGroupIndex::Cost ParquetGroupIndex::cost_of(std::span<const int> leaves) const {
  Cost cost;
  for (const int leaf : leaves) {
    const Cost one = chunk_cost(leaf);
    cost.bytes += one.bytes;
    cost.requests += one.requests;
  }
  return cost;
}

}  // namespace headrace
