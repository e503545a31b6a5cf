#include "io/format/parquet_ahead.h"

#include <optional>

#include "io/arrow_file.h"
#include "io/parquet/chunk_range.h"

namespace headrace {
namespace {

struct ChunkRanges {
  std::vector<ByteRange> short_ones, long_ones;

  uint64_t bytes() const {
    uint64_t sum = 0;
    for (const auto* ranges : {&short_ones, &long_ones})
      for (const ByteRange& range : *ranges) sum += range.bytes();
    return sum;
  }
};

void add(const ChunkRanges& ranges, FetchedFile& file) {
  file.add(ranges.short_ones);
  for (const ByteRange& range : ranges.long_ones) file.add_front_to_back(range, /*ahead=*/1, /*behind=*/0);
}

ChunkRanges ranges_of(ParquetRowGroup& rows, const std::vector<int>& chunks) {
  ChunkRanges ranges;
  for (const int chunk : chunks)
    for (const ByteRange& range : rows.bytes_of(chunk))
      (range.bytes() <= FetchedFile::kRequestBytesMax ? ranges.short_ones : ranges.long_ones).push_back(range);
  return ranges;
}

// Late chunks with so few bytes come with the early ones: a request of their own would cost more, if some row needs them.
constexpr uint64_t kFewBytesShare = 4;  // of gap_bytes_max

class IndexPlaces {
 public:
  IndexPlaces(const ParquetFile& file, int group)
      : group_(file.metadata->RowGroup(group)), bytes_(file.bytes->size_bytes()) {}

  // Whether there are bounds of pages.
  bool add_bounds(int leaf) {
    const auto place = group_->ColumnChunk(leaf)->GetColumnIndexLocation();
    if (place) add(place->offset, place->length);
    return place.has_value();
  }
  void add_offsets(int leaf) {
    if (const auto place = group_->ColumnChunk(leaf)->GetOffsetIndexLocation()) add(place->offset, place->length);
  }
  void add_bloom(int leaf) {
    const auto chunk = group_->ColumnChunk(leaf);
    if (chunk->bloom_filter_offset() && chunk->bloom_filter_length())
      add(*chunk->bloom_filter_offset(), *chunk->bloom_filter_length());
  }
  std::vector<ByteRange> take() { return std::move(ranges_); }

 private:
  void add(int64_t offset, int64_t length) {
    if (offset < 0 || length <= 0) return;
    const auto begin = static_cast<uint64_t>(offset), bytes = static_cast<uint64_t>(length);
    if (begin < bytes_ && bytes <= bytes_ - begin) ranges_.push_back({begin, begin + bytes});
  }

  const std::unique_ptr<parquet::RowGroupMetaData> group_;
  const uint64_t bytes_;
  std::vector<ByteRange> ranges_;
};

}  // namespace

RowGroupBytes row_group_bytes(const ParquetScan& scan) {
  if (!scan.file->bytes->is_remote()) return {scan.file->bytes, nullptr};
  auto fetched = std::make_shared<FetchedFile>(scan.file->bytes, *scan.budget, scan.io_threads);
  return {fetched, fetched};
}

void ask_for_rows(const ParquetScan& scan, ParquetRowGroup& rows, RowGroupBytes& bytes) {
  ChunkRanges early = ranges_of(rows, scan.early_chunks), late = ranges_of(rows, scan.late_chunks);
  if (late.bytes() <= scan.file->bytes->gap_bytes_max() / kFewBytesShare) {
    early.short_ones.insert(early.short_ones.end(), late.short_ones.begin(), late.short_ones.end());
    late = {};
  }
  add(early, *bytes.fetched);
  bytes.asked_bytes = bytes.fetched->fetch();
  add(late, *bytes.fetched);
}

void expect_row_group(const ParquetScan& scan, int group) {
  std::vector<ByteRange> ranges;
  for (const int chunk : scan.early_chunks)
    if (const auto range = parquet_in::known_chunk_range(*scan.file, group, chunk);
        range && range->bytes() <= FetchedFile::kRequestBytesMax)
      ranges.push_back(*range);
  for (const ByteRange& range :
       merged_ranges(std::move(ranges), scan.file->bytes->gap_bytes_max(), FetchedFile::kRequestBytesMax))
    scan.file->bytes->will_need(range.begin, range.bytes());
}

std::vector<ByteRange> index_ranges(const ParquetScan& scan, int group) {
  std::vector<ByteRange> ranges;
  const auto leaf_of = [&](uint32_t output) { return scan.file->columns[scan.outputs[output]].leaf; };
  const Status found = guard_arrow("", "", [&] {
    IndexPlaces places(*scan.file, group);
    bool any_bounds = false;
    for (const PruningCondition& condition : scan.conditions) {
      if (!condition.unused().empty()) continue;
      for (const uint32_t output : condition.columns())
        if (const int leaf = leaf_of(output); leaf >= 0) {
          places.add_offsets(leaf);
          any_bounds |= places.add_bounds(leaf);
        }
      condition.hold_values([&](uint32_t output, const Value&) {
        if (const int leaf = leaf_of(output); leaf >= 0) places.add_bloom(leaf);
        return Held::kOverlaps;
      });
    }
    for (const int chunk : scan.chunks)
      if (any_bounds) places.add_offsets(chunk);
    ranges = places.take();
    return arrow::Status::OK();
  });
  return found.ok() ? ranges : std::vector<ByteRange>();  // what cannot be decoded; who reads the row group will say so
}

}  // namespace headrace
