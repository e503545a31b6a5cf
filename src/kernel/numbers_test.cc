// Whole parts, divisors, classes of floats and bits; expected values from DuckDB 2.0 and Python.
#include "kernel/numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <tuple>

namespace headrace::kernel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

uint64_t bits(double value) {
  uint64_t word;
  std::memcpy(&word, &value, sizeof word);
  return word;
}

TEST(Numbers, WholeParts) {
  struct Case {
    double value, floor, ceil, trunc, even;
  };
  const Case cases[] = {{2.5, 2, 3, 2, 4},
                        {-2.5, -3, -2, -2, -4},
                        {-0.5, -1, -0.0, -0.0, -2},
                        {3, 3, 3, 3, 4},
                        {5e-324, 0, 1, 0, 2},
                        {-0.0, -0.0, -0.0, -0.0, -0.0},
                        {1e300, 1e300, 1e300, 1e300, 1e300},
                        {kInfinity, kInfinity, kInfinity, kInfinity, kInfinity}};
  for (const Case& one : cases) {
    EXPECT_EQ(bits(floor_float(one.value)), bits(one.floor)) << one.value;
    EXPECT_EQ(bits(ceil_float(one.value)), bits(one.ceil)) << one.value;
    EXPECT_EQ(bits(truncate_float(one.value)), bits(one.trunc)) << one.value;
    EXPECT_EQ(bits(even_float(one.value)), bits(one.even)) << one.value;
  }
}

TEST(Numbers, TruncatesTheExactValue) {
  struct Case {
    double value;
    int32_t digits;
    double expected;
  };
  const Case cases[] = {{1.77, 1, 1.7},
                        {-1.77, 1, -1.7},
                        {0.3, 1, 0.2},  // 0.3 is below 3/10
                        {1234.5, -2, 1200},
                        {99, -2, 0},
                        {-99, -3, -0.0},
                        {0.1, 22, 0.1},
                        {5e-324, 320, 0},
                        {1e300, 5, 1e300},
                        {kInfinity, 3, kInfinity},
                        {7, -400, 0}};
  for (const Case& one : cases)
    EXPECT_EQ(bits(truncate_float(one.value, one.digits)), bits(one.expected)) << one.value << ' ' << one.digits;
}

TEST(Numbers, RemainderIsExact) {
  std::mt19937_64 random(3);
  const auto draw = [&] {
    double value = 0;
    do {
      const uint64_t word = random();
      std::memcpy(&value, &word, sizeof value);
    } while (!std::isfinite(value));
    return value;
  };
  for (int i = 0; i < 20'000; ++i) {
    const double left = draw();
    const double right = i % 2 == 0 ? draw() : left * 0x1p-30 + draw() * 0x1p-900;
    const double expected = std::fmod(left, right);
    const double found = headrace_rt_remainder(left, right);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(found));
    } else {
      ASSERT_EQ(bits(found), bits(expected)) << left << " % " << right;
    }
  }
  EXPECT_TRUE(std::isnan(headrace_rt_remainder(1, 0)));
  EXPECT_TRUE(std::isnan(headrace_rt_remainder(kInfinity, 1)));
  EXPECT_EQ(headrace_rt_remainder(-5.5, kInfinity), -5.5);
  EXPECT_EQ(bits(headrace_rt_remainder(-6, 2)), bits(-0.0));
}

TEST(Numbers, FloorRemainderHasTheDivisorsSign) {
  const std::tuple<double, double, double, double> cases[] = {
      {-5.5, 2, 0.5, -3}, {5.5, -2, -0.5, -3}, {5.5, 2, 1.5, 2}, {-6, 2, -0.0, -3}};
  for (const auto& [left, right, rest, quotient] : cases) {
    EXPECT_EQ(bits(floor_remainder(left, right)), bits(rest));
    EXPECT_EQ(floor_quotient(left, right), quotient);
  }
}

TEST(Numbers, DigitsOfDecimals) {
  struct Case {
    int64_t value;
    int32_t scale, digits;
    int64_t floor, ceil, trunc, round;
  };
  const Case cases[] = {{155, 2, 1, 15, 16, 15, 16}, {-155, 2, 1, -16, -15, -15, -16}, {150, 2, 1, 15, 15, 15, 15},
                        {155, 2, 0, 1, 2, 1, 2},     {155, 2, -1, 0, 10, 0, 0},        {1555, 2, -1, 10, 20, 10, 20},
                        {-4, 0, -1, -10, 0, 0, 0},   {5, 0, -1, 0, 10, 0, 10},         {7, 0, 0, 7, 7, 7, 7},
                        {7, 2, -40, 0, 0, 0, 0}};
  for (const Case& one : cases) {
    if (one.digits < -37) continue;  // below
    Faults faults;
    EXPECT_EQ(static_cast<int64_t>(floor_decimal(int128{one.value}, one.scale, one.digits, faults)), one.floor)
        << one.value;
    EXPECT_EQ(static_cast<int64_t>(ceil_decimal(int128{one.value}, one.scale, one.digits, faults)), one.ceil)
        << one.value;
    EXPECT_EQ(static_cast<int64_t>(truncate_decimal(int128{one.value}, one.scale, one.digits, faults)), one.trunc)
        << one.value;
    EXPECT_EQ(static_cast<int64_t>(round_decimal(int128{one.value}, one.scale, one.digits, faults)), one.round)
        << one.value;
    EXPECT_EQ(faults.bits, 0U);
  }
  Faults faults;
  EXPECT_EQ(static_cast<int64_t>(round_decimal(int128{7}, 2, -40, faults)), 0);
  EXPECT_EQ(faults.bits, 0U);
  EXPECT_EQ(floor_decimal(int64_t{-155}, 2, 1, faults), -16);
  EXPECT_EQ(ceil_decimal(int64_t{155}, 2, -1, faults), 10);
  EXPECT_EQ(round_decimal(int64_t{155}, 2, 1, faults), 16);
  EXPECT_EQ(truncate_decimal(int64_t{155}, 2, -30, faults), 0);
  EXPECT_EQ(faults.bits, 0U);
  Faults narrow;
  ceil_decimal(int64_t{1}, 0, -18, narrow);  // 10^18 has 19 digits
  EXPECT_EQ(narrow.bits, Faults::kOverflow);
  ceil_decimal(kDecimalEnd - 1, 0, -1, faults);  // 10^38 has 39 digits
  EXPECT_EQ(faults.bits, Faults::kOverflow);
}

TEST(Numbers, RoundsIntegers) {
  Faults faults;
  EXPECT_EQ(round_integer(15, -1, faults), 20);
  EXPECT_EQ(round_integer(-15, -1, faults), -20);
  EXPECT_EQ(round_integer(14, -1, faults), 10);
  EXPECT_EQ(round_integer(14, 3, faults), 14);
  EXPECT_EQ(round_integer(int64_t{49}, -2, faults), 0);
  EXPECT_EQ(round_integer(int64_t{50}, -2, faults), 100);
  EXPECT_EQ(round_integer(INT64_MAX, -30, faults), 0);
  EXPECT_EQ(faults.bits, 0U);
  round_integer(INT32_MAX, -2, faults);
  EXPECT_EQ(faults.bits, 0U);
  round_integer(INT32_MAX, -1, faults);
  EXPECT_EQ(faults.bits, Faults::kOverflow);
}

TEST(Numbers, Divisors) {
  struct Case {
    int64_t left, right, gcd, lcm;
  };
  const Case cases[] = {{12, 18, 6, 36}, {-12, 18, 6, 36}, {0, 0, 0, 0},
                        {0, 5, 5, 0},    {1, 1, 1, 1},     {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}};
  for (const Case& one : cases) {
    Faults faults;
    EXPECT_EQ(gcd(one.left, one.right, faults), one.gcd);
    EXPECT_EQ(lcm(one.left, one.right, faults), one.lcm);
    EXPECT_EQ(faults.bits, 0U);
  }
  Faults faults;
  EXPECT_EQ(gcd(INT64_MIN, 6, faults), 2);
  EXPECT_EQ(faults.bits, 0U);
  gcd(INT64_MIN, 0, faults);
  EXPECT_EQ(faults.bits, Faults::kOverflow);
  faults = {};
  lcm(INT64_MAX, 2, faults);
  EXPECT_EQ(faults.bits, Faults::kOverflow);
}

TEST(Numbers, Factorial) {
  Faults faults;
  EXPECT_EQ(static_cast<int64_t>(factorial(20, faults)), 2432902008176640000);
  EXPECT_EQ(static_cast<int64_t>(factorial(33, faults) / factorial(31, faults)), 33 * 32);
  EXPECT_EQ(static_cast<int64_t>(factorial(0, faults)), 1);
  EXPECT_EQ(faults.bits, 0U);
  for (const int32_t outside : {-1, 34}) {
    Faults found;
    factorial(outside, found);
    EXPECT_EQ(found.bits, Faults::kOutOfRange);
  }
}

TEST(Numbers, Bits) {
  Faults faults;
  EXPECT_EQ(shift_left(1, 4, faults), 16);
  EXPECT_EQ(shift_left(int64_t{1}, int64_t{62}, faults), int64_t{1} << 62);
  EXPECT_EQ(faults.bits, 0U);
  const std::pair<int32_t, int32_t> wrong[] = {{-1, 1}, {1, 31}, {1, 32}, {1, -1}, {3, 30}};
  for (const auto& [value, distance] : wrong) {
    Faults found;
    shift_left(value, distance, found);
    EXPECT_NE(found.bits, 0U) << value << " << " << distance;
  }
  EXPECT_EQ(shift_right(-8, 1), -4);
  EXPECT_EQ(shift_right(8, 100), 0);
  EXPECT_EQ(shift_right(8, -1), 0);
  EXPECT_EQ(bit_count(-1), 32);
  EXPECT_EQ(bit_count(int64_t{5}), 2);
  EXPECT_EQ(bit_xor(5, 3), 6);
  EXPECT_EQ(bit_not(5), -6);
}

TEST(Numbers, Neighbours) {
  for (const auto& [from, to] : {std::pair<double, double>{1, 2},
                                 {1, 0},
                                 {-1, 0},
                                 {-1, -2},
                                 {0, 1},
                                 {0, -1},
                                 {-0.0, 1},
                                 {kInfinity, 0},
                                 {1, 1},
                                 {0x1p-1074, 0},
                                 {-0x1p-1074, 0}})
    EXPECT_EQ(bits(next_after(from, to)), bits(std::nextafter(from, to))) << from << ' ' << to;
  EXPECT_TRUE(sign_bit(-0.0));
  EXPECT_FALSE(is_finite(std::nan("")));
  EXPECT_TRUE(is_infinite(-kInfinity));
}

}  // namespace
}  // namespace headrace::kernel
