// Goal: of a stage that ran in several rounds the last plan is known, with what was measured of it in any of them.
#include "runtime/stage_report.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

PlanReport plan_of(Decision decision, std::vector<double> loop_ns, std::vector<double> step_ns, const char* change) {
  PlanReport plan{.cuts = {{.decision = decision}, {}},
                  .step_ns = std::move(step_ns),
                  .loop_ns = std::move(loop_ns),
                  .reaching = {},
                  .changes = {change}};
  for (const double ns : plan.step_ns) plan.unfused_ns += ns;
  return plan;
}

PlanReport sum_of(const std::vector<PlanReport>& rounds) {
  std::vector<StageReport> sums;
  for (const PlanReport& plan : rounds) add_reports({{.plan = plan}}, sums);
  return sums[0].plan;
}

TEST(StageReport, WhatWasMeasuredStandsUntilItIsMeasuredAgain) {
  const PlanReport timed = plan_of(Decision::kRegister, {3}, {4, 5}, "a");
  const PlanReport same = sum_of({timed, plan_of(Decision::kRegister, {}, {}, "b")});
  EXPECT_EQ(same.loop_ns, std::vector<double>{3});
  EXPECT_EQ(same.unfused_ns, 9);
  EXPECT_EQ(same.changes, (std::vector<std::string>{"a", "b"}));
  const PlanReport other = sum_of({timed, plan_of(Decision::kStaged, {}, {1, 2}, "b")});
  EXPECT_TRUE(other.loop_ns.empty()) << "the loops are others";
  EXPECT_EQ(other.unfused_ns, 3);
  EXPECT_EQ(other.cuts[0].decision, Decision::kStaged);
}

TEST(StageReport, ARoundThatDidNotRunTheStageChangesNothing) {
  const PlanReport plan = sum_of({plan_of(Decision::kRegister, {3}, {}, "a"), {}});
  EXPECT_EQ(plan.cuts.size(), 2U);
  EXPECT_EQ(plan.loop_ns, std::vector<double>{3});
}

TEST(StageReport, TheFirstChangesAreKeptEachOnce) {
  std::vector<PlanReport> rounds(40, plan_of(Decision::kRegister, {}, {}, "a"));
  EXPECT_EQ(sum_of(rounds).changes, std::vector<std::string>{"a"});
  for (size_t round = 0; round < rounds.size(); ++round) rounds[round].changes = {std::to_string(round)};
  const std::vector<std::string> kept = sum_of(rounds).changes;
  EXPECT_EQ(kept.size(), 16U);
  EXPECT_EQ(kept.front(), "0");
}

// Rounds follow each other: what one has given back the next one may have.
TEST(StageReport, MemoryIsThatOfTheGreatestRound) {
  std::vector<StageReport> sums;
  for (const uint64_t bytes : {10, 30, 20}) {
    StageReport report;
    report.work.resize(1);
    report.work[0].bytes_allocated = report.work[0].bytes_held_peak = bytes;
    add_reports({report}, sums);
  }
  EXPECT_EQ(sums[0].work[0].bytes_held_peak, 30U);
  EXPECT_EQ(sums[0].work[0].bytes_allocated, 60U);
}

}  // namespace
}  // namespace headrace
