#include "runtime/range_source.h"

#include <gtest/gtest.h>

#include <limits>

namespace headrace {
namespace {

TEST(RangeSource, GivesTheFirstRowsOfEveryRange) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kGreatest = std::numeric_limits<int64_t>::max();
  struct Case {
    int64_t begin, end;
    uint32_t rows;  // of the first batch of at most 5
  };
  for (const Case& at : {Case{0, 0, 0}, Case{3, 1, 0}, Case{kGreatest, kLeast, 0}, Case{7, 9, 2}, Case{0, 100, 5},
                         Case{kLeast, kGreatest, 5}, Case{-kGreatest, kGreatest, 5}, Case{kGreatest - 1, kGreatest, 1},
                         Case{kLeast, 0, 5}}) {
    auto claim = make_range_source(at.begin, at.end)->claim();
    ASSERT_TRUE(claim.ok());
    auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claim.value());
    ASSERT_EQ(reader != nullptr, at.rows > 0) << at.begin << " " << at.end;
    if (reader == nullptr) continue;
    Batch batch;
    auto more = (*reader)->next(5, batch);
    ASSERT_TRUE(more.ok() && more.value());
    ASSERT_EQ(batch.rows, at.rows) << at.begin << " " << at.end;
    for (uint32_t row = 0; row < at.rows; ++row) EXPECT_EQ(batch.columns[0].as<int64_t>()[row], at.begin + row);
  }
}

}  // namespace
}  // namespace headrace
