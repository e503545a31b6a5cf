// States that see sorted or ordered rows. Values as DuckDB 2.0 gives them.
#include "kernel/sequence.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "kernel/distinct_sketch.h"

namespace headrace::kernel {
namespace {

template <class Result, class State>
std::optional<Result> finished(const State& state, uint32_t expected_faults = 0) {
  Result result{};
  Faults faults;
  const bool valid = state.finish(result, faults, 0);
  EXPECT_EQ(faults.bits, expected_faults);
  return valid ? std::optional(result) : std::nullopt;
}

template <class State, class T>
State quantile(const std::vector<T>& sorted, double share) {
  State state;
  state.init();
  state.begin(static_cast<int64_t>(sorted.size()));
  for (const T value : sorted) state.update(value, share);
  return state;
}

TEST(Sequence, DiscreteQuantiles) {
  const std::vector<int64_t> values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  using State = QuantileDiscrete<tags::i64>;
  for (const auto& [share, expected] : std::vector<std::pair<double, int64_t>>{
           {0, 1}, {0.1, 1}, {0.11, 2}, {0.25, 3}, {0.5, 5}, {0.75, 8}, {0.9, 9}, {1, 10}})
    EXPECT_EQ(finished<int64_t>(quantile<State>(values, share)), expected) << share;
  EXPECT_EQ(finished<int64_t>(quantile<State>(std::vector<int64_t>{}, 0.5)), std::nullopt);
  finished<int64_t>(quantile<State>(values, -0.1), Faults::kOutOfRange);
}

TEST(Sequence, ContinuousQuantilesInterpolate) {
  EXPECT_EQ(finished<double>(quantile<QuantileContinuous<tags::f64>>(std::vector<double>{1, 2, 4}, 0.5)), 2.0);
  EXPECT_EQ(finished<double>(quantile<QuantileContinuous<tags::f64>>(std::vector<double>{1, 4}, 0.3)), 1.9);
  using Decimal = QuantileContinuous<tags::d64>;
  EXPECT_EQ(finished<int64_t>(quantile<Decimal>(std::vector<int64_t>{0, 25}, 0.5)), 12);
  EXPECT_EQ(finished<int64_t>(quantile<Decimal>(std::vector<int64_t>{-25, 0}, 0.5)), -12);
  EXPECT_EQ(finished<int64_t>(quantile<Decimal>(std::vector<int64_t>{-100, 0}, 0.995)), 0);
  EXPECT_EQ(finished<int64_t>(quantile<QuantileContinuous<tags::ts>>(std::vector<int64_t>{0, 9}, 0.5)), 5);
  const auto wide = finished<int128>(quantile<QuantileContinuous<tags::dec>>(std::vector<int128>{-25, 0}, 0.5));
  EXPECT_EQ(static_cast<int64_t>(*wide), -13);
}

template <class State, class T>
State over(const std::vector<T>& sorted) {
  State state;
  state.init();
  state.begin(static_cast<int64_t>(sorted.size()));
  for (const T value : sorted) state.update(value);
  return state;
}

TEST(Sequence, RunsOfEqualValues) {
  EXPECT_EQ((finished<int32_t>(over<Mode<tags::i32>>(std::vector<int32_t>{1, 2, 2, 3, 3}))), 2);
  EXPECT_EQ((finished<double>(over<Entropy<tags::i32>>(std::vector<int32_t>{1, 2, 2, 4}))), 1.5);
  EXPECT_EQ((finished<double>(over<Entropy<tags::i32>>(std::vector<int32_t>{}))), 0.0);
  EXPECT_EQ((finished<double>(over<Product>(std::vector<double>{1, 2, 2, 4}))), 16.0);
}

TEST(Sequence, MedianDeviation) {
  Arena arena;
  KernelContext context{&arena};
  const auto mad = [&](const std::vector<double>& sorted) {
    MedianDeviation state;
    state.init();
    state.begin(static_cast<int64_t>(sorted.size()));
    for (const double value : sorted) state.update(value, context);
    return finished<double>(state);
  };
  EXPECT_EQ(mad({1, 2, 2, 4}), 0.5);
  EXPECT_EQ(mad({1, 1, 2, 2, 4, 6, 9}), 1.0);
  EXPECT_EQ(mad({7}), 0.0);
  EXPECT_EQ(mad({}), std::nullopt);
}

TEST(Sequence, TextsAreJoined) {
  Arena arena;
  KernelContext context{&arena};
  JoinedText state;
  state.init();
  StringRef none;
  Faults faults;
  EXPECT_FALSE(state.finish(none, faults, 0));
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string text(static_cast<size_t>(i % 20), static_cast<char>('a' + i % 26));
    state.update(StringRef(text), StringRef(std::string_view("--")), context);
    expected += (i > 0 ? "--" : "") + text;
  }
  EXPECT_EQ(finished<StringRef>(state)->view(), expected);
}

TEST(DistinctSketch, IsNearAndTheSameInAnyOrder) {
  Arena arena;
  KernelContext context{&arena};
  for (const int64_t distinct : {0, 1, 100, 10'000, 1'000'000}) {
    ApproximateDistinct<tags::I64> up, down;
    up.init();
    down.init();
    for (int64_t i = 0; i < distinct; ++i) {
      up.update(i, context);
      down.update(distinct - 1 - i, context);
    }
    ApproximateDistinct<tags::I64> merged;
    merged.init();
    merged.merge(up, context);
    merged.merge(down, context);
    const auto found = *finished<int64_t>(up);
    EXPECT_EQ(found, *finished<int64_t>(down));
    EXPECT_EQ(found, *finished<int64_t>(merged));
    EXPECT_NEAR(static_cast<double>(found), static_cast<double>(distinct), 0.08 * static_cast<double>(distinct));
  }
}

}  // namespace
}  // namespace headrace::kernel
