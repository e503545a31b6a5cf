// Goal: queries that share the workers do not disturb each other: each has its own answer, its own end by cancel, and a
// source that gives nothing for a while holds nobody.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "runtime/query_run.h"
#include "runtime/rate_source.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

// The sum of the numbers from 0 to end - 1.
Program sum_program(uint64_t end) {
  DeclaredTables tables;
  auto program = parse_program(fmt::format(R"(program result 0
sink 0 aggregate_all (sum_i64(0) decimal(38,0))
  inputs 1 in ("n" int64) out ("s" decimal(38,0) ?)
stage 0 to sink 0 input 0
  source range (0, {})
  value v0 "n" int64
  accumulate 0 = sum_i64(v0)
  cut register fused
  output ()
)",
                                           end),
                               tables);
  CHECK(program.ok());
  return std::move(program.value());
}

// Counts the rows of a rate source.
Program rate_program(RateOptions options) {
  DeclaredTables tables;
  auto program = parse_program(R"(program result 0
sink 0 aggregate_all (count_none(*) int64)
  inputs 1 in () out ("c" int64)
stage 0 to sink 0 input 0
  source stream
  value v0 "us" int64
  accumulate 0 = count_none(*)
  cut register fused
  output ()
)",
                               tables);
  CHECK(program.ok());
  program.value().stages[0].source = TableSource{std::make_shared<RateTable>(options), {}, "rate", {1}, {}};
  return std::move(program.value());
}

struct Query {
  explicit Query(Program given) : program(std::move(given)) {}

  void start(Scheduler& scheduler) {
    thread = std::thread([this, &scheduler] {
      QueryRun run(program, context.context, scheduler, nullptr);
      status.emplace(run.run());
      if (!status->ok()) return;
      auto result = run.result();
      CHECK(result.ok());
      auto rows = read_all(*result.value());
      CHECK(rows.ok() && rows.value().size() == 1);
      answer = rows.value()[0][0];
    });
  }
  void join() {
    if (thread.joinable()) thread.join();
  }
  ~Query() { join(); }

  Program program;
  TestContext context;
  std::thread thread;
  std::optional<Status> status;
  Value answer;
};

Value sum_below(uint64_t end) { return {decimal(38, 0), static_cast<int128>(end) * static_cast<int128>(end - 1) / 2}; }

TEST(Queries, ManyAtOnceEachGetTheirAnswer) {
  Scheduler scheduler(real_world(), 2);
  std::vector<std::unique_ptr<Query>> queries;
  for (uint64_t i = 0; i < 24; ++i) {
    queries.push_back(std::make_unique<Query>(sum_program(1 + i * 50'000)));
    queries.back()->start(scheduler);
  }
  for (uint64_t i = 0; i < queries.size(); ++i) {
    queries[i]->join();
    ASSERT_TRUE(queries[i]->status->ok()) << to_text(queries[i]->status->error());
    EXPECT_EQ(queries[i]->answer, sum_below(1 + i * 50'000));
  }
}

TEST(Queries, CancelEndsOneAndLeavesTheOthers) {
  Scheduler scheduler(real_world(), 2);
  Query endless(rate_program({.rows = uint64_t{1} << 60}));
  Query other(sum_program(3'000'000));
  endless.start(scheduler);
  other.start(scheduler);
  other.join();
  EXPECT_EQ(other.answer, sum_below(3'000'000));
  endless.context.cancel.cancel();
  endless.join();
  ASSERT_FALSE(endless.status->ok());
  EXPECT_EQ(endless.status->error().code, ErrorCode::kCancelled);
}

TEST(Queries, CancelReachesABlockedSource) {
  Scheduler scheduler(real_world(), 1);
  Query slow(rate_program({.rows = 1'000'000, .rows_per_second = 1, .rows_per_morsel = 1'000}));
  slow.start(scheduler);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  slow.context.cancel.cancel();
  slow.join();
  ASSERT_FALSE(slow.status->ok());
  EXPECT_EQ(slow.status->error().code, ErrorCode::kCancelled);
}

// One worker: while the slow source has nothing, the other query has it; and the slow one goes on when rows come.
TEST(Queries, ABlockedSourceHoldsNoWorker) {
  Scheduler scheduler(real_world(), 1);
  Query slow(rate_program({.rows = 1'000, .rows_per_second = 5'000, .rows_per_morsel = 100}));
  Query other(sum_program(1'000'000));
  slow.start(scheduler);
  other.start(scheduler);
  other.join();
  EXPECT_EQ(other.answer, sum_below(1'000'000));
  slow.join();
  ASSERT_TRUE(slow.status->ok()) << to_text(slow.status->error());
  EXPECT_EQ(slow.answer, (Value{kInt64, int64_t{1'000}}));
}

// A query that has work for ever does not keep the only worker from one that has little.
TEST(Queries, AnEndlessQueryHoldsNoWorker) {
  Scheduler scheduler(real_world(), 1);
  Query endless(rate_program({.rows = uint64_t{1} << 60}));
  endless.start(scheduler);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  Query other(sum_program(500'000));
  other.start(scheduler);
  const int64_t begun_ns = real_world().monotonic_ns();
  other.join();
  EXPECT_LT(real_world().monotonic_ns() - begun_ns, 20'000'000'000);
  EXPECT_EQ(other.answer, sum_below(500'000));
  endless.context.cancel.cancel();
}

}  // namespace
}  // namespace headrace
