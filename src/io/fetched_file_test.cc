#include "io/fetched_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <random>
#include <thread>

#include "io/test_asked_file.h"
#include "runtime/scheduler/io_threads.h"

namespace headrace {
namespace {

class FetchedFiles : public testing::Test {
 protected:
  std::string read(FetchedFile& file, uint64_t offset, uint64_t bytes) {
    std::string text(bytes, '\0');
    const auto got = file.read_at(offset, text);
    if (!got.ok()) return got.error().message;
    text.resize(got.value());
    return text;
  }
  std::string content(uint64_t offset, uint64_t bytes) const { return asked_->content.substr(offset, bytes); }

  MemoryBudget budget_{uint64_t{64} << 20};
  std::shared_ptr<AskedFile> asked_ = std::make_shared<AskedFile>(20'000'000);
  IoThreads threads_;
};

TEST_F(FetchedFiles, NearRangesAreOneRequest) {
  for (IoThreads* threads : {&threads_, static_cast<IoThreads*>(nullptr)}) {
    asked_->asked.clear();
    FetchedFile file(asked_, budget_, threads);
    file.add({{1'000, 2'000}, {2'050, 3'000}, {10'000, 11'000}});
    EXPECT_EQ(file.fetch(), 3'000u);
    EXPECT_EQ(read(file, 1'000, 1'000), content(1'000, 1'000));
    EXPECT_EQ(read(file, 2'050, 950), content(2'050, 950));
    EXPECT_EQ(read(file, 10'000, 1'000), content(10'000, 1'000));
    EXPECT_EQ(asked_->all_asked(), std::vector<ByteRange>({{1'000, 3'000}, {10'000, 11'000}}));
    EXPECT_EQ(budget_.bytes_used(), 0u);  // all was read, and let go
    EXPECT_TRUE(file.is_ready());
    EXPECT_EQ(read(file, 1'000, 10), content(1'000, 10));  // once more
    EXPECT_EQ(asked_->asked.size(), 3u);
  }
}

TEST_F(FetchedFiles, LateRangesComeWhenTheyAreRead) {
  FetchedFile file(asked_, budget_, &threads_);
  file.add({{1'000, 2'000}, {2'100, 3'000}});
  file.fetch();
  file.add({{2'000, 2'100}, {5'000, 6'000}, {6'050, 7'000}, {9'000, 9'500}});
  EXPECT_EQ(read(file, 1'000, 1'000), content(1'000, 1'000));
  EXPECT_EQ(read(file, 2'000, 100), content(2'000, 100));  // lay between the others
  EXPECT_EQ(asked_->all_asked(), std::vector<ByteRange>({{1'000, 3'000}}));
  EXPECT_EQ(read(file, 6'050, 950), content(6'050, 950));
  EXPECT_EQ(read(file, 5'000, 1'000), content(5'000, 1'000));
  EXPECT_EQ(asked_->all_asked(), std::vector<ByteRange>({{1'000, 3'000}, {5'000, 7'000}}));
}

TEST_F(FetchedFiles, LateRangesMayReachOverOthers) {
  FetchedFile file(asked_, budget_, &threads_);
  file.add({{1'000, 1'050}});
  file.fetch();
  file.add({{900, 1'000}, {1'060, 2'000}});
  EXPECT_EQ(read(file, 1'060, 940), content(1'060, 940));
  EXPECT_EQ(read(file, 900, 100), content(900, 100));
  EXPECT_EQ(read(file, 1'000, 50), content(1'000, 50));
  EXPECT_EQ(asked_->all_asked(), std::vector<ByteRange>({{900, 2'000}, {1'000, 1'050}}));
}

TEST_F(FetchedFiles, ReadsWaitForWhatIsUnderWay) {
  std::latch hold(1);
  asked_->hold = &hold;
  FetchedFile file(asked_, budget_, &threads_);
  file.add({{0, 1'000}});
  file.fetch();
  EXPECT_FALSE(file.is_ready());
  std::string text;
  std::thread reader([&] { text = read(file, 0, 1'000); });
  CancelToken cancel;
  cancel.cancel();
  {
    const CancelScope scope(&cancel);
    EXPECT_EQ(read(file, 0, 10), "the query was cancelled");
  }
  hold.count_down();
  reader.join();
  EXPECT_EQ(text, content(0, 1'000));
}

TEST_F(FetchedFiles, ErrorsReachTheReader) {
  asked_->fails = true;
  FetchedFile file(asked_, budget_, &threads_);
  file.add({{0, 1'000}});
  file.fetch();
  EXPECT_EQ(read(file, 0, 10), "the net is down");
}

TEST_F(FetchedFiles, WithoutMemoryReadsAskForThemselves) {
  MemoryBudget little(1'000);
  FetchedFile file(asked_, little, &threads_);
  file.add({{0, 400}, {5'000, 9'000}});
  EXPECT_EQ(file.fetch(), 400u);
  EXPECT_EQ(read(file, 0, 400), content(0, 400));
  EXPECT_EQ(read(file, 5'000, 100), content(5'000, 100));
  EXPECT_EQ(asked_->all_asked(), std::vector<ByteRange>({{0, 400}, {5'000, 5'100}}));
}

TEST_F(FetchedFiles, LongRangesComeInWindows) {
  constexpr uint64_t kWindow = FetchedFile::kWindowBytes;
  FetchedFile file(asked_, budget_, &threads_);
  file.add_front_to_back({100, 20'000'000}, 1, 1);
  EXPECT_EQ(read(file, 100, 50), content(100, 50));
  EXPECT_EQ(read(file, 100 + kWindow - 10, 20), content(100 + kWindow - 10, 20));  // over an edge
  for (uint64_t at = 150; at < 20'000'000; at += 1'000'000)
    ASSERT_EQ(read(file, at, 1'000'000), content(at, 1'000'000));
  EXPECT_EQ(asked_->all_asked().size(), 5u);
  EXPECT_LE(budget_.bytes_peak(), 4 * kWindow);
  EXPECT_EQ(read(file, 100, 50), content(100, 50));  // long gone
  EXPECT_EQ(asked_->all_asked().size(), 6u);
}

TEST_F(FetchedFiles, AnyReadsGiveTheFilesBytes) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    MemoryBudget budget(1 + random() % 10'000'000);
    IoThreads threads;
    FetchedFile file(asked_, budget, seed % 3 == 0 ? nullptr : &threads);
    std::vector<ByteRange> ranges;
    for (uint64_t count = random() % 8; count > 0; --count) {
      const uint64_t begin = random() % 5'000;
      ranges.push_back({begin, begin + random() % 3'000});
    }
    file.add({ranges.begin(), ranges.begin() + static_cast<ptrdiff_t>(ranges.size() / 2)});
    file.fetch();
    file.add({ranges.begin() + static_cast<ptrdiff_t>(ranges.size() / 2), ranges.end()});
    file.add_front_to_back({10'000 + random() % 1'000, 20'000'000}, random() % 3, random() % 3);
    std::vector<std::thread> readers;
    for (uint64_t reader = 0; reader < 3; ++reader)
      readers.emplace_back([&, reader] {
        std::mt19937_64 mine(seed * 10 + reader);
        for (int step = 0; step < 50; ++step) {
          const uint64_t offset = step % 2 == 0 ? mine() % 12'000 : mine() % 21'000'000;
          const uint64_t bytes = mine() % 20'000;
          ASSERT_EQ(read(file, offset, bytes), offset >= 20'000'000 ? std::string() : content(offset, bytes));
        }
      });
    for (std::thread& reader : readers) reader.join();
  }
}

}  // namespace
}  // namespace headrace
