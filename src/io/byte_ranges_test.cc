#include "io/byte_ranges.h"

#include <gtest/gtest.h>

#include <random>

namespace headrace {
namespace {

using Ranges = std::vector<ByteRange>;

TEST(ByteRanges, MergesWhatLiesNear) {
  struct Case {
    Ranges wanted;
    uint64_t gap, most;
    Ranges merged;
  };
  const Case cases[] = {
      {{}, 10, 100, {}},
      {{{5, 5}}, 10, 100, {}},
      {{{0, 10}}, 10, 100, {{0, 10}}},
      {{{0, 10}, {10, 20}}, 0, 100, {{0, 20}}},                    // they touch
      {{{0, 10}, {20, 30}}, 10, 100, {{0, 30}}},                   // the gap is just small enough
      {{{0, 10}, {21, 30}}, 10, 100, {{0, 10}, {21, 30}}},         // and just too wide
      {{{20, 30}, {0, 10}}, 10, 100, {{0, 30}}},                   // in any order
      {{{0, 60}, {65, 100}}, 10, 99, {{0, 60}, {65, 100}}},        // together too long
      {{{0, 60}, {65, 100}}, 10, 100, {{0, 100}}},                 // together just as long as they may be
      {{{0, 200}}, 10, 100, {{0, 200}}},                           // nothing is cut
      {{{0, 90}, {80, 170}}, 10, 100, {{0, 170}}},                 // what overlaps comes once, however long
      {{{0, 90}, {10, 20}, {95, 99}}, 10, 100, {{0, 99}}},         // one inside another
      {{{0, 10}, {0, 10}}, 10, 100, {{0, 10}}},                    // twice the same
  };
  for (const Case& one : cases) EXPECT_EQ(merged_ranges(one.wanted, one.gap, one.most), one.merged);
}

// Every wanted byte is covered once, ranges that are left have wider gaps, unless they would be too long.
TEST(ByteRanges, CoverWhatIsWanted) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Ranges wanted(random() % 20);
    for (ByteRange& range : wanted) {
      range.begin = random() % 1'000;
      range.end = range.begin + random() % 50;
    }
    const uint64_t gap = random() % 60, most = 50 + random() % 300;
    const Ranges merged = merged_ranges(wanted, gap, most);
    for (const ByteRange& range : wanted) {
      size_t covers = 0;
      for (const ByteRange& one : merged) covers += one.begin <= range.begin && range.end <= one.end ? 1 : 0;
      if (range.bytes() > 0) EXPECT_EQ(covers, 1u);
    }
    for (size_t index = 1; index < merged.size(); ++index) {
      ASSERT_GE(merged[index].begin, merged[index - 1].end);
      EXPECT_TRUE(merged[index].begin - merged[index - 1].end > gap ||
                  merged[index].end - merged[index - 1].begin > most);
    }
  }
}

}  // namespace
}  // namespace headrace
