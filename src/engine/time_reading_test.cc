// Goal: what reading a column takes is measured: both prices are there, and the file that it takes is gone.
#include "engine/time_reading.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>

#include "base/world.h"

namespace headrace {
namespace {

TEST(TimeReading, MeasuresBothPrices) {
  std::string directory = real_world().temporary_directory() + "/headrace-time-reading-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const auto prices = time_reading(directory);
  ASSERT_TRUE(prices.ok()) << to_text(prices.error());
  EXPECT_GT(prices.value().value_ns, 0);
  EXPECT_TRUE(std::isfinite(prices.value().byte_ns));
  const std::vector<std::string> left = real_world().list(directory).value();
  EXPECT_TRUE(left.empty()) << left.front();
  EXPECT_TRUE(real_world().remove(directory).ok());
}

TEST(TimeReading, SaysThatTheFileCannotBeWritten) {
  const auto prices = time_reading("/nowhere/at/all");
  ASSERT_FALSE(prices.ok());
  EXPECT_EQ(prices.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace headrace
