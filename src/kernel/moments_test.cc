// Variances and covariances: exact, in any order and any partition, at any magnitude. Against fractions.Fraction:
// test/integration/aggregates_test.py.
#include "kernel/moments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace headrace::kernel {
namespace {

template <class State>
std::optional<double> finished(const State& state) {
  double result = 0;
  Faults faults;
  const bool valid = state.finish(result, faults, 0);
  EXPECT_EQ(faults.bits, 0U);
  return valid ? std::optional(result) : std::nullopt;
}

template <class State>
State of(const std::vector<double>& values, KernelContext& context) {
  State state;
  state.init();
  for (const double value : values) state.update(value, context);
  return state;
}

TEST(Moments, TwoProductsAreExact) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> mantissa(-1, 1);
  for (int i = 0; i < 10'000; ++i) {
    const double left = std::ldexp(mantissa(random), static_cast<int>(random() % 800) - 400);
    const double right = std::ldexp(mantissa(random), static_cast<int>(random() % 800) - 400);
    const TwoProduct both = two_product(left, right);
    EXPECT_EQ(both.product, left * right);
    EXPECT_EQ(both.rest, std::fma(left, right, -both.product));
  }
  EXPECT_EQ(two_product(1e300, 1e300).rest, 0);
  EXPECT_EQ(two_product(1e-200, 1e-200).rest, 0);
}

TEST(Moments, SmallCases) {
  Arena arena;
  KernelContext context{&arena};
  const std::vector<double> values = {1, 2, 3, 4};
  EXPECT_EQ(finished(of<VarianceSample>(values, context)), 5.0 / 3);
  EXPECT_EQ(finished(of<VariancePopulation>(values, context)), 1.25);
  EXPECT_EQ(finished(of<DeviationPopulation>(values, context)), std::sqrt(1.25));
  EXPECT_EQ(finished(of<StandardError>(values, context)), std::sqrt(1.25 / 4));
  EXPECT_EQ(finished(of<Skewness>(values, context)), 0.0);
  EXPECT_NEAR(*finished(of<KurtosisSample>(values, context)), -1.2, 1e-12);
  EXPECT_NEAR(*finished(of<KurtosisPopulation>(values, context)), -1.36, 1e-12);
  EXPECT_EQ(finished(of<VarianceSample>({7}, context)), std::nullopt);
  EXPECT_EQ(finished(of<VariancePopulation>({7}, context)), 0.0);
  EXPECT_EQ(finished(of<Skewness>({1, 1, 1}, context)), std::nullopt);
  EXPECT_TRUE(std::isnan(*finished(of<VariancePopulation>({1, INFINITY}, context))));
}

// One digit in nine decides: what a sum of rounded squares would lose.
TEST(Moments, NearbyValuesKeepTheirDistance) {
  Arena arena;
  KernelContext context{&arena};
  EXPECT_EQ(finished(of<VariancePopulation>({1e9, 1e9 + 1, 1e9 + 2}, context)), 2.0 / 3);
  EXPECT_EQ(finished(of<VariancePopulation>({1e15, 1e15 + 2}, context)), 1.0);
}

TEST(Moments, OrderAndPartitionsDoNotShow) {
  Arena arena;
  KernelContext context{&arena};
  std::mt19937_64 random(2);
  std::vector<double> values;
  for (int i = 0; i < 1'000; ++i)
    values.push_back(std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 160));
  const auto expected = finished(of<VarianceSample>(values, context));
  for (int round = 0; round < 5; ++round) {
    std::shuffle(values.begin(), values.end(), random);
    const auto cut = static_cast<ptrdiff_t>(random() % values.size());
    auto left = of<VarianceSample>({values.begin(), values.begin() + cut}, context);
    const auto right = of<VarianceSample>({values.begin() + cut, values.end()}, context);
    std::string bytes;
    right.serialize(bytes);
    VarianceSample read;
    ASSERT_TRUE(read.deserialize(bytes, context));
    left.merge(read, context);
    EXPECT_EQ(finished(left), expected);
  }
}

TEST(Moments, PairsOnALine) {
  Arena arena;
  KernelContext context{&arena};
  const auto line = [&](auto state) {
    state.init();
    for (int x = 0; x < 10; ++x) state.update(3.0 * x + 2, x, context);
    return *finished(state);
  };
  EXPECT_EQ(line(Correlation{}), 1);
  EXPECT_EQ(line(RegressionSlope{}), 3);
  EXPECT_EQ(line(RegressionIntercept{}), 2);
  EXPECT_EQ(line(RegressionDetermination{}), 1);
  EXPECT_EQ(line(RegressionMeanX{}), 4.5);
  EXPECT_EQ(line(RegressionSquaresX{}), 82.5);
  EXPECT_EQ(line(CovariancePopulation{}), 24.75);
}

}  // namespace
}  // namespace headrace::kernel
