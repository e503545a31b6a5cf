#include "kernel/arithmetic.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace headrace::kernel {
namespace {

void check_product(int64_t left, int64_t right) {
  Faults faults;
  const int64_t found = multiply(left, right, faults);
  int64_t expected = 0;
  const bool overflows = __builtin_mul_overflow(left, right, &expected);
  ASSERT_EQ(found, expected) << left << " * " << right;
  ASSERT_EQ(faults.bits, overflows ? uint32_t{Faults::kOverflow} : 0u) << left << " * " << right;
}

// Products of every size, most of them just above or below 2^63 and 2^64.
TEST(Arithmetic, ProductsOverflowExactlyWhereTheyLeaveSixtyFourBits) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min(), kMax = std::numeric_limits<int64_t>::max();
  const int64_t extremes[] = {kMin, kMin + 1, -2, -1, 0, 1, 2, kMax - 1, kMax};
  for (const int64_t left : extremes) {
    for (const int64_t right : extremes) check_product(left, right);
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 300'000; ++i) {
    const auto left = static_cast<int64_t>(random() >> (1 + random() % 62));
    if (left == 0) continue;
    const unsigned __int128 border = static_cast<unsigned __int128>(1) << (63 + random() % 2);
    const auto right =
        static_cast<int64_t>(static_cast<uint64_t>(border / static_cast<uint64_t>(left)) + random() % 5 - 2);
    check_product(left, right);
    check_product(-left, right);
    check_product(left, static_cast<int64_t>(0 - static_cast<uint64_t>(right)));
    check_product(static_cast<int64_t>(random()), static_cast<int64_t>(random() >> (random() % 64)));
  }
}

TEST(Arithmetic, SignIsOfTheValueAlone) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto check = [](auto value, int32_t expected) {
    EXPECT_EQ(sign(value), expected) << static_cast<double>(value);
  };
  check(std::numeric_limits<int32_t>::min(), -1);
  check(std::numeric_limits<int64_t>::min(), -1);
  check(int32_t{0}, 0);
  check(int64_t{1} << 40, 1);
  check(-(__int128{1} << 100), -1);
  check(__int128{1} << 64, 1);
  check(5e-324, 1);
  check(-5e-324, -1);
  check(0.0, 0);
  check(-0.0, 0);
  check(-kInfinity, -1);
  check(kInfinity, 1);
  check(std::numeric_limits<double>::quiet_NaN(), 0);
}

}  // namespace
}  // namespace headrace::kernel
