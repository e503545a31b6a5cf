// Decimal arithmetic on the edge of 38 digits; expected values from Python integers.
#include "kernel/decimal.h"

#include <gtest/gtest.h>

#include <random>

#include "types/value.h"

namespace headrace::kernel {
namespace {

constexpr int128 kLargest = kDecimalEnd - 1;

void check(int128 result, Faults faults, const char* expected) {
  if (expected == nullptr) {
    EXPECT_EQ(faults.bits, Faults::kOverflow) << decimal_to_text(result, 0);
  } else {
    EXPECT_EQ(faults.bits, 0U) << expected;
    EXPECT_EQ(decimal_to_text(result, 0), expected);
  }
}

TEST(Decimal, SumsAndDifferences) {
  struct Case {
    int128 left, right;
    const char *sum, *difference;  // nullptr: overflow
  };
  const Case cases[] = {
      {1, 2, "3", "-1"},
      {kLargest, 0, "99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
      {kLargest, 1, nullptr, "99999999999999999999999999999999999998"},
      {kLargest, kLargest, nullptr, "0"},
      {-kLargest, kLargest, "0", nullptr},
      {-kLargest, -1, nullptr, "-99999999999999999999999999999999999998"},
  };
  for (const Case& one : cases) {
    Faults faults;
    const int128 sum = add(one.left, one.right, faults);
    check(sum, faults, one.sum);
    Faults others;
    const int128 difference = subtract(one.left, one.right, others);
    check(difference, others, one.difference);
  }
}

TEST(Decimal, Products) {
  const int128 ten_19 = power_of_ten(19);
  struct Case {
    int128 left, right;
    const char* product;
  };
  const Case cases[] = {
      {3, -4, "-12"},
      {INT64_MIN, INT64_MIN, "85070591730234615865843651857942052864"},
      {ten_19 - 1, ten_19 + 1, "99999999999999999999999999999999999999"},
      {ten_19, ten_19, nullptr},
      {-ten_19, ten_19, nullptr},
      {kLargest, 1, "99999999999999999999999999999999999999"},
      {kLargest, -1, "-99999999999999999999999999999999999999"},
      {kLargest, 2, nullptr},
      {kLargest, kLargest, nullptr},
      {power_of_ten(37), 9, "90000000000000000000000000000000000000"},
      {power_of_ten(37), 10, nullptr},
      {power_of_ten(37), 40, nullptr},  // more than 128 bits
      {int128{1} << 64, int128{1} << 62, "85070591730234615865843651857942052864"},
      {int128{1} << 64, int128{1} << 64, nullptr},
      {int128{1} << 100, 0, "0"},
      {static_cast<int128>(static_cast<uint128>(1) << 127), static_cast<int128>(static_cast<uint128>(1) << 127),
       nullptr},
  };
  for (const Case& one : cases) {
    Faults faults;
    const int128 product = multiply(one.left, one.right, faults);
    check(product, faults, one.product);
    Faults others;
    EXPECT_EQ(multiply(one.right, one.left, others), product);
    EXPECT_EQ(others.bits, faults.bits);
  }
}

TEST(Decimal, ProductsOfRandomFactorsDivideBack) {
  std::mt19937_64 random(17);
  const auto any = [&random](uint64_t bits) {
    return static_cast<int128>((static_cast<uint128>(random()) << 64 | random()) >> (128 - bits));
  };
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t bits = 1 + random() % 125;
    const int128 left = any(bits);
    const int128 right = any(1 + random() % 126);
    Faults faults;
    const int128 product = multiply(left, right, faults);
    // The product is below 10^38 exactly when left <= (10^38 - 1) / right.
    const bool fits = right == 0 || left <= kLargest / right;
    ASSERT_EQ(faults.bits == 0, fits);
    if (fits && right != 0) {
      ASSERT_EQ(product / right, left);
      ASSERT_EQ(product % right, 0);
    }
  }
}

TEST(Decimal, RescaleRoundsHalvesAwayFromZero) {
  struct Case {
    int128 value;
    int32_t from_scale, precision, to_scale;
    const char* expected;
  };
  const Case cases[] = {
      {-7'005, 3, 10, 2, "-701"},
      {7'005, 3, 10, 2, "701"},
      {7'0049, 4, 10, 2, "700"},
      {-7'0049, 4, 10, 2, "-700"},
      {5, 1, 1, 0, "1"},
      {4, 1, 1, 0, "0"},
      {99'995, 3, 4, 2, nullptr},
      {99'994, 3, 4, 2, "9999"},
      {12, 0, 4, 2, "1200"},
      {12, 0, 3, 2, nullptr},
      {kLargest, 0, 38, 1, nullptr},
      {kLargest, 38, 38, 0, "1"},
      {kLargest / 2, 38, 38, 0, "0"},
      {power_of_ten(37) * 5, 38, 38, 0, "1"},
      {kLargest, 19, 38, 0, "10000000000000000000"},
      {1, 0, 38, 37, "10000000000000000000000000000000000000"},
  };
  for (const Case& one : cases) {
    Faults faults;
    const int128 result = rescale(one.value, one.from_scale, one.precision, one.to_scale, faults);
    check(result, faults, one.expected);
  }
}

TEST(Decimal, AnyBitsAndScalesAreHarmless) {
  std::mt19937_64 random(23);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<int128>(static_cast<uint128>(random()) << 64 | random());
    Faults faults;
    rescale(value, static_cast<int32_t>(random() % 100) - 30, static_cast<int32_t>(random() % 100) - 30,
            static_cast<int32_t>(random() % 100) - 30, faults);
    negate(value, faults);
    absolute(value, faults);
    add(value, value, faults);
    multiply(value, value, faults);
  }
}

}  // namespace
}  // namespace headrace::kernel
