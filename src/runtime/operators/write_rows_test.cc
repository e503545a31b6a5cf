#include "runtime/operators/write_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "runtime/operators/list.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

const Schema kSchema = {{"a", kInt64, false}, {"b", kUtf8, true}};

struct Written {
  std::vector<std::string> rows;
  bool finished = false, abandoned = false;
  uint64_t rows_max = ~uint64_t{0};  // then the disk is full
};

class FakeWriter final : public RowWriter {
 public:
  explicit FakeWriter(Written& to) : to_(to) {}
  Status write(const Batch& batch) override {
    for (const Row& row : rows_of(batch)) to_.rows.push_back(row_text(row));
    if (to_.rows.size() > to_.rows_max) return Error{ErrorCode::kIo, "no space left", "", ""};
    return kDone;
  }
  Status finish() override {
    to_.finished = true;
    return kDone;
  }
  void abandon() override { to_.abandoned = true; }

 private:
  Written& to_;
};

struct WriteTest : testing::Test {
  TestContext test{uint64_t{1} << 20};
  Written written;
  Random random{1};

  std::unique_ptr<Sink> make(bool ordered, uint32_t inputs = 1) {
    test.context.make_writer = [this](const WriteRequest& request, World&,
                                      MemoryBudget&) -> Result<std::unique_ptr<RowWriter>> {
      EXPECT_EQ(request.path, "out.csv");
      EXPECT_EQ(request.schema, kSchema);
      return std::make_unique<FakeWriter>(written);
    };
    auto sink =
        make_sink({WriteSink{"out.csv", "csv", {}, ordered}, kSchema, {{"rows", kInt64, false}}, inputs}, test.context);
    CHECK(sink.ok());
    return std::move(sink.value());
  }
};

TEST_F(WriteTest, KeepsTheOrderOfInputsAndMorsels) {
  for (const bool ordered : {true, false}) {
    written = {};
    std::vector<std::string> expected;
    {
      auto sink = make(ordered, 2);
      for (const uint32_t input : {1u, 0u}) {
        const std::vector<Row> rows = random_rows(kSchema, 20'000, 1'000'000, random);
        ASSERT_TRUE(run_sink(*sink, cut_into_batches(kSchema, rows, random, 2'000), 3, random, input).ok());
        for (size_t i = 0; i < rows.size(); ++i)
          expected.insert(expected.begin() + static_cast<ptrdiff_t>(i), row_text(rows[i]));
      }
      if (ordered) {
        EXPECT_GT(test.files.created(), 0u);  // the second input did not fit the share that waits in memory
      }
      ASSERT_TRUE(sink->finish().ok());
      auto count = read_all(*sink);
      ASSERT_TRUE(count.ok());
      EXPECT_EQ(row_text(count.value().at(0)), row_text({{kInt64, int64_t{40'000}}}));
    }
    EXPECT_TRUE(written.finished);
    EXPECT_FALSE(written.abandoned);
    EXPECT_EQ(test.files.files(), 0u);
    if (!ordered) {
      std::sort(written.rows.begin(), written.rows.end());
      std::sort(expected.begin(), expected.end());
    }
    EXPECT_EQ(written.rows, expected);
  }
}

// A morsel whose turn has come is written when it ends, and before that when there is much of it.
TEST_F(WriteTest, HoldsBackOnlyWhatIsEarly) {
  auto sink = make(true);
  auto local = sink->local();
  const auto give = [&](uint64_t morsel, uint64_t rows) {
    Batch batch = make_batch(kSchema, random_rows(kSchema, rows, 10, random));
    batch.morsel = morsel;
    ASSERT_TRUE(sink->consume(0, batch, *local).ok());
  };
  give(0, 10);
  EXPECT_EQ(written.rows.size(), 0u);
  for (int i = 0; i < 10; ++i) give(0, 2'000);
  EXPECT_GT(written.rows.size(), 10'000u);
  give(2, 10);
  ASSERT_TRUE(sink->morsel_done(0, 2).ok());
  EXPECT_LT(written.rows.size(), 20'010u);
  ASSERT_TRUE(sink->morsel_done(0, 1).ok());  // gave nothing
  ASSERT_TRUE(sink->morsel_done(0, 0).ok());
  EXPECT_EQ(written.rows.size(), 20'020u);
  give(3, 10);
  ASSERT_TRUE(sink->morsel_done(0, 3).ok());
  EXPECT_EQ(written.rows.size(), 20'030u);
}

TEST_F(WriteTest, AbandonsWithoutFinish) {
  make(true).reset();
  EXPECT_TRUE(written.abandoned);
  EXPECT_FALSE(written.finished);

  written = {};
  written.rows_max = 100;
  {
    auto sink = make(false);
    const Status status =
        run_sink(*sink, cut_into_batches(kSchema, random_rows(kSchema, 1'000, 5, random), random), 2, random);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().message, "no space left");
  }
  EXPECT_TRUE(written.abandoned);

  written = {};
  {
    auto sink = make(true);
    test.cancel.cancel();
    EXPECT_EQ(sink->finish().error().code, ErrorCode::kCancelled);
  }
  EXPECT_TRUE(written.abandoned);
  EXPECT_FALSE(written.finished);
}

TEST_F(WriteTest, NeedsAWriterFactory) {
  test.context.make_writer = nullptr;
  auto sink = make_sink({WriteSink{"out.csv", "csv", {}, true}, kSchema, {}, 1}, test.context);
  ASSERT_FALSE(sink.ok());
  EXPECT_EQ(sink.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace headrace
