// What is asked for of a remote file's page indexes and Bloom filters: few requests, each byte once, within bounds.
#include "io/format/index_bytes.h"

#include <thread>

#include <gtest/gtest.h>

#include "io/test_asked_file.h"

namespace headrace {
namespace {

using Ranges = std::vector<ByteRange>;

class IndexBytesTest : public testing::Test {
 protected:
  // As for a file with that many row groups of which none is excluded.
  static Result<IndexBytes::Brought> bring(IndexBytes& index, int group, int groups,
                                           const IndexBytes::RangesOf& ranges_of) {
    std::vector<int> later;
    for (int one = group + 1; one < groups; ++one) later.push_back(one);
    return index.bring(ranges_of(group), later, ranges_of);
  }
  void bring(int group, int groups, const IndexBytes::RangesOf& ranges_of) {
    ASSERT_TRUE(bring(index_, group, groups, ranges_of).ok());
  }
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
    bring(group, 1'000, ranges_of);
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
  bring(3, 10, ranges_of);
  EXPECT_EQ(file_->all_asked(), Ranges({{3'000'000, 3'000'500}, {19'000'150, 19'000'500}}));
  bring(4, 10, ranges_of);
  EXPECT_EQ(file_->asked.size(), 3u);
  EXPECT_EQ(file_->asked.back(), ByteRange({4'000'000, 4'000'500}));
}

TEST_F(IndexBytesTest, LaterRowGroupsAddNoMoreThanAMebibyte) {
  bring(0, 100, [](int group) {
    const auto at = static_cast<uint64_t>(group) * 100'000;
    return Ranges{{at, at + 100'000}};
  });
  EXPECT_EQ(file_->all_asked(), Ranges({{0, 1'100'000}}));
  EXPECT_GE(budget_.bytes_used(), 1'100'000u);
  for (int group = 11; group < 100; ++group)
    bring(group, 100, [](int one) {
      const auto at = static_cast<uint64_t>(one) * 100'000;
      return Ranges{{at, at + 100'000}};
    });
  EXPECT_LE(budget_.bytes_used(), IndexBytes::kHeldBytesMax);
}

TEST_F(IndexBytesTest, WhatCannotBeHeldIsReadWhereItIsAskedFor) {
  const auto huge = [](int) { return Ranges{{0, 10'000'000}}; };
  bring(0, 1, huge);
  EXPECT_TRUE(file_->asked.empty());
  file_->fails = true;
  const auto some = [](int) { return Ranges{{0, 100}}; };
  EXPECT_FALSE(bring(index_, 0, 1, some).ok());
  EXPECT_EQ(read(0, 100), "the net is down");
  file_->fails = false;
  bring(0, 1, some);
  EXPECT_EQ(read(0, 100), file_->content.substr(0, 100));
  EXPECT_EQ(file_->asked.size(), 3u);
  EXPECT_EQ(read(50, 100), file_->content.substr(50, 100));  // partly held
  EXPECT_EQ(file_->asked.size(), 4u);

  MemoryBudget none(0);
  IndexBytes without_memory(file_, none);
  ASSERT_TRUE(bring(without_memory, 0, 1, some).ok());
  std::string text(10, ' ');
  ASSERT_TRUE(without_memory.read_at(20, text).ok());
  EXPECT_EQ(text, file_->content.substr(20, 10));
}

// Filters that are long in all: none is asked for twice.
TEST_F(IndexBytesTest, WhatDoesNotFitBesideTheRestIsNotBrought) {
  const auto filters = [](int group) {
    Ranges ranges;
    for (uint64_t filter = 0; filter < 5; ++filter) {
      const uint64_t at = static_cast<uint64_t>(group) * 8'000'000 + filter * 1'500'000;
      ranges.push_back({at, at + 1'400'000});
    }
    return ranges;
  };
  bring(0, 2, filters);
  for (const ByteRange& range : filters(0)) read(range.begin, range.bytes());
  EXPECT_EQ(file_->all_asked(), filters(0));
  EXPECT_LE(budget_.bytes_used(), IndexBytes::kHeldBytesMax);
}

// A row group whose bytes were brought finds them whatever others bring before it has read them.
TEST_F(IndexBytesTest, WhatWasBroughtStaysForWhoBroughtIt) {
  const auto half = [](int group) {
    const auto at = static_cast<uint64_t>(group) * 3'000'000;
    return Ranges{{at, at + 2'500'000}};
  };
  auto first = bring(index_, 0, 1, half);
  bring(1, 2, half);
  bring(2, 3, half);
  read(0, 2'500'000);
  EXPECT_EQ(file_->asked.size(), 3u);
  first = IndexBytes::Brought();
  bring(3, 4, half);
  EXPECT_LE(budget_.bytes_used(), IndexBytes::kHeldBytesMax);
}

// While a request is under way.
TEST_F(IndexBytesTest, ReadsOfHeldBytesDoNotWait) {
  bring(0, 1, [](int) { return Ranges{{0, 100}}; });
  std::latch held(1);
  file_->hold = &held;
  std::thread other([&] { bring(1, 2, [](int) { return Ranges{{5'000, 5'100}}; }); });
  bring(0, 1, [](int) { return Ranges{{0, 100}}; });
  EXPECT_EQ(read(0, 100), file_->content.substr(0, 100));
  held.count_down();
  other.join();
}

TEST_F(IndexBytesTest, NothingIsHeldWhenAllRowGroupsAreRead) {
  const auto some = [](int group) { return Ranges{{static_cast<uint64_t>(group), 1'000}}; };
  bring(0, 1, some);
  index_.let_go();
  EXPECT_EQ(budget_.bytes_used(), 0u);
  bring(0, 1, some);
  EXPECT_EQ(budget_.bytes_used(), 0u);
}

}  // namespace
}  // namespace headrace
