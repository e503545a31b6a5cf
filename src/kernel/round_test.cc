// round(x, digits): the double nearest to the exact value rounded half away from zero. Expected values from Python:
// float(Decimal(x).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)).
#include "kernel/round.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "kernel/hash.h"

namespace headrace::kernel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

uint64_t bits(double value) {
  uint64_t word;
  std::memcpy(&word, &value, sizeof word);
  return word;
}

TEST(Round, KnownValues) {
  struct Case {
    double value;
    int32_t digits;
    double expected;
  };
  const Case cases[] = {
      {2.5, 0, 3},
      {-2.5, 0, -3},
      {2.675, 2, 2.67},
      {1.005, 2, 1.0},
      {0.285, 2, 0.28},
      {0.15, 1, 0.1},
      {0.25, 1, 0.3},
      {0.35, 1, 0.3},
      {-0.4, 0, -0.0},
      {5.015, 2, 5.01},
      {1.15, 1, 1.1},
      {1234.5, -2, 1200},
      {1250, -2, 1300},
      {-1250, -2, -1300},
      {1e300, 5, 1e300},
      {5e-324, 400, 5e-324},
      {123, -400, 0},
      {0.5, 0, 1},
      {0.49999999999999994, 0, 0},
      {4503599627370495.5, 0, 4503599627370496},
      {9007199254740994, 0, 9007199254740994},
      {kInfinity, 1, kInfinity},
      {-0.0, 2, -0.0},
      {0.1, 22, 0.1},
      {5, -1, 10},
      {4, -1, 0},
      {999.9, -3, 1000},
      {499.9, -3, 0},
      {1.7976931348623157e308, -308, kInfinity},
      {1e-310, 310, 1e-310},
      {1.5e-310, 310, 2e-310},
      {0.000030517578125, 14, 0.00003051757813},
      {123456789.123456789, 5, 123456789.12346},
      {1e22, 22, 1e22},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(bits(round_float(one.value, one.digits)), bits(one.expected)) << one.value << ' ' << one.digits;
  }
  EXPECT_TRUE(std::isnan(round_float(std::nan(""), 2)));
  EXPECT_EQ(round_float(1.5, std::numeric_limits<int32_t>::max()), 1.5);
  EXPECT_EQ(round_float(1.5, std::numeric_limits<int32_t>::min()), 0);
}

// Two methods that share nothing: a product with its error, and the decimal expansion.
TEST(Round, FastAndExactPathsAgree) {
  std::mt19937_64 random(29);
  for (int i = 0; i < 100'000; ++i) {
    const auto digits = static_cast<int32_t>(random() % 23);
    double value = 0;
    if (i % 3 == 0) {
      value = std::ldexp(static_cast<double>(static_cast<int64_t>(random())), static_cast<int>(random() % 100) - 90);
    } else if (i % 3 == 1) {  // near halves of the last digit
      value = (static_cast<double>(random() % 100'000) + 0.5) / kExactPowersOfTen[digits];
    } else {  // exact halves
      value = static_cast<double>(random() % 100'000) / 64;
    }
    ASSERT_EQ(bits(round_float(value, digits)), bits(headrace_rt_round_exactly(value, digits)))
        << value << ' ' << digits;
  }
}

}  // namespace
}  // namespace headrace::kernel
