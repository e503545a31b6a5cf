#include "io/format/parquet_ahead.h"

#include <optional>

#include "io/arrow_file.h"
#include "io/parquet/chunk_range.h"

namespace headrace {
namespace {

// nullopt: the footer is wrong about the chunk, as its reader will say.
std::optional<ByteRange> range_of(const ParquetScan& scan, int group, int chunk) {
  ByteRange range;
  const Status status =
      guard_arrow("", "", [&] { return parquet_in::chunk_range(*scan.file, group, chunk).Value(&range); });
  return status.ok() ? std::optional(range) : std::nullopt;
}

struct ChunkRanges {
  std::vector<ByteRange> short_ones, long_ones;

  uint64_t bytes() const {
    uint64_t sum = 0;
    for (const auto* ranges : {&short_ones, &long_ones})
      for (const ByteRange& range : *ranges) sum += range.bytes();
    return sum;
  }
};

ChunkRanges ranges_of(const ParquetScan& scan, int group, const std::vector<int>& chunks) {
  ChunkRanges ranges;
  for (const int chunk : chunks)
    if (const auto range = range_of(scan, group, chunk))
      (range->bytes() <= FetchedFile::kRequestBytesMax ? ranges.short_ones : ranges.long_ones).push_back(*range);
  return ranges;
}

void add(const ChunkRanges& ranges, FetchedFile& file) {
  file.add(ranges.short_ones);
  for (const ByteRange& range : ranges.long_ones) file.add_front_to_back(range, /*ahead=*/1, /*behind=*/0);
}

// Late chunks with so few bytes come with the early ones: a request of their own would cost more, if some row needs them.
constexpr uint64_t kFewBytesShare = 4;  // of gap_bytes_max

}  // namespace

RowGroupBytes open_row_group_bytes(const ParquetScan& scan, int group) {
  if (!scan.file->bytes->is_remote()) return {scan.file->bytes, nullptr};
  ChunkRanges early = ranges_of(scan, group, scan.early_chunks), late = ranges_of(scan, group, scan.late_chunks);
  if (late.bytes() <= scan.file->bytes->gap_bytes_max() / kFewBytesShare) {
    early.short_ones.insert(early.short_ones.end(), late.short_ones.begin(), late.short_ones.end());
    late = {};
  }
  RowGroupBytes bytes;
  bytes.fetched = std::make_shared<FetchedFile>(scan.file->bytes, *scan.budget, scan.io_threads);
  bytes.file = bytes.fetched;
  add(early, *bytes.fetched);
  bytes.asked_bytes = bytes.fetched->fetch();
  add(late, *bytes.fetched);
  return bytes;
}

void expect_row_group(const ParquetScan& scan, int group) {
  for (const ByteRange& range : merged_ranges(ranges_of(scan, group, scan.early_chunks).short_ones,
                                              scan.file->bytes->gap_bytes_max(), FetchedFile::kRequestBytesMax))
    scan.file->bytes->will_need(range.begin, range.bytes());
}

}  // namespace headrace
