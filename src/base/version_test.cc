#include "base/version.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace headrace {

TEST(Version, HasThreeParts) {
  int dots = 0;
  for (char letter : version()) dots += letter == '.' ? 1 : 0;
  EXPECT_EQ(dots, 2) << fmt::format("version is {}", version());
}

}  // namespace headrace
