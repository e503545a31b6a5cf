// What is asked for of a remote file's page indexes and Bloom filters: few requests, each byte once, within bounds.
#include "io/format/index_bytes.h"

#include <gtest/gtest.h>

#include "io/test_asked_file.h"

namespace headrace {
namespace {

using Ranges = std::vector<ByteRange>;

class IndexBytesTest : public testing::Test {
 protected:
  std::string read(uint64_t offset, uint64_t bytes) {
    std::string text(bytes, '\0');
    const auto got = index_.read_at(offset, text);
    if (!got.ok()) return got.error().message;
    text.resize(got.value());
    return text;
  }

  MemoryBudget budget_{uint64_t{64} << 20};
  std::shared_ptr<AskedFile> file_ = std::make_shared<AskedFile>(20'000'000);
  IndexBytes index_{file_, budget_};
};

// Bounds of all row groups, then places of all: two requests for a thousand row groups.
TEST_F(IndexBytesTest, RowGroupsComeTogether) {
  const auto ranges_of = [](int group) {
    const auto at = static_cast<uint64_t>(group) * 100;
    return Ranges{{1'000'000 + at, 1'000'060 + at}, {5'000'000 + at, 5'000'100 + at}};
  };
  for (int group = 0; group < 1'000; ++group) {
    index_.bring(group, 1'000, ranges_of);
    for (const ByteRange& range : ranges_of(group))
      ASSERT_EQ(read(range.begin, range.bytes()), file_->content.substr(range.begin, range.bytes()));
  }
  EXPECT_EQ(file_->all_asked(), Ranges({{1'000'000, 1'099'960}, {5'000'000, 5'100'000}}));
}

// A filter behind each row group's data costs its own request, and no data.
TEST_F(IndexBytesTest, WhatLiesApartIsLeftForItsRowGroup) {
  const auto ranges_of = [](int group) {
    const auto at = static_cast<uint64_t>(group);
    return Ranges{{at * 1'000'000, at * 1'000'000 + 500}, {19'000'000 + at * 50, 19'000'050 + at * 50}};
  };
  index_.bring(3, 10, ranges_of);
  EXPECT_EQ(file_->all_asked(), Ranges({{3'000'000, 3'000'500}, {19'000'150, 19'000'500}}));
  index_.bring(4, 10, ranges_of);
  EXPECT_EQ(file_->asked.size(), 3u);
  EXPECT_EQ(file_->asked.back(), ByteRange({4'000'000, 4'000'500}));
}

TEST_F(IndexBytesTest, LaterRowGroupsAddNoMoreThanAMebibyte) {
  index_.bring(0, 100, [](int group) {
    const auto at = static_cast<uint64_t>(group) * 100'000;
    return Ranges{{at, at + 100'000}};
  });
  EXPECT_EQ(file_->all_asked(), Ranges({{0, 1'100'000}}));
  EXPECT_GE(budget_.bytes_used(), 1'100'000u);
  for (int group = 11; group < 100; ++group)
    index_.bring(group, 100, [](int one) {
      const auto at = static_cast<uint64_t>(one) * 100'000;
      return Ranges{{at, at + 100'000}};
    });
  EXPECT_LE(budget_.bytes_used(), IndexBytes::kHeldBytesMax);
}

TEST_F(IndexBytesTest, WhatCannotBeHeldIsReadWhereItIsAskedFor) {
  const auto huge = [](int) { return Ranges{{0, 10'000'000}}; };
  index_.bring(0, 1, huge);
  EXPECT_TRUE(file_->asked.empty());
  file_->fails = true;
  const auto some = [](int) { return Ranges{{0, 100}}; };
  index_.bring(0, 1, some);
  EXPECT_EQ(read(0, 100), "the net is down");
  file_->fails = false;
  index_.bring(0, 1, some);
  EXPECT_EQ(read(0, 100), file_->content.substr(0, 100));
  EXPECT_EQ(file_->asked.size(), 3u);
  EXPECT_EQ(read(50, 100), file_->content.substr(50, 100));  // partly held
  EXPECT_EQ(file_->asked.size(), 4u);

  MemoryBudget none(0);
  IndexBytes without_memory(file_, none);
  without_memory.bring(0, 1, some);
  std::string text(10, ' ');
  ASSERT_TRUE(without_memory.read_at(20, text).ok());
  EXPECT_EQ(text, file_->content.substr(20, 10));
}

}  // namespace
}  // namespace headrace
