// Goal: machine code is believed when it was seen to agree often enough, loop by loop, and never because another loop was.
#include "runtime/loop_trust.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "runtime/query_run.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

// Two loops, each of which adds 1.
Program two_loops(uint64_t rows) {
  DeclaredTables tables;
  auto program = parse_program(fmt::format(R"(program result 0
sink 0 aggregate_all (count_I64(0) int64)
  inputs 1 in ("n" int64) out ("count" int64)
stage 0 to sink 0 input 0
  source range (0, {})
  value v0 "range" int64
  compute v1 "n" int64 faults = add_i64_i64(v0, 1::int64)
  cut staged pinned
  compute v2 "n" int64 faults = add_i64_i64(v1, 1::int64)
  cut staged pinned
  accumulate 0 = count_I64(v2)
  cut register fused
  output ()
)",
                                           rows),
                               tables);
  if (!program.ok()) ADD_FAILURE() << to_text(program.error());
  CHECK(program.ok());
  return std::move(program.value());
}

// Adds `kTerm` where 1 is right.
template <int64_t kTerm>
struct Adds final : CompiledLoop {
  LoopCode code() const override {
    return [](const LoopFrame* frame) -> uint32_t {
      const auto* from = static_cast<const int64_t*>(frame->inputs[0].data);
      auto* to = static_cast<int64_t*>(frame->outputs[0].data);
      for (uint32_t row = 0; row < frame->rows; ++row) to[row] = from[row] + kTerm;
      return 0;
    };
  }
  uint64_t code_bytes() const override { return 0; }
  uint32_t line_at(const void*) const override { return 0; }
};

constexpr uint64_t kFirst = 100, kSecond = 101;  // hashes of the two loops

// Gives the two loops the code that is there.
struct Provider final : LoopProvider {
  std::atomic<const CompiledLoop*> codes[2] = {nullptr, nullptr};

  Status prepare(std::vector<StageLoop>& loops, std::optional<uint64_t>) override {
    for (uint32_t i = 0; i < 2; ++i) {
      loops[i].code = &codes[i];
      loops[i].shape_hash = i == 0 ? kFirst : kSecond;
    }
    return kDone;
  }
};

Status run(uint64_t rows, LoopTrust& trust, Provider& provider) {
  TestContext test(64 << 20, 1);
  test.context.trust = &trust;
  test.settings.fusion_adapt = AdaptMode::kOff;
  test.settings.shadow_share = 0.001;
  Scheduler scheduler(real_world(), 1);
  const Program program = two_loops(rows);
  QueryRun query(program, test.context, scheduler, &provider);
  return query.run();
}

TEST(LoopTrust, ALoopIsBelievedByItsOwnTurnsAlone) {
  LoopTrust trust;
  Provider provider;
  const Adds<1> right;
  provider.codes[0] = &right;
  ASSERT_TRUE(run(uint64_t{100} * limits::kVectorRowsMax, trust, provider).ok());
  EXPECT_EQ(trust.turns_to_trust(kFirst)->load(), 0);
  EXPECT_EQ(trust.turns_to_trust(kSecond)->load(), LoopTrust::kTurnsToTrust) << "its code was not there";
  const Adds<2> wrong;
  provider.codes[1] = &wrong;
  const Status found = run(limits::kVectorRowsMax, trust, provider);
  ASSERT_FALSE(found.ok()) << "its first turn is looked at";
  EXPECT_EQ(found.error().code, ErrorCode::kMiscompiled);
  EXPECT_TRUE(trust.is_quarantined(kSecond, 0));
  EXPECT_FALSE(trust.is_quarantined(kFirst, 0));
}

TEST(LoopTrust, TurnsOfSeveralQueriesAddUp) {
  LoopTrust trust;
  Provider provider;
  const Adds<1> right;
  provider.codes[0] = provider.codes[1] = &right;
  constexpr uint64_t kRows = uint64_t{3} * limits::kVectorRowsMax;
  for (int64_t query = 1; query <= 3; ++query) {
    ASSERT_TRUE(run(kRows, trust, provider).ok());
    EXPECT_EQ(trust.turns_to_trust(kSecond)->load(), LoopTrust::kTurnsToTrust - 3 * query);
  }
}

TEST(LoopTrust, OtherProcessesAreAskedOnceASecond) {
  uint32_t kept = 0, asked = 0;
  std::vector<uint64_t> elsewhere = {3};
  LoopTrust trust([&](const Miscompiled&) { ++kept; },
                  [&] {
                    ++asked;
                    return elsewhere;
                  });
  EXPECT_TRUE(trust.is_quarantined(3, 0));
  EXPECT_FALSE(trust.is_quarantined(4, 10));
  EXPECT_EQ(asked, 1U);
  elsewhere.push_back(4);
  EXPECT_FALSE(trust.is_quarantined(4, LoopTrust::kAskedEveryNs - 1));
  EXPECT_TRUE(trust.is_quarantined(4, LoopTrust::kAskedEveryNs));
  EXPECT_TRUE(trust.quarantine(5));
  EXPECT_FALSE(trust.quarantine(5)) << "one of them remembers it";
  trust.remember({5, "add_i64_i64", "row 1", ""});
  EXPECT_TRUE(trust.is_quarantined(5, LoopTrust::kAskedEveryNs));
  EXPECT_EQ(kept, 1U);
}

}  // namespace
}  // namespace headrace
