#include "io/pruning/row_ranges.h"

#include <algorithm>

#include "base/check.h"

namespace headrace {

RowRanges RowRanges::all(uint64_t rows) {
  RowRanges all;
  all.add(0, rows);
  return all;
}

void RowRanges::add(uint64_t begin, uint64_t end) {
  CHECK(begin <= end && (ranges_.empty() || ranges_.back().end <= begin));
  if (begin == end) return;
  if (!ranges_.empty() && ranges_.back().end == begin)
    ranges_.back().end = end;
  else
    ranges_.push_back({begin, end});
}

uint64_t RowRanges::rows() const {
  uint64_t rows = 0;
  for (const RowRange& range : ranges_) rows += range.end - range.begin;
  return rows;
}

RowRange RowRanges::from(uint64_t row) const {
  const auto at = std::ranges::partition_point(ranges_, [&](const RowRange& range) { return range.end <= row; });
  return at == ranges_.end() ? RowRange{row, row} : RowRange{std::max(row, at->begin), at->end};
}

bool RowRanges::touches(uint64_t begin, uint64_t end) const {
  const RowRange next = from(begin);
  return next.begin < next.end && next.begin < end;
}

RowRanges RowRanges::intersect(const RowRanges& other) const {
  RowRanges both;
  for (size_t mine = 0, theirs = 0; mine < ranges_.size() && theirs < other.ranges_.size();) {
    const RowRange &left = ranges_[mine], &right = other.ranges_[theirs];
    const uint64_t begin = std::max(left.begin, right.begin), end = std::min(left.end, right.end);
    if (begin < end) both.add(begin, end);
    ++(left.end < right.end ? mine : theirs);
  }
  return both;
}

}  // namespace headrace
