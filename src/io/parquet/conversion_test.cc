#include "io/parquet/conversion.h"

#include <cstring>
#include <limits>

#include <gtest/gtest.h>

namespace headrace::parquet_in {
namespace {

// What Impala and Spark write: nanoseconds of the day, then the Julian day; 2,440,588 is that of the epoch.
std::optional<int64_t> from_int96(uint32_t day, int64_t nanoseconds) {
  char raw[12];
  std::memcpy(raw, &nanoseconds, 8);
  std::memcpy(raw + 8, &day, 4);
  Leaf leaf{.name = "t", .type = kTimestamp};
  leaf.physical = Physical::k96;
  const Conversion conversion = find_conversion(leaf).value();
  int64_t us = 0;
  return conversion.convert(leaf, raw, nullptr, 1, &us) == 1 ? std::optional(us) : std::nullopt;
}

TEST(Conversion, Int96) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max(), kDayUs = 86'400'000'000;
  EXPECT_EQ(from_int96(2'440'588, 0), 0);
  EXPECT_EQ(from_int96(2'440'588, 1'999), 1);
  EXPECT_EQ(from_int96(2'440'588, -1), -1) << "rounds down, as all times do";
  EXPECT_EQ(from_int96(2'440'587, 5'000), 5 - kDayUs);
  EXPECT_EQ(from_int96(0, 0), -2'440'588 * kDayUs);
  EXPECT_EQ(from_int96(106'751'991 + 2'440'588, 0), 106'751'991 * kDayUs);
  EXPECT_EQ(from_int96(106'751'992 + 2'440'588, 0), std::nullopt);
  EXPECT_EQ(from_int96(106'751'991 + 2'440'588, kMax), std::nullopt);
  EXPECT_EQ(from_int96(std::numeric_limits<uint32_t>::max(), 0), std::nullopt);
}

}  // namespace
}  // namespace headrace::parquet_in
