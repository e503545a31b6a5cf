#include "io/format/parquet_ahead.h"

#include <atomic>

#include "base/cancel.h"
#include "io/arrow_file.h"
#include "io/format/index_bytes.h"
#include "io/parquet/chunk_range.h"
#include "runtime/scheduler/io_threads.h"

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

// Of a filter of which the footer does not say how long it is; more of it is read when it turns out to be longer.
constexpr int64_t kBloomBytesGuess = 4096;

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
    if (chunk->bloom_filter_offset())
      add(*chunk->bloom_filter_offset(), chunk->bloom_filter_length().value_or(kBloomBytesGuess));
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

// What is found out while readers wait.
struct ArrivingRowGroup::Shared {
  CancelToken abandoned = {};
  std::atomic<bool> is_asked{false};  // for all that is known to be needed
  std::atomic<uint64_t> asked_bytes{0};
};

namespace {

std::shared_ptr<FetchedFile> fetched_file(const ParquetScan& scan) {
  if (!scan.file->bytes->is_remote()) return nullptr;
  return std::make_shared<FetchedFile>(scan.file->bytes, *scan.budget, scan.io_threads);
}

// How many bytes are under way then.
uint64_t ask_for(const ParquetScan& scan, ParquetRowGroup& rows, FetchedFile& file) {
  ChunkRanges early = ranges_of(rows, scan.early_chunks), late = ranges_of(rows, scan.late_chunks);
  if (late.bytes() <= scan.file->bytes->gap_bytes_max() / kFewBytesShare) {
    early.short_ones.insert(early.short_ones.end(), late.short_ones.begin(), late.short_ones.end());
    late = {};
  }
  add(early, file);
  const uint64_t bytes = file.fetch();
  add(late, file);
  return bytes;
}

}  // namespace

ArrivingRowGroup::ArrivingRowGroup(std::shared_ptr<const ParquetScan> scan,
                                   const std::shared_ptr<ParquetGroupIndex>& index)
    : fetched_(fetched_file(*scan)),
      rows_(std::make_shared<ParquetRowGroup>(scan, index, fetched_ == nullptr ? scan->file->bytes : fetched_)),
      shared_(std::make_shared<Shared>()) {
  if (fetched_ == nullptr) return;
  const int group = index->group();
  auto work = [scan, group, rows = rows_, file = fetched_, shared = shared_] {
    if (!shared->abandoned.cancelled()) {
      scan->index_bytes->bring(group, scan->file->metadata->num_row_groups(),
                               [&](int one) { return index_ranges(*scan, one); });
      shared->asked_bytes = ask_for(*scan, *rows, *file);
    }
    shared->is_asked = true;
  };
  if (scan->io_threads == nullptr || index_ranges(*scan, group).empty()) {
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

std::vector<ByteRange> index_ranges(const ParquetScan& scan, int group) {
  std::vector<ByteRange> ranges;
  const Status found = guard_arrow("", "", [&] {
    IndexPlaces places(*scan.file, group);
    bool any_bounds = false;
    for (const int leaf : leaves_of(scan.conditions, scan.outputs, *scan.file)) {
      places.add_offsets(leaf);
      any_bounds |= places.add_bounds(leaf);
    }
    for (const PruningCondition& condition : scan.conditions)
      condition.hold_values([&](uint32_t output, const Value&) {
        if (const int leaf = scan.file->columns[scan.outputs[output]].leaf; leaf >= 0) places.add_bloom(leaf);
        return Held::kOverlaps;
      });
    for (const int chunk : scan.chunks)
      if (any_bounds) places.add_offsets(chunk);
    ranges = places.take();
    return arrow::Status::OK();
  });
  return found.ok() ? ranges : std::vector<ByteRange>();  // what cannot be decoded; who reads the row group will say so
}

}  // namespace headrace
