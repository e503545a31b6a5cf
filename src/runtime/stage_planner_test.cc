// Goal: a stage's cuts change when the shares of its rows turn, once, never without a gain, and only to loops that have code; what was measured to
// lose is undone; what does little gets no code.
#include "runtime/stage_planner.h"

#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "fuse/test_stages.h"

namespace headrace {
namespace {

struct EmptyLoop final : CompiledLoop {
  LoopCode code() const override {
    return [](const LoopFrame*) -> uint32_t { return 0; };
  }
  uint64_t code_bytes() const override { return 0; }
  uint32_t line_at(const void*) const override { return 0; }
};

class Planned : public testing::Test {
 protected:
  Planned() {
    settings_.tier = TierMode::kCompiled;
    start();
  }
  void start() {
    planner_.emplace(stage_, settings_, std::nullopt, nullptr, [this](std::vector<StageLoop>& loops) {
      for (StageLoop& loop : loops)
        if (!loop.stays_interpreted) loop.code = &code_;
      return Status(kDone);
    });
    EXPECT_TRUE(planner_->start().ok());
  }
  // Batches until one is measured, which keeps so many of 1,000 rows.
  void measure(uint32_t kept) {
    for (uint32_t batch = 0; !planner_->wants_measures(2'048); ++batch) ASSERT_LT(batch, 10'000U);
    LoopMeasures measures(world_, stage_.steps.size());
    measures.begin();
    for (size_t step = 0; step <= stage_.steps.size(); ++step) {
      measures.take(step, step < 2 ? 1'000 : kept);
      measures.give(step, step < 1 ? 1'000 : kept);
    }
    EXPECT_TRUE(planner_->note(measures).ok());
  }
  bool staged_behind_filter() const { return planner_->plan()->stage.cuts[1].decision == Decision::kStaged; }
  void end_morsels(uint32_t count, uint64_t kept) {
    for (uint32_t i = 0; i < count; ++i) planner_->note_morsel(1'000, kept);
  }

  FakeWorld world_;
  Settings settings_;
  const Stage stage_ = filtered_stage();
  const EmptyLoop loop_;
  std::atomic<const CompiledLoop*> code_{&loop_};
  std::optional<StagePlanner> planner_;
};

TEST_F(Planned, ChangesWithTheShareOfRows) {
  EXPECT_FALSE(staged_behind_filter());
  measure(5);
  EXPECT_TRUE(staged_behind_filter());
  EXPECT_EQ(planner_->generation(), 1U);
  end_morsels(2, 5);
  measure(990);
  measure(990);
  EXPECT_FALSE(staged_behind_filter());
  EXPECT_EQ(planner_->report().changes.size(), 2U);
}

TEST_F(Planned, AMorselThatPartsFromWhatIsKnownIsLookedAt) {
  measure(5);
  end_morsels(4, 5);
  EXPECT_FALSE(planner_->wants_measures(2'048));
  end_morsels(1, 900);
  EXPECT_TRUE(planner_->wants_measures(2'048));
}

TEST_F(Planned, MeasuresGetRarer) {
  std::vector<uint32_t> measured;
  for (uint32_t batch = 1; batch <= 4'200; ++batch)
    if (planner_->wants_measures(2'048)) measured.push_back(batch);
  EXPECT_EQ(measured, (std::vector<uint32_t>{4, 64, 1'024, 4'100}));
}

TEST_F(Planned, TurningToAndFroChangesLessAndLess) {
  for (uint32_t turn = 0; turn < 64; ++turn) {
    measure(turn % 2 == 0 ? 5 : 990);
    end_morsels(4, turn % 2 == 0 ? 5 : 990);
  }
  EXPECT_LT(planner_->report().changes.size(), 9U);
}

TEST_F(Planned, WaitsForCode) {
  code_.store(nullptr);
  measure(5);
  EXPECT_FALSE(staged_behind_filter());
  end_morsels(1, 5);
  EXPECT_FALSE(staged_behind_filter());
  code_.store(&loop_);
  end_morsels(1, 5);
  EXPECT_TRUE(staged_behind_filter());
}

// Batches of either way up to the end of a trial: so many ns for each step apart, and for the loop of all four.
class OnTrial : public Planned {
 protected:
  void run_trial(uint64_t step_ns, uint64_t loop_ns, uint32_t interruptions = 0) {
    for (uint32_t batch = 0; batch < 600; ++batch) {
      const auto plan = planner_->plan();
      if (planner_->wants_measures(2'048)) {
        EXPECT_TRUE(planner_->note(timed(stage_.steps.size(), step_ns)).ok());
      } else if (planner_->wants_times()) {
        const uint64_t ns = batch > 512 && interruptions > 0 && interruptions-- > 0 ? 4'000'000 : loop_ns;
        EXPECT_TRUE(planner_->note_times(*plan, timed(plan->loops.size(), ns)).ok());
      }
      end_morsels(1, 900);
    }
  }
  // Of a worker's second batch, or of its first.
  LoopMeasures timed(size_t loops, uint64_t ns, bool warm = true) {
    LoopMeasures measures(world_, loops);
    measures.begin();
    if (warm) measures.begin();
    for (size_t loop = 0; loop < loops; ++loop) {
      measures.enter(loop);
      measures.take(loop, 1'000);
      measures.give(loop, 900);
      world_.now_ns += static_cast<int64_t>(ns);
    }
    measures.enter(loops);
    return measures;
  }
};

TEST_F(OnTrial, ALoopThatTakesLongerThanItsStepsApartIsUndone) {
  run_trial(2'000, 12'000);
  const auto plan = planner_->plan();
  ASSERT_EQ(plan->loops.size(), 4U);
  for (const StageLoop& loop : plan->loops) EXPECT_TRUE(loop.stays_interpreted);
  for (uint32_t cut = 0; cut < 3; ++cut) {
    EXPECT_EQ(plan->stage.cuts[cut].decision, Decision::kStaged);
    EXPECT_EQ(plan->stage.cuts[cut].reason, Reason::kMeasuredSlower);
    EXPECT_TRUE(has(plan->stage.cuts[cut].barriers, Reason::kMeasuredSlower));
  }
  ASSERT_EQ(planner_->report().changes.size(), 1U);
  EXPECT_EQ(planner_->report().changes[0], "#0-#3 undone: its machine code took 12.00 ns a row, its steps apart 8.00");
  measure(990);
  measure(990);
  EXPECT_EQ(planner_->plan(), plan) << "for the rest of the query";
}

TEST_F(OnTrial, AWorkersFirstBatchIsNoBaseline) {
  EXPECT_TRUE(planner_->note(timed(stage_.steps.size(), 90'000, false)).ok());
  EXPECT_EQ(planner_->report().unfused_ns, 0);
  EXPECT_EQ(planner_->report().reaching.size(), stage_.steps.size() + 1) << "how many rows there were is known";
  EXPECT_TRUE(planner_->note(timed(stage_.steps.size(), 2'000)).ok());
  EXPECT_TRUE(planner_->note(timed(stage_.steps.size(), 90'000, false)).ok());
  EXPECT_DOUBLE_EQ(planner_->report().unfused_ns, 8.0);
}

TEST_F(OnTrial, ALoopThatPaysStays) {
  run_trial(2'000, 7'000);
  EXPECT_EQ(planner_->generation(), 0U);
}

TEST_F(OnTrial, InterruptedBatchesDoNotDecide) {
  run_trial(2'000, 7'000, 2);
  EXPECT_EQ(planner_->generation(), 0U);
}

TEST_F(Planned, ALatencyTargetThatTheStepsApartKeepBetterUndoesTheLoop) {
  settings_.latency_target_ns = 5'000'000;
  start();
  const auto latencies = [](uint64_t fused_ns, uint64_t apart_ns, uint32_t batches) {
    BatchLatencies noted;
    for (uint32_t batch = 0; batch < batches; ++batch) {
      noted.fused.note(batch % 50 == 0 ? fused_ns : 1'000);
      noted.apart.note(apart_ns);
    }
    return noted;
  };
  EXPECT_TRUE(planner_->note_latencies(latencies(4'000'000, 1'000, 500)).ok());
  EXPECT_EQ(planner_->generation(), 0U) << "99 of 100 keep to the target";
  EXPECT_TRUE(planner_->note_latencies(latencies(9'000'000, 10'000'000, 2'000)).ok());
  EXPECT_EQ(planner_->generation(), 0U) << "the steps apart are no better";
  start();
  EXPECT_TRUE(planner_->note_latencies(latencies(9'000'000, 2'000'000, 500)).ok());
  EXPECT_EQ(planner_->generation(), 1U);
  EXPECT_EQ(planner_->plan()->stage.cuts[0].reason, Reason::kLatencyTarget);
  ASSERT_EQ(planner_->report().changes.size(), 1U);
  EXPECT_NE(planner_->report().changes[0].find("of which latency_target wants 5.000"), std::string::npos);
}

TEST_F(Planned, AMissedLatencyTargetAsksForBatchesApart) {
  settings_.latency_target_ns = 5'000'000;
  start();
  for (uint32_t batch = 0; batch < 80; ++batch) planner_->wants_measures(2'048);
  BatchLatencies slow;
  for (uint32_t batch = 0; batch < 200; ++batch) slow.fused.note(6'000'000);
  EXPECT_TRUE(planner_->note_latencies(slow).ok());
  uint32_t apart = 0;
  for (uint32_t batch = 0; batch < 80; ++batch) apart += planner_->wants_measures(2'048) ? 1 : 0;
  EXPECT_EQ(apart, 10U);
}

TEST_F(Planned, WhatTakesLittleTimeGetsNoCode) {
  settings_.tier = TierMode::kAuto;
  settings_.load_min = 0.02;
  start();
  const auto has_code = [&] { return planner_->plan()->loops[0].code != nullptr; };
  int64_t now_ns = 0;
  for (uint32_t second = 0; second < 3; ++second)
    EXPECT_TRUE(planner_->note_load(900'000, now_ns += 1'000'000'000).ok());
  EXPECT_FALSE(has_code());
  EXPECT_TRUE(planner_->report().below_load);
  EXPECT_NEAR(planner_->report().load, 0.0009, 1e-6);
  const auto work = [&](uint32_t batches) {
    for (uint32_t batch = 0; batch < batches; ++batch)
      EXPECT_TRUE(planner_->note_load(300'000, now_ns += 400'000).ok());
  };
  work(4);
  EXPECT_FALSE(has_code()) << "it has taken less than half of what its code would take to make";
  work(200);
  EXPECT_TRUE(has_code());
  EXPECT_FALSE(planner_->report().below_load);
  EXPECT_EQ(planner_->generation(), 1U);
}

TEST_F(Planned, FewRowsSayNothing) {
  LoopMeasures measures(world_, stage_.steps.size());
  measures.begin();
  measures.take(0, 3);
  EXPECT_TRUE(planner_->note(measures).ok());
  EXPECT_EQ(planner_->generation(), 0U);
}

TEST(StagePlanner, AdaptsOnlyWhereItMay) {
  const Stage stage = filtered_stage();
  const auto measures = [&](const Settings& settings, std::optional<uint64_t> rows) {
    StagePlanner planner(stage, settings, rows, nullptr, [](std::vector<StageLoop>&) { return Status(kDone); });
    EXPECT_TRUE(planner.start().ok());
    bool wants = false;
    for (uint32_t batch = 0; batch < 10; ++batch) wants |= planner.wants_measures(2'048);
    return wants;
  };
  Settings settings;
  EXPECT_TRUE(measures(settings, std::nullopt));
  EXPECT_FALSE(measures(settings, 100)) << "few rows are not worth it";
  settings.fusion_adapt = AdaptMode::kOff;
  EXPECT_FALSE(measures(settings, std::nullopt));
  settings.fusion_adapt = AdaptMode::kOn;
  settings.fusion_mode = FusionMode::kFull;
  EXPECT_FALSE(measures(settings, std::nullopt));
}

// Morsels of 100 that run fused, one after the other.
uint32_t fused_of_100(StagePlanner& planner) {
  uint32_t fused = 0;
  for (uint32_t morsel = 0; morsel < 100; ++morsel) fused += planner.wants_fused() ? 1 : 0;
  return fused;
}

TEST(StagePlanner, APilotGrowsWhileBothWaysAgree) {
  const Stage stage = filtered_stage();
  Settings settings;
  settings.fusion_mode = FusionMode::kPilot;
  settings.pilot_share = 0.1;
  LoopTrust trust;
  StagePlanner planner(stage, settings, std::nullopt, &trust, [](std::vector<StageLoop>&) { return Status(kDone); });
  ASSERT_TRUE(planner.start().ok());
  ASSERT_NE(planner.plain(), nullptr);
  EXPECT_EQ(fused_of_100(planner), 10U);
  EXPECT_TRUE(planner.wants_shadow());
  for (uint32_t batch = 0; batch < 64; ++batch) planner.note_shadow();
  EXPECT_EQ(fused_of_100(planner), 20U);
  for (uint32_t batch = 0; batch < 3 * 64; ++batch) planner.note_shadow();
  EXPECT_EQ(fused_of_100(planner), 100U);
  EXPECT_EQ(planner.report().changes.size(), 4U);
}

TEST(StagePlanner, LooksAtAShareOfTheBatches) {
  const Stage stage = filtered_stage();
  Settings settings;
  settings.shadow_share = 0.01;
  LoopTrust trust;
  const auto shadowed = [&](uint32_t batches) {
    StagePlanner planner(stage, settings, std::nullopt, &trust, [](std::vector<StageLoop>&) { return Status(kDone); });
    EXPECT_TRUE(planner.start().ok());
    uint32_t count = 0;
    for (uint32_t batch = 0; batch < batches; ++batch) count += planner.wants_shadow() ? 1 : 0;
    return count;
  };
  EXPECT_EQ(shadowed(1'000), 10U);
  settings.shadow_share = 0;
  EXPECT_EQ(shadowed(1'000), 0U);
  settings.fusion_mode = FusionMode::kVerify;
  EXPECT_EQ(shadowed(1'000), 1'000U);
}

}  // namespace
}  // namespace headrace
