// States of the aggregates other than exact float sums (exact_sum_test.cc): results, merging, retraction, limits.
#include "kernel/aggregate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "types/value.h"

namespace headrace::kernel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class State>
State fresh() {
  State state;
  state.init();
  return state;
}

template <class State, class Result>
Result result_of(const State& state, int32_t scale = 0) {
  Result result{};
  Faults faults;
  EXPECT_TRUE(state.finish(result, faults, scale));
  EXPECT_EQ(faults.bits, 0U);
  return result;
}

TEST(Aggregate, NothingIsNull) {
  Faults faults;
  int128 sum = 0;
  double average = 0;
  int64_t count = -1;
  EXPECT_FALSE(fresh<SumInt32>().finish(sum, faults, 0));
  EXPECT_FALSE(fresh<SumInt64>().finish(sum, faults, 0));
  EXPECT_FALSE(fresh<SumDecimal>().finish(sum, faults, 0));
  EXPECT_FALSE(fresh<AverageInt64>().finish(average, faults, 0));
  EXPECT_FALSE(fresh<AverageDecimal>().finish(average, faults, 2));
  EXPECT_FALSE(fresh<Minimum<tags::f64>>().finish(average, faults, 0));
  StringRef text;
  EXPECT_FALSE(fresh<Maximum<tags::STR>>().finish(text, faults, 0));
  EXPECT_TRUE(fresh<CountAll>().finish(count, faults, 0));
  EXPECT_EQ(count, 0);
  EXPECT_EQ(faults.bits, 0U);
}

TEST(Aggregate, IntegerSumsAreExactBeyondTheirType) {
  auto large = fresh<SumInt64>();
  auto narrow = fresh<SumInt32>();
  for (int i = 0; i < 3; ++i) large.update(INT64_MAX);
  for (int i = 0; i < 3; ++i) narrow.update(INT32_MIN);
  EXPECT_EQ(decimal_to_text(result_of<SumInt64, int128>(large), 0), "27670116110564327421");
  EXPECT_EQ(decimal_to_text(result_of<SumInt32, int128>(narrow), 0), "-6442450944");
  auto other = fresh<SumInt64>();
  for (int i = 0; i < 4; ++i) other.update(INT64_MIN);
  other.merge(large);
  EXPECT_EQ(decimal_to_text(result_of<SumInt64, int128>(other), 0), "-9223372036854775811");
  for (int i = 0; i < 3; ++i) other.retract(INT64_MAX);
  other.retract(INT64_MIN);
  EXPECT_EQ(decimal_to_text(result_of<SumInt64, int128>(other), 0), "-27670116110564327424");
  EXPECT_EQ(other.count, 3);
}

TEST(Aggregate, SettlingChangesNothing) {
  std::mt19937_64 random(43);
  auto plain = fresh<SumInt64>();
  auto settled = fresh<SumInt64>();
  int128 expected = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto value = static_cast<int64_t>(random());
    expected += value;
    plain.update(value);
    settled.update(value);
    if (i % 3 == 0) settled.settle();
  }
  EXPECT_TRUE((result_of<SumInt64, int128>(plain)) == expected);
  EXPECT_TRUE((result_of<SumInt64, int128>(settled)) == expected);
}

TEST(Aggregate, DecimalSumsOverflowOnlyAtTheEnd) {
  const int128 largest = kDecimalEnd - 1;
  auto state = fresh<SumDecimal>();
  for (int i = 0; i < 10; ++i) state.update(largest);
  int128 result = 0;
  Faults faults;
  EXPECT_TRUE(state.finish(result, faults, 0));
  EXPECT_EQ(faults.bits, Faults::kOverflow);
  auto average = AverageDecimal{};
  static_cast<SumDecimal&>(average) = state;
  EXPECT_EQ((result_of<AverageDecimal, double>(average, 0)), 1e38);
  for (int i = 0; i < 9; ++i) state.update(-largest);
  EXPECT_TRUE((result_of<SumDecimal, int128>(state)) == largest);
  state.retract(largest);
  state.update(-7);
  EXPECT_TRUE((result_of<SumDecimal, int128>(state)) == -7);
  auto other = fresh<SumDecimal>();
  for (int i = 0; i < 5; ++i) other.update(-largest);
  other.merge(state);
  for (int i = 0; i < 5; ++i) other.retract(-largest);
  EXPECT_TRUE((result_of<SumDecimal, int128>(other)) == -7);
}

TEST(Aggregate, AveragesAreRoundedOnce) {
  auto integers = fresh<AverageInt64>();
  for (const int64_t value : {1, 2, 4}) integers.update(value);
  EXPECT_EQ((result_of<AverageInt64, double>(integers)), 7.0 / 3.0);
  auto large = fresh<AverageInt64>();
  for (int i = 0; i < 3; ++i) large.update(INT64_MAX);
  EXPECT_EQ((result_of<AverageInt64, double>(large)), 9223372036854775807.0);
  auto narrow = fresh<AverageInt32>();
  for (const int32_t value : {INT32_MIN, INT32_MIN + 1}) narrow.update(value);
  EXPECT_EQ((result_of<AverageInt32, double>(narrow)), -2147483647.5);
  auto decimals = fresh<AverageDecimal>();
  for (const int128 value : {1, 2, 4}) decimals.update(value);
  EXPECT_EQ((result_of<AverageDecimal, double>(decimals, 1)), 0.23333333333333334);  // Fraction(7, 30)
  auto small = fresh<AverageDecimal>();
  for (const int128 value : {-1, -1, 0}) small.update(value);
  EXPECT_EQ((result_of<AverageDecimal, double>(small, 38)), -6.666666666666667e-39);  // Fraction(-2, 3 * 10**38)
  auto zero = fresh<AverageDecimal>();
  for (const int128 value : {-1, 1}) zero.update(value);
  EXPECT_FALSE(std::signbit(result_of<AverageDecimal, double>(zero, 2)));
}

TEST(Aggregate, ExtremesOfDoublesByTotalOrderWithCanonicalBits) {
  struct Case {
    std::vector<double> values;
    double smallest, greatest;
  };
  const double nan = std::nan("");
  const Case cases[] = {
      {{1, -2, 3}, -2, 3},
      {{nan, 1}, 1, nan},
      {{-nan}, nan, nan},
      {{-0.0}, 0.0, 0.0},
      {{0.0, -0.0}, 0.0, 0.0},
      {{-kInfinity, kInfinity}, -kInfinity, kInfinity},
      {{kInfinity, nan}, kInfinity, nan},
      {{-5e-324, 0.0}, -5e-324, 0.0},
      {{-1, -2}, -2, -1},
  };
  for (const Case& one : cases) {
    std::vector<double> values = one.values;
    for (int order = 0; order < 2; ++order) {
      auto smallest = fresh<Minimum<tags::f64>>();
      auto greatest = fresh<Maximum<tags::f64>>();
      for (const double value : values) {
        auto single = fresh<Minimum<tags::f64>>();
        single.update(value);
        smallest.merge(single);
        greatest.update(value);
      }
      EXPECT_EQ(bits_of(result_of<Minimum<tags::f64>, double>(smallest)), bits_of(one.smallest));
      EXPECT_EQ(bits_of(result_of<Maximum<tags::f64>, double>(greatest)), bits_of(one.greatest));
      std::reverse(values.begin(), values.end());
    }
  }
}

TEST(Aggregate, ExtremesOfOtherTypes) {
  auto least = fresh<Minimum<tags::i32>>();
  least.update(INT32_MAX);
  EXPECT_EQ((result_of<Minimum<tags::i32>, int32_t>(least)), INT32_MAX);
  auto all = fresh<Minimum<tags::b>>();
  all.update(true);
  EXPECT_TRUE((result_of<Minimum<tags::b>, bool>(all)));
  all.update(false);
  EXPECT_FALSE((result_of<Minimum<tags::b>, bool>(all)));
  auto decimals = fresh<Maximum<tags::dec>>();
  decimals.update(-kDecimalEnd + 1);
  EXPECT_TRUE((result_of<Maximum<tags::dec>, int128>(decimals)) == -kDecimalEnd + 1);
}

TEST(Aggregate, ExtremesOfTextKeepTheirOwnBytes) {
  Arena arena;
  KernelContext context{&arena};
  auto least = fresh<Minimum<tags::STR>>();
  auto greatest = fresh<Maximum<tags::STR>>();
  for (std::string text :
       {"m, longer than twelve", "b, longer than twelve", "z", "b", "b, longer than twelve bytes by far", "zebra"}) {
    least.update(StringRef(text), context);
    greatest.update(StringRef(text), context);
    text.assign(text.size(), '!');  // what the caller had is gone
  }
  EXPECT_EQ((result_of<Minimum<tags::STR>, StringRef>(least)).view(), "b");
  EXPECT_EQ((result_of<Maximum<tags::STR>, StringRef>(greatest)).view(), "zebra");
  auto other = fresh<Maximum<tags::STR>>();
  const std::string long_text(100, 'z');
  other.update(StringRef(long_text), context);
  greatest.merge(other, context);
  std::string bytes;
  greatest.serialize(bytes);
  Maximum<tags::STR> read;
  ASSERT_TRUE(read.deserialize(bytes, context));
  EXPECT_EQ((result_of<Maximum<tags::STR>, StringRef>(read)).view(), long_text);
  EXPECT_FALSE(read.deserialize("", context));
  EXPECT_FALSE(read.deserialize("\2x", context));
}

}  // namespace
}  // namespace headrace::kernel
