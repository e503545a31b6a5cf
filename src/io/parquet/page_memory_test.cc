#include "io/parquet/page_memory.h"

#include <gtest/gtest.h>

namespace headrace::parquet_in {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

TEST(PageMemory, AShortFileHasALimitOfItsOwn) {
  MemoryBudget budget(1'000'000 * kMiB);
  const PageMemory memory(budget, 100);
  auto first = memory.allocate(1'000);
  ASSERT_TRUE(first.ok());
  const auto refused = memory.allocate(512 * kMiB);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  EXPECT_EQ(refused.error().message,
            "pages of a file of 100 bytes claim 536871912 bytes at a time, at most 536870912 are read");
  EXPECT_FALSE(memory.allocate(UINT64_MAX).ok());
  first.value().reset();
  EXPECT_TRUE(memory.allocate(512 * kMiB).ok()) << "what was refused and what was given back hold nothing";
}

TEST(PageMemory, BuffersOutliveIt) {
  MemoryBudget budget(kMiB);
  std::shared_ptr<Buffer> kept;
  {
    const PageMemory memory(budget, 100);
    kept = memory.allocate(1'000).value();
    EXPECT_FALSE(memory.allocate(2 * kMiB).ok()) << "the budget's limit";
  }
  EXPECT_GE(budget.bytes_used(), 1'000u);
  kept.reset();
  EXPECT_EQ(budget.bytes_used(), 0u);
}

TEST(PageMemory, ALongFileMayBecomeMore) {
  MemoryBudget budget(1'000'000 * kMiB);
  const PageMemory memory(budget, 100 * kMiB);
  EXPECT_TRUE(memory.check_values(1'600 * kMiB).ok());
  EXPECT_EQ(memory.check_values(1'601 * kMiB).error().code, ErrorCode::kLimit);
  EXPECT_TRUE(PageMemory(budget).check_values(UINT64_MAX).ok()) << "without a file there is the budget alone";
}

}  // namespace
}  // namespace headrace::parquet_in
