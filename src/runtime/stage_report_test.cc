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

TEST(StageReport, TheFirstChangesAreKept) {
  const PlanReport plan = sum_of(std::vector<PlanReport>(40, plan_of(Decision::kRegister, {}, {}, "a")));
  EXPECT_EQ(plan.changes.size(), 16U);
}

}  // namespace
}  // namespace headrace
