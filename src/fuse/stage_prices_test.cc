// Goal: prices follow what loops do: masks or selections, values that cross, kernels that do not vectorise, shares that were measured.
#include "fuse/stage_prices.h"

#include <gtest/gtest.h>

#include "fuse/decide_cuts.h"
#include "fuse/test_stages.h"

namespace headrace {
namespace {

// Round numbers in place of a machine's.
Machine round_machine() {
  Machine machine = usual_machine();
  machine.cache_bytes[0] = 1 << 20;
  machine.byte_ns = {0.5, 1, 2, 4};
  machine.loop_call_ns = 0;
  machine.row_ns = 1;
  machine.selection_ns = 0.25;
  machine.branch_miss_ns = 8;
  for (KernelPrice& price : machine.kernels) price = {1, 4, true};
  return machine;
}

TEST(StagePrices, AVectorLoopMasksAndASelectionLeavesRows) {
  const Stage stage = filtered_stage();
  const Machine machine = round_machine();
  const StageFlowShares shares{{1, 1, 0.25, 0.25, 0.25}, {}};
  const StagePrices prices(stage, machine, shares);
  const double filter_ns = prices.step_price(1).vector_ns;
  // Three kernels over all rows, the mask made a list; x and y are read, the sum is written, at half a byte's price.
  EXPECT_DOUBLE_EQ(prices.loop_ns({0, 4}), 3 + filter_ns + 0.25 + (16 + 8) / 2.0 * 0.5);
  // Behind the filter a quarter of the rows, each found in the selection, two kernels row by row.
  EXPECT_DOUBLE_EQ(prices.loop_ns({2, 4}), (2 * 4 + 1 + (16 + 8) / 2.0 * 0.5) * 0.25);
}

TEST(StagePrices, OneKernelThatDoesNotVectoriseMakesItsLoopGoRowByRow) {
  const Stage stage = filtered_stage();
  Machine machine = round_machine();
  machine.kernels[find_overload("multiply_i64_i64")->id].vectorises = false;
  const StageFlowShares shares{{1, 1, 1, 1, 1}, {}};
  const StagePrices prices(stage, machine, shares);
  EXPECT_DOUBLE_EQ(prices.loop_ns({0, 1}), 1 + (16 + 1) / 2.0 * 0.5) << "a loop of its own stays as it was";
  EXPECT_GT(prices.loop_ns({0, 4}), 3 * 4.0);
}

TEST(StagePrices, AValueCountsOnceHoweverManyLoopsItOutlives) {
  const Stage stage = filtered_stage();
  const Machine machine = round_machine();
  const StageFlowShares shares{{1, 1, 1, 1, 1}, {}};
  const StagePrices prices(stage, machine, shares);
  const double product = prices.loop_ns({2, 3}), sum = prices.loop_ns({3, 4});
  EXPECT_DOUBLE_EQ(product, 4 + 1 + (16 + 8) / 2.0 * 0.5) << "written here";
  EXPECT_DOUBLE_EQ(sum, 4 + 1 + (16 + 8) / 2.0 * 0.5) << "and read there";
}

TEST(StagePrices, WhatWasMeasuredDecides) {
  const Machine machine = round_machine();
  const auto staged_behind_filter = [&](double share) {
    Stage stage = filtered_stage();
    decide_again(stage, machine, {{1, 1, share, share, share}, {}});
    return stage.cuts[1].decision == Decision::kStaged;
  };
  EXPECT_TRUE(staged_behind_filter(0.01));
  EXPECT_FALSE(staged_behind_filter(0.95));
}

TEST(StagePrices, PinsStayWhenCutsAreChosenAnew) {
  Stage stage = filtered_stage();
  stage.cuts[0] = {Decision::kStaged, Reason::kPinned, true};
  stage.cuts[1] = {Decision::kRegister, Reason::kPinned, true};
  decide_again(stage, round_machine(), {{1, 1, 0.01, 0.01, 0.01}, {}});
  EXPECT_EQ(stage.cuts[0].decision, Decision::kStaged);
  EXPECT_EQ(stage.cuts[1].decision, Decision::kRegister);
  EXPECT_EQ(stage.cuts[3].decision, Decision::kMaterialized);
}

}  // namespace
}  // namespace headrace
