// io/pruning/row_ranges.h — which rows of a row group may pass: ascending ranges that neither overlap nor touch.
#pragma once

#include <cstdint>
#include <vector>

namespace headrace {

struct RowRange {
  uint64_t begin, end;  // begin < end
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

class RowRanges {
 public:
  RowRanges() = default;  // no row
  static RowRanges all(uint64_t rows);

  // Behind the rows so far, or next to them. begin <= end.
  void add(uint64_t begin, uint64_t end);
  const std::vector<RowRange>& ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  uint64_t rows() const;
  bool touches(uint64_t begin, uint64_t end) const;  // some row of [begin, end)
  // The first range that ends behind the row, cut to begin no earlier; {row, row}: there is none.
  RowRange from(uint64_t row) const;
  RowRanges intersect(const RowRanges& other) const;

 private:
  std::vector<RowRange> ranges_;
};

}  // namespace headrace
