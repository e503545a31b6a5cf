// Goal: quantiles are those of the values that were noted, too high by an eighth at most, whoever noted them.
#include "runtime/latency_histogram.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace headrace {
namespace {

TEST(LatencyHistogram, QuantilesAreThoseOfTheValues) {
  std::mt19937_64 random(7);
  for (const uint32_t bits : {2U, 5U, 20U, 41U}) {
    std::vector<uint64_t> values;
    LatencyHistogram one, other;
    for (uint32_t i = 0; i < 10'000; ++i) {
      values.push_back(random() >> (64 - bits));
      (i % 3 == 0 ? one : other).note(values.back());
    }
    one.add(other);
    EXPECT_EQ(one.count(), values.size());
    std::ranges::sort(values);
    for (const double share : {0.01, 0.5, 0.99, 1.0}) {
      const uint64_t exact = values[static_cast<size_t>(share * 10'000) - 1];
      EXPECT_GE(one.quantile_ns(share), exact) << share;
      EXPECT_LE(one.quantile_ns(share), exact + exact / 8) << share;
    }
  }
}

TEST(LatencyHistogram, OfNothingAndOfEverything) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.quantile_ns(0.99), 0U);
  histogram.note(0);
  EXPECT_EQ(histogram.quantile_ns(0.99), 0U);
  histogram.note(~uint64_t{0});
  EXPECT_GT(histogram.quantile_ns(1), uint64_t{1} << 42);
  histogram.clear();
  EXPECT_EQ(histogram.count(), 0U);
}

}  // namespace
}  // namespace headrace
