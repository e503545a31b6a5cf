// Goal: one compilation per shape, bounded memory, and code that arrives while others already run.
#include <gtest/gtest.h>

#include <thread>

#include "execute/background_compiler.h"
#include "execute/code_cache.h"
#include "execute/compile/test_stage.h"

namespace headrace {
namespace {

// x + constant, `steps` times.
TestStage additions(int64_t constant, int steps) {
  TestStage test;
  Operand x = TestStage::value(test.input(kInt64, false));
  for (int i = 0; i < steps; ++i) x = test.compute("add_i64_i64", {x, test.constant({kInt64, constant})});
  test.output(x);
  return test;
}

class NeverCompiles final : public Compiler {
 public:
  Result<std::unique_ptr<CompiledLoop>> compile(const LoopShape&) override {
    ++calls;
    return Error{ErrorCode::kUnsupported, "refused", "", ""};
  }
  std::string ir_of(const LoopShape&) override { return ""; }
  Status verify_foreign(const ForeignKernel&) override { return kDone; }
  std::atomic<int> calls{0};
};

TEST(CodeCache, ParametersShareCodeAndThreadsShareCompilations) {
  CodeCache cache(uint64_t{64} << 20);
  std::vector<std::thread> threads;
  std::vector<LoopCode> codes(4);
  for (size_t i = 0; i < codes.size(); ++i) {
    threads.emplace_back([&, i] {
      const TestStage test = additions(static_cast<int64_t>(i), 3);
      auto loop = cache.get_or_compile(test.shape(false));
      ASSERT_TRUE(loop.ok());
      codes[i] = loop.value()->code();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const LoopCode code : codes) EXPECT_EQ(code, codes[0]);
  EXPECT_EQ(cache.counters().misses, 1u);
  EXPECT_EQ(cache.counters().hits, 3u);
}

TEST(CodeCache, TheLeastRecentlyUsedGoesFirstAndLivesUntilItsUsersLetGo) {
  CodeCache cache(uint64_t{40} << 10);  // room for two
  const TestStage one = additions(1, 1), two = additions(1, 2), three = additions(1, 3);
  auto first = cache.get_or_compile(one.shape(false));
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(cache.get_or_compile(two.shape(false)).ok());
  EXPECT_NE(cache.find(one.shape(false)), nullptr);
  ASSERT_TRUE(cache.get_or_compile(three.shape(false)).ok());
  EXPECT_EQ(cache.counters().evictions, 1u);
  EXPECT_EQ(cache.find(two.shape(false)), nullptr);
  ASSERT_NE(cache.find(one.shape(false)), nullptr);
  ASSERT_TRUE(cache.get_or_compile(additions(1, 4).shape(false)).ok());
  ASSERT_TRUE(cache.get_or_compile(additions(1, 5).shape(false)).ok());
  EXPECT_EQ(cache.find(one.shape(false)), nullptr);
  std::mt19937_64 random(1);
  const std::vector<TestColumn> columns{random_column(kInt64, false, 64, DrawnValues::kSmall, random)};
  const LoopInput input{64, columns, {}};
  EXPECT_EQ(run_compiled(one, first.value()->code(), false, input), run_interpreted(one, false, input));
}

TEST(CodeCache, ErrorsReachEveryoneAndAreNotKept) {
  NeverCompiles compiler;
  CodeCache cache(1 << 20, nullptr, [&]() -> Result<Compiler*> { return static_cast<Compiler*>(&compiler); });
  const TestStage test = additions(1, 1);
  EXPECT_EQ(cache.get_or_compile(test.shape(false)).error().message, "refused");
  EXPECT_EQ(cache.get_or_compile(test.shape(false)).error().message, "refused");
  EXPECT_EQ(compiler.calls, 2);
  EXPECT_EQ(cache.counters().loops, 0u);
}

TEST(CodeCache, CodeIsReservedFromTheBudget) {
  MemoryBudget budget(uint64_t{9} << 20);
  {
    CodeCache cache(uint64_t{64} << 20, &budget);
    ASSERT_TRUE(cache.get_or_compile(additions(1, 2).shape(false)).ok());
    EXPECT_EQ(budget.bytes_used(), cache.counters().bytes);
    EXPECT_GT(budget.bytes_used(), 0u);
  }
  EXPECT_EQ(budget.bytes_used(), 0u);
  MemoryBudget small(uint64_t{1} << 20);
  CodeCache cache(uint64_t{64} << 20, &small);
  EXPECT_EQ(cache.get_or_compile(additions(1, 2).shape(false)).error().code, ErrorCode::kLimit);
}

TEST(CodeCache, CodeGoesWhenOthersNeedTheMemory) {
  MemoryBudget budget(uint64_t{9} << 20);
  CodeCache cache(uint64_t{64} << 20, &budget);
  const auto loop = cache.get_or_compile(additions(1, 2).shape(false));
  ASSERT_TRUE(loop.ok());
  Reservation query(budget, "query");
  EXPECT_TRUE(query.grow(uint64_t{9} << 20).ok());
  EXPECT_EQ(cache.counters().loops, 0U);
  EXPECT_EQ(cache.counters().evictions, 1U);
  EXPECT_NE(loop.value()->code(), nullptr) << "who runs it still has it";
  query.shrink(query.bytes());
  EXPECT_TRUE(cache.get_or_compile(additions(1, 2).shape(false)).ok());
  EXPECT_EQ(cache.counters().loops, 1U);
}

TEST(BackgroundCompiler, TheStageMayDieAndCodeAppears) {
  CodeCache cache(uint64_t{64} << 20);
  BackgroundCompiler compiler(cache);
  std::shared_ptr<PendingLoop> pending;
  {
    const TestStage gone = additions(7, 2);
    pending = compiler.request(gone.shape(false));
  }
  ASSERT_TRUE(pending->wait().ok());
  ASSERT_NE(pending->code().load(), nullptr);
  const std::shared_ptr<PendingLoop> again = compiler.request(additions(8, 2).shape(false));
  EXPECT_EQ(again->code().load(), pending->code().load());  // at once
}

TEST(BackgroundCompiler, FailuresAndStopsAreReported) {
  NeverCompiles refusing;
  CodeCache cache(1 << 20, nullptr, [&]() -> Result<Compiler*> { return static_cast<Compiler*>(&refusing); });
  std::shared_ptr<PendingLoop> pending;
  {
    BackgroundCompiler compiler(cache);
    pending = compiler.request(additions(1, 1).shape(false));
    EXPECT_FALSE(pending->wait().ok());
    EXPECT_EQ(pending->code().load(), nullptr);
    pending = compiler.request(additions(1, 1).shape(false));
  }
  EXPECT_FALSE(pending->wait().ok());  // refused or cancelled, but never left waiting
}

}  // namespace
}  // namespace headrace
