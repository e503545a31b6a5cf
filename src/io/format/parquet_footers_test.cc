#include "io/format/parquet_footers.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr int64_t kNowUs = 1'000'000'000;

std::shared_ptr<const ParquetFooter> footer_of(uint64_t rows) {
  auto footer = std::make_shared<ParquetFooter>();
  footer->rows = rows;
  footer->first_rows.resize(1'000);
  return footer;
}

FileVersion version_of(uint64_t file, int64_t modified_ns = 5, int64_t changed_ns = 5) {
  return {.device = 1, .file = file, .bytes = 10, .modified_ns = modified_ns, .changed_ns = changed_ns};
}

TEST(ParquetFooters, AreFoundByVersion) {
  MemoryBudget budget(1 << 20);
  ParquetFooters footers(budget);
  EXPECT_EQ(footers.find("a", version_of(1)), nullptr);
  footers.keep("a", version_of(1), footer_of(1), kNowUs);
  EXPECT_GT(budget.bytes_used(), 0u);
  ASSERT_NE(footers.find("a", version_of(1)), nullptr);
  EXPECT_EQ(footers.find("b", version_of(1)), nullptr);
  // The same size, but written later, or made to look as if it were not.
  EXPECT_EQ(footers.find("a", version_of(1, 6)), nullptr);
  EXPECT_EQ(footers.find("a", version_of(1)), nullptr);  // the old one will not come back
  EXPECT_EQ(budget.bytes_used(), 0u);
  footers.keep("a", version_of(1), footer_of(1), kNowUs);
  EXPECT_EQ(footers.find("a", version_of(1, 5, 6)), nullptr);
  footers.keep("a", version_of(1), footer_of(1), kNowUs);
  EXPECT_EQ(footers.find("a", version_of(2)), nullptr);
  const ParquetFooters::Counters counters = footers.counters();
  EXPECT_EQ(counters.hits, 1u);
  EXPECT_EQ(counters.misses, 6u);
}

TEST(ParquetFooters, WhatMayStillLookTheSameIsNotKept) {
  MemoryBudget budget(1 << 20);
  ParquetFooters footers(budget);
  footers.keep("written just now", version_of(1, kNowUs * 1'000 - 1'000'000), footer_of(1), kNowUs);
  footers.keep("changed just now", version_of(1, 5, kNowUs * 1'000), footer_of(1), kNowUs);
  footers.keep("an object without a tag", {.bytes = 10}, footer_of(1), kNowUs);
  EXPECT_EQ(footers.counters().files, 0u);
  footers.keep("an object", {.bytes = 10, .tag = "\"one\""}, footer_of(1), kNowUs);
  EXPECT_EQ(footers.counters().files, 1u);
}

TEST(ParquetFooters, TheLeastRecentlyUsedGoFirst) {
  MemoryBudget budget(1 << 20);
  ParquetFooters footers(budget, 25'000);  // three of 8,000 bytes
  for (uint64_t file = 0; file < 3; ++file)
    footers.keep(std::to_string(file), version_of(file + 1), footer_of(file), kNowUs);
  EXPECT_NE(footers.find("0", version_of(1)), nullptr);
  footers.keep("3", version_of(4), footer_of(3), kNowUs);
  EXPECT_NE(footers.find("0", version_of(1)), nullptr);
  EXPECT_EQ(footers.find("1", version_of(2)), nullptr);
  EXPECT_EQ(footers.counters().files, 3u);
}

TEST(ParquetFooters, GiveWayWhenMemoryIsNeeded) {
  MemoryBudget budget(100'000);
  ParquetFooters footers(budget);
  for (uint64_t file = 0; file < 10; ++file)
    footers.keep(std::to_string(file), version_of(file + 1), footer_of(file), kNowUs);
  EXPECT_EQ(budget.bytes_used(), 80'000u);
  Reservation other(budget, "other");
  ASSERT_TRUE(other.grow(50'000).ok());
  EXPECT_EQ(footers.counters().files, 6u);
  ASSERT_TRUE(other.grow(50'000).ok());
  EXPECT_EQ(footers.counters().files, 0u);
  EXPECT_FALSE(other.grow(1).ok());
  footers.keep("a", version_of(1), footer_of(1), kNowUs);  // no memory: not kept
  EXPECT_EQ(footers.counters().files, 0u);
}

}  // namespace
}  // namespace headrace
