#include "io/format/parquet_ahead.h"

#include <algorithm>
#include <atomic>
#include <span>

#include "base/cancel.h"
#include "io/arrow_file.h"
#include "io/format/index_bytes.h"
#include "io/parquet/chunk_range.h"
#include "runtime/scheduler/io_threads.h"

namespace headrace {
namespace {

struct ChunkRanges {
  std::vector<ByteRange> short_ones, long_ones;

  uint64_t bytes() const { return bytes_of(short_ones) + bytes_of(long_ones); }
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

// Where the file says more of a row group than its footer, as far as the scan's conditions may ask for it: page indexes, Bloom filters.
// Throws what Arrow's metadata does.
std::vector<ByteRange> find_index_ranges(const ParquetScan& scan, int group) {
  std::vector<ByteRange> ranges;
  const auto add = [&](const auto& place) {
    if (!place) return;
    if (const auto range = range_inside(place->offset, place->length, scan.file->bytes->size_bytes()))
      ranges.push_back(*range);
  };
  const auto chunks = scan.file->metadata->RowGroup(group);
  bool any_bounds = false;
  for (const int leaf : leaves_of(scan.conditions, scan.outputs, *scan.file)) {
    const auto bounds = chunks->ColumnChunk(leaf)->GetColumnIndexLocation();
    any_bounds |= bounds.has_value();
    add(bounds);
    add(chunks->ColumnChunk(leaf)->GetOffsetIndexLocation());
  }
  if (any_bounds)
    for (const int chunk : scan.chunks) add(chunks->ColumnChunk(chunk)->GetOffsetIndexLocation());
  for (const PruningCondition& condition : scan.conditions)
    condition.hold_values([&](uint32_t output, const Value&) {
      if (const auto range = bloom_range(*scan.file, group, scan.outputs[output])) ranges.push_back(*range);
      return Held::kOverlaps;
    });
  return ranges;
}

}  // namespace

// What is found out while readers wait.
struct ArrivingRowGroup::Shared {
  CancelToken abandoned = {};
  std::atomic<bool> is_asked{false};  // for all that is known to be needed
  std::atomic<uint64_t> asked_bytes{0};
};

namespace {

std::shared_ptr<FetchedFile> file_of_row_group(const ParquetScan& scan) {
  if (!scan.file->bytes->is_remote()) return nullptr;
  return std::make_shared<FetchedFile>(scan.file->bytes, *scan.budget, scan.io_threads);
}

// Of early chunks; of a long one, its first window.
uint64_t ask_for(const ParquetScan& scan, ParquetRowGroup& rows, FetchedFile& file) {
  ChunkRanges early = ranges_of(rows, scan.early_chunks), late = ranges_of(rows, scan.late_chunks);
  if (late.bytes() <= scan.file->bytes->gap_bytes_max() / kFewBytesShare) {
    early.short_ones.insert(early.short_ones.end(), late.short_ones.begin(), late.short_ones.end());
    late = {};
  }
  add(early, file);
  file.fetch();
  add(late, file);
  return bytes_of(early.short_ones) + early.long_ones.size() * FetchedFile::kWindowBytes;
}

std::vector<ByteRange> index_ranges(const ParquetScan& scan, int group) {
  std::vector<ByteRange> ranges;
  const Status found = guard_arrow("", "", [&] {
    ranges = find_index_ranges(scan, group);
    return arrow::Status::OK();
  });
  return found.ok() ? ranges : std::vector<ByteRange>();  // what cannot be decoded; who reads the row group will say so
}

Result<IndexBytes::Brought> bring_indexes(const ParquetScan& scan, int group, const std::vector<ByteRange>& wanted) {
  if (wanted.empty()) return IndexBytes::Brought();
  const auto later = std::ranges::upper_bound(scan.groups, group);
  return scan.index_bytes->bring(wanted, std::span(later, scan.groups.end()),
                                 [&](int one) { return index_ranges(scan, one); });
}

}  // namespace

ArrivingRowGroup::ArrivingRowGroup(const std::shared_ptr<const ParquetScan>& scan,
                                   const std::shared_ptr<ParquetGroupIndex>& index)
    : fetched_(file_of_row_group(*scan)),
      rows_(std::make_shared<ParquetRowGroup>(scan, index, fetched_ == nullptr ? scan->file->bytes : fetched_)),
      shared_(std::make_shared<Shared>()) {
  if (fetched_ == nullptr) return;
  std::vector<ByteRange> indexes = index_ranges(*scan, index->group());
  const bool waits = !indexes.empty();
  auto work = [scan, group = index->group(), indexes = std::move(indexes), rows = rows_, file = fetched_,
               shared = shared_] {
    if (!shared->abandoned.cancelled()) {
      const auto brought = bring_indexes(*scan, group, indexes);
      if (!brought.ok()) rows->take_all();
      shared->asked_bytes = ask_for(*scan, *rows, *file);
    }
    shared->is_asked = true;
  };
  if (scan->io_threads == nullptr || !waits) {
    work();
    return;
  }
  shared_->asked_bytes = index->cost_of(scan->early_chunks).bytes;
  scan->io_threads->submit([work = std::move(work), shared = shared_] {
    const CancelScope scope(&shared->abandoned);
    work();
  });
}

ArrivingRowGroup::~ArrivingRowGroup() { shared_->abandoned.cancel(); }

bool ArrivingRowGroup::is_ready() const { return fetched_ == nullptr || (shared_->is_asked && fetched_->is_ready()); }

uint64_t ArrivingRowGroup::asked_bytes() const { return shared_->asked_bytes; }

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

}  // namespace headrace
