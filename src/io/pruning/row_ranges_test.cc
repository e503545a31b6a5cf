// Goal: ranges of rows are added, cut and intersected as sets of rows are.
#include "io/pruning/row_ranges.h"

#include <gtest/gtest.h>

#include <random>

namespace headrace {
namespace {

using Ranges = std::vector<RowRange>;

RowRanges ranges_of(const std::vector<bool>& rows) {
  RowRanges ranges;
  for (uint64_t row = 0; row < rows.size(); ++row)
    if (rows[row]) ranges.add(row, row + 1);
  return ranges;
}

TEST(RowRanges, NeighboursBecomeOne) {
  RowRanges ranges;
  ranges.add(2, 5);
  ranges.add(5, 5);
  ranges.add(5, 9);
  ranges.add(12, 13);
  EXPECT_EQ(ranges.ranges(), (Ranges{{2, 9}, {12, 13}}));
  EXPECT_EQ(ranges.rows(), 8u);
  EXPECT_EQ(ranges.from(0), (RowRange{2, 9}));
  EXPECT_EQ(ranges.from(4), (RowRange{4, 9}));
  EXPECT_EQ(ranges.from(9), (RowRange{12, 13}));
  EXPECT_EQ(ranges.from(13), (RowRange{13, 13}));
  EXPECT_TRUE(RowRanges::all(0).empty());
}

TEST(RowRanges, AsSetsOfRows) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<bool> left(40), right(40), both(40);
    for (size_t row = 0; row < left.size(); ++row) {
      left[row] = random() % 3 != 0;
      right[row] = random() % 2 != 0;
      both[row] = left[row] && right[row];
    }
    EXPECT_EQ(ranges_of(left).intersect(ranges_of(right)).ranges(), ranges_of(both).ranges());
    const uint64_t begin = random() % 40, end = begin + random() % (41 - begin);
    const bool touched =
        std::find(left.begin() + static_cast<ptrdiff_t>(begin), left.begin() + static_cast<ptrdiff_t>(end), true) !=
        left.begin() + static_cast<ptrdiff_t>(end);
    EXPECT_EQ(ranges_of(left).touches(begin, end), touched) << begin << " " << end;
  }
}

}  // namespace
}  // namespace headrace
