// Goal: a rate source gives rows when they are due, and says how many morsels wait.
#include "runtime/rate_source.h"

#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

TEST(RateSource, SaysWhatIsDue) {
  TestContext test{uint64_t{1} << 20};
  FakeWorld world;
  QueryContext context{world, test.budget, test.cancel, test.settings, test.files, {}};
  const RateTable table({.rows = 1'000, .rows_per_second = 1'000, .rows_per_morsel = 10, .watermark_morsels = 0});
  const auto source = table.scan({{2}, {}}, context);
  ASSERT_TRUE(source.ok());
  const auto claims = [&] {
    uint32_t count = 0;
    while (std::holds_alternative<std::unique_ptr<MorselReader>>(source.value()->claim().value())) ++count;
    return count;
  };
  EXPECT_EQ(source.value()->waiting(), 0U);
  EXPECT_EQ(claims(), 1U) << "the first row is due at once";
  world.now_ns += 105'000'000;
  EXPECT_EQ(source.value()->waiting(), 9U);
  EXPECT_EQ(claims(), 10U);
  world.now_ns += 10'000'000'000;
  EXPECT_EQ(source.value()->waiting(), 89U) << "no more than there are";
}

}  // namespace
}  // namespace headrace
