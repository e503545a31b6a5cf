#include "io/format/parquet_page_index.h"

#include <algorithm>
#include <limits>

#include <parquet/page_index.h>

#include "base/check.h"

#include "io/arrow_file.h"
#include "io/byte_ranges.h"
#include "io/format/parquet_bounds.h"
#include "io/parquet/chunk_range.h"

namespace headrace {
namespace {

using arrow::Status;

// Indexes that lie no further apart are read at once: a request costs more than these bytes.
constexpr uint64_t kGapBytesMax = uint64_t{64} << 10;

std::optional<ByteRange> range_of(const ParquetFile& file, const parquet::IndexLocation& place) {
  return range_inside(place.offset, place.length, file.bytes->size_bytes());
}

// Stretches of the file that are read into memory together.
class Stretches {
 public:
  Stretches(const ParquetFile& file, const std::vector<parquet::IndexLocation>& places) : file_(file) {
    std::vector<ByteRange> ranges;
    for (const parquet::IndexLocation& place : places)
      if (const auto range = range_of(file, place)) ranges.push_back(*range);
    for (const ByteRange& range : merged_ranges(std::move(ranges), kGapBytesMax, std::numeric_limits<uint64_t>::max()))
      stretches_.push_back({range, nullptr});
  }

  arrow::Result<const uint8_t*> at(const parquet::IndexLocation& place) {
    const auto wanted = range_of(file_, place);
    if (!wanted) return Status::Invalid("the footer places it outside the file");
    const auto found = std::ranges::find_if(stretches_, [&](const Stretch& one) { return one.range.holds(*wanted); });
    CHECK(found != stretches_.end());
    if (found->bytes == nullptr) {
      const auto bytes = static_cast<int64_t>(found->range.bytes());
      WorldInputFile input(file_.bytes, file_.pool.get());
      ARROW_ASSIGN_OR_RAISE(auto read, input.ReadAt(static_cast<int64_t>(found->range.begin), bytes));
      if (read->size() != bytes) return Status::Invalid("the file ends inside it");
      found->bytes = std::move(read);
    }
    return found->bytes->data() + (wanted->begin - found->range.begin);
  }

 private:
  struct Stretch {
    ByteRange range;
    std::shared_ptr<arrow::Buffer> bytes;
  };
  const ParquetFile& file_;
  std::vector<Stretch> stretches_;
};

// `first_page`: as the footer says.
arrow::Status place_pages(const parquet::OffsetIndex& offsets, int64_t first_page, const ByteRange& chunk,
                          uint64_t rows, PageIndex& index) {
  const std::vector<parquet::PageLocation>& pages = offsets.page_locations();
  if (pages.empty() || pages.front().first_row_index != 0)
    return Status::Invalid("its pages do not begin with the first row");
  if (pages.front().offset != first_page) return Status::Invalid("its first page is not where the footer says");
  index.chunk_begin = chunk.begin;
  uint64_t behind = chunk.begin;
  for (size_t page = 0; page < pages.size(); ++page) {
    const parquet::PageLocation& at = pages[page];
    const auto range = range_inside(at.offset, at.compressed_page_size, chunk.end);
    if (!range || range->begin < behind) return Status::Invalid("page ", page, " lies outside the column");
    behind = range->end;
    if (at.first_row_index < 0 || static_cast<uint64_t>(at.first_row_index) >= rows ||
        (page > 0 && at.first_row_index <= pages[page - 1].first_row_index))
      return Status::Invalid("the rows of page ", page, " do not follow those before it");
    index.first_rows.push_back(static_cast<uint64_t>(at.first_row_index));
    index.offsets.push_back(range->begin);
    index.bytes.push_back(static_cast<uint32_t>(range->bytes()));
  }
  index.first_rows.push_back(rows);
  return Status::OK();
}

arrow::Status add_bounds(const parquet::ColumnIndex& columns, const parquet::ColumnDescriptor& about, Type type,
                         PageIndex& index) {
  const size_t pages = index.pages();
  if (columns.null_pages().size() != pages || columns.encoded_min_values().size() != pages ||
      columns.encoded_max_values().size() != pages ||
      (columns.has_null_counts() && columns.null_counts().size() != pages))
    return Status::Invalid("it tells of another number of pages than there are");
  std::vector<ColumnBounds> bounds(pages);
  for (size_t page = 0; page < pages; ++page) {
    ColumnBounds& of = bounds[page];
    of.rows = index.first_rows[page + 1] - index.first_rows[page];
    const int64_t nulls = columns.has_null_counts() ? columns.null_counts()[page] : -1;
    if (nulls >= 0 && static_cast<uint64_t>(nulls) > of.rows)
      return Status::Invalid("page ", page, " has more nulls than rows");
    if (nulls >= 0) of.nulls = static_cast<uint64_t>(nulls);
    if (columns.null_pages()[page]) {
      if (nulls >= 0 && of.nulls != of.rows)
        return Status::Invalid("page ", page, " is said to be null, and not to be");
      of.nulls = of.rows;
    } else if (has_known_order(about)) {
      of.low = bound_of_bytes(about, type, columns.encoded_min_values()[page]);
      of.high = bound_of_bytes(about, type, columns.encoded_max_values()[page]);
    }
  }
  index.bounds = std::move(bounds);
  return Status::OK();
}

FoundPageIndex read_one(const ParquetFile& file, int group, int leaf, PageBoundsRead wanted, Stretches& stretches) {
  auto index = std::make_shared<PageIndex>();
  const parquet::ReaderProperties properties(file.pool.get());
  const auto row_group = file.metadata->RowGroup(group);
  const auto chunk = row_group->ColumnChunk(leaf);
  const auto column = std::ranges::find(file.columns, leaf, &ParquetColumn::leaf);
  const auto offsets = chunk->GetOffsetIndexLocation(), bounds = chunk->GetColumnIndexLocation();
  if (!offsets || chunk->crypto_metadata() != nullptr) return {nullptr, "the file has no page index for this column"};
  const auto read = [&] {
    ARROW_ASSIGN_OR_RAISE(const uint8_t* bytes, stretches.at(*offsets));
    const auto made = parquet::OffsetIndex::Make(bytes, offsets->length, properties);
    ARROW_ASSIGN_OR_RAISE(const ByteRange range, parquet_in::chunk_range(file, group, leaf));
    return place_pages(*made, chunk->data_page_offset(), range, static_cast<uint64_t>(row_group->num_rows()), *index);
  };
  const auto read_bounds = [&] {
    ARROW_ASSIGN_OR_RAISE(const uint8_t* bytes, stretches.at(*bounds));
    const parquet::ColumnDescriptor& about = *file.metadata->schema()->Column(leaf);
    const auto made = parquet::ColumnIndex::Make(about, bytes, bounds->length, properties);
    return add_bounds(*made, about, file.schema[static_cast<size_t>(column - file.columns.begin())].type, *index);
  };
  headrace::Status status = guard_arrow("", "", read);
  const bool reads_bounds = wanted == PageBoundsRead::kYes && bounds && column != file.columns.end();
  if (status.ok() && reads_bounds) status = guard_arrow("", "", read_bounds);
  if (!status.ok()) return {nullptr, "its page index cannot be used: " + status.error().message};
  return {std::move(index), bounds ? "" : "the file has no page index for this column"};
}

}  // namespace

size_t PageIndex::page_of(uint64_t row) const {
  return static_cast<size_t>(std::ranges::upper_bound(first_rows, row) - first_rows.begin()) - 1;
}

std::vector<FoundPageIndex> read_page_indexes(const ParquetFile& file, int group, std::span<const int> leaves,
                                              PageBoundsRead bounds) {
  std::vector<FoundPageIndex> found;
  const headrace::Status read = guard_arrow("", "", [&] {
    std::vector<parquet::IndexLocation> places;
    for (const int leaf : leaves) {
      const auto chunk = file.metadata->RowGroup(group)->ColumnChunk(leaf);
      if (const auto place = chunk->GetOffsetIndexLocation()) places.push_back(*place);
      if (const auto place = chunk->GetColumnIndexLocation(); place && bounds == PageBoundsRead::kYes)
        places.push_back(*place);
    }
    Stretches stretches(file, places);
    for (const int leaf : leaves) found.push_back(read_one(file, group, leaf, bounds, stretches));
    return arrow::Status::OK();
  });
  if (!read.ok()) found.assign(leaves.size(), {nullptr, "its page index cannot be used: " + read.error().message});
  return found;
}

}  // namespace headrace
