// Goal: of all legal sets of cuts the cheapest is chosen; what legality and pins ask for holds in every mode.
#include "fuse/decide_cuts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "fuse/edges.h"
#include "fuse/test_stages.h"

namespace headrace {
namespace {

bool is_probe(const Step& step) { return std::holds_alternative<Probe>(step.node); }

// The price of the cheapest set of cuts, by trying them all.
double cheapest_ns(Stage stage, const std::map<std::string, Decision>& pins) {
  const auto cuts = static_cast<uint32_t>(stage.steps.size() - 1);
  double best = std::numeric_limits<double>::infinity();
  for (uint32_t staged = 0; staged < uint32_t{1} << cuts; ++staged) {
    bool legal = true;
    for (uint32_t cut = 0; cut < cuts; ++cut) {
      const Decision decision = (staged >> cut & 1) != 0 ? Decision::kStaged : Decision::kRegister;
      stage.cuts[cut].decision = decision;
      const bool beside_probe = is_probe(stage.steps[cut]) || is_probe(stage.steps[cut + 1]);
      const auto pin = pins.find(fmt::format("1.{}", cut));
      legal =
          legal && !(beside_probe && decision == Decision::kRegister) && (pin == pins.end() || pin->second == decision);
    }
    if (legal) best = std::min(best, predicted_ns(stage));
  }
  return best;
}

std::map<std::string, Decision> random_pins(const Stage& stage, Random& random) {
  std::map<std::string, Decision> pins;
  for (uint32_t cut = 0; cut + 1 < stage.steps.size(); ++cut) {
    const bool beside_probe = is_probe(stage.steps[cut]) || is_probe(stage.steps[cut + 1]);
    if (random() % 5 != 0) continue;
    pins[fmt::format("1.{}", cut)] = beside_probe || random() % 2 == 0 ? Decision::kStaged : Decision::kRegister;
  }
  return pins;
}

TEST(DecideCuts, ShortestPathIsTheCheapestOfAllSets) {
  Random random(7);
  uint32_t with_free_cuts = 0, apart = 0;
  for (uint32_t round = 0; round < 400; ++round) {
    Program program = RandomProgram(random, 11).take();
    const auto pins = round % 2 == 0 ? std::map<std::string, Decision>{} : random_pins(program.stages[1], random);
    const double expected = cheapest_ns(program.stages[1], pins);
    ASSERT_TRUE(decide_cuts(program, {FusionMode::kOn, pins}).ok());
    EXPECT_NEAR(predicted_ns(program.stages[1]), expected, 1e-9 * expected) << to_text(program);
    for (const Cut& cut : program.stages[1].cuts) apart += cut.reason == Reason::kCheaperApart ? 1 : 0;
    with_free_cuts += program.stages[1].steps.size() > 2 ? 1 : 0;
  }
  EXPECT_GT(with_free_cuts, 200U);
  EXPECT_GT(apart, 10U) << "the random stages never make two loops cheaper than one: they test nothing";
}

// Loops of a stage whose range source has so many rows, where the model alone would have several.
size_t loops_with_code(uint64_t rows, bool charges_code) {
  Random random(7);
  size_t loops = 0;
  for (uint32_t round = 0; round < 200; ++round) {
    Program program = RandomProgram(random, 11).take();
    program.stages[1].source = RangeSource{0, static_cast<int64_t>(rows)};
    FuseOptions options;
    options.charges_code = charges_code;
    CHECK(decide_cuts(program, options).ok());
    loops += intervals_of(program.stages[1]).size();
  }
  return loops;
}

TEST(DecideCuts, WhatMachineCodeTakesIsSharedByTheRows) {
  const size_t free = loops_with_code(1'000'000, false);
  EXPECT_EQ(loops_with_code(1'000'000'000'000, true), free) << "of so many rows code costs nothing";
  EXPECT_LT(loops_with_code(2'000'000, true), free) << "two loops are compiled at more than one";
}

TEST(DecideCuts, NoCutTheOtherWayIsCheaperWithItsCode) {
  Random random(9);
  uint32_t decided_by_code = 0;
  for (uint32_t round = 0; round < 200; ++round) {
    Program program = RandomProgram(random, 11).take();
    program.stages[1].source = RangeSource{0, 2'000'000};
    FuseOptions options;
    options.charges_code = true;
    ASSERT_TRUE(decide_cuts(program, options).ok());
    for (const Edge& edge : edges_of(program)) {
      if (!edge.alternative.has_value() || edge.barriers != 0) continue;
      const auto [decision, ns, code_ns] = *edge.alternative;
      EXPECT_LE(edge.predicted_ns_per_row, ns + code_ns + 1e-9) << edge.from << " to " << edge.to;
      decided_by_code += edge.predicted_ns_per_row > ns ? 1 : 0;
    }
  }
  EXPECT_GT(decided_by_code, 0U);
}

TEST(DecideCuts, PinsAndProbesHoldInEveryMode) {
  Random random(8);
  for (uint32_t round = 0; round < 200; ++round) {
    Program program = RandomProgram(random, 30).take();
    const auto pins = random_pins(program.stages[1], random);
    for (const FusionMode mode : {FusionMode::kOff, FusionMode::kStaged, FusionMode::kFull, FusionMode::kOn}) {
      ASSERT_TRUE(decide_cuts(program, {mode, pins}).ok());
      const Stage& stage = program.stages[1];
      for (uint32_t cut = 0; cut + 1 < stage.steps.size(); ++cut) {
        const Cut& decided = stage.cuts[cut];
        const auto pin = pins.find(fmt::format("1.{}", cut));
        EXPECT_EQ(decided.pinned, pin != pins.end());
        if (pin != pins.end()) {
          EXPECT_EQ(decided.decision, pin->second);
          EXPECT_EQ(decided.reason, Reason::kPinned);
        } else if (is_probe(stage.steps[cut]) || is_probe(stage.steps[cut + 1])) {
          EXPECT_EQ(decided.decision, Decision::kStaged);
          EXPECT_EQ(decided.reason, Reason::kExpands);
        } else if (mode != FusionMode::kOn) {
          EXPECT_EQ(decided.decision, mode == FusionMode::kFull ? Decision::kRegister : Decision::kStaged);
        }
        EXPECT_EQ(decided.decision == Decision::kRegister && !decided.pinned, decided.reason == Reason::kFused);
        EXPECT_GT(decided.predicted_ns_per_row, 0);
      }
      EXPECT_EQ(stage.cuts.back().decision, Decision::kMaterialized);
      EXPECT_EQ(stage.cuts.back().reason, Reason::kBreaker);
      EXPECT_TRUE(verify(program).ok());
    }
  }
}

// A chain of `steps` additions, or of `and` of the value before with itself, that ends in a filter.
Program chain(uint32_t steps, const char* symbol, Type type) {
  Stage stage;
  stage.source = StreamSource{};
  stage.values.push_back({.name = "x", .type = type});
  stage.source_values = 1;
  for (uint32_t i = 0; i < steps; ++i) {
    stage.values.push_back({.name = "y", .type = type});
    stage.steps.push_back({Compute{find_overload(symbol), {{false, i}, {false, i}}, i + 1}, {}});
  }
  if (type == kBool) stage.steps.push_back({FilterRows{{false, steps}}, {}});
  stage.cuts.resize(stage.steps.size());
  stage.outputs = {{false, steps}};
  const Schema schema{{"y", type, true}};
  Program program{.stages = {stage}, .sinks = {{CollectSink{true}, schema, schema, 1}}, .result = 0};
  CHECK(verify(program).ok());
  return program;
}

TEST(DecideCuts, NoLoopIsLongerThanTheLimit) {
  for (const uint32_t steps : {limits::kLoopStepsMax - 1, limits::kLoopStepsMax, limits::kLoopStepsMax + 1, 2'000u}) {
    std::map<std::string, Decision> pins;
    for (uint32_t cut = 0; cut + 1 < steps; ++cut) pins[fmt::format("0.{}", cut)] = Decision::kRegister;
    for (const FuseOptions& options :
         {FuseOptions{FusionMode::kFull, {}}, FuseOptions{FusionMode::kOn, {}}, FuseOptions{FusionMode::kOff, pins}}) {
      Program program = chain(steps, "add_i64_i64", kInt64);
      ASSERT_TRUE(decide_cuts(program, options).ok());
      const std::vector<StepInterval> loops = intervals_of(program.stages[0]);
      EXPECT_EQ(loops.size(), (steps + limits::kLoopStepsMax - 1) / limits::kLoopStepsMax);
      for (const StepInterval loop : loops) EXPECT_LE(loop.last - loop.first, limits::kLoopStepsMax);
    }
  }
}

// Each value is read twice by the next: whoever looked at the tree and not at the values would look 2^200 times.
TEST(DecideCuts, SharedPredicatesArePricedOnce) {
  Program program = chain(200, "and_b_b", kBool);
  EXPECT_TRUE(decide_cuts(program, {}).ok());
}

TEST(DecideCuts, RefusesWhatCannotBePinned) {
  const auto error_of = [](Program program, const std::string& cut, Decision decision) {
    const Status status = decide_cuts(program, {FusionMode::kOn, {{cut, decision}}});
    return status.ok() ? "" : status.error().message;
  };
  const Program program = chain(3, "add_i64_i64", kInt64);
  EXPECT_EQ(error_of(program, "0.1", Decision::kRegister), "");
  for (const char* unknown : {"0.2", "1.0", "0", "", "0.-1", "0.1 "})
    EXPECT_EQ(error_of(program, unknown, Decision::kStaged),
              fmt::format("fusion.edge.{} names no cut of this query", unknown));
  Random random(9);
  for (uint32_t refused = 0; refused < 10;) {
    const Program with_probe = RandomProgram(random, 6).take();
    for (uint32_t cut = 0; cut + 1 < with_probe.stages[1].steps.size(); ++cut) {
      if (!is_probe(with_probe.stages[1].steps[cut])) continue;
      EXPECT_NE(
          error_of(with_probe, fmt::format("1.{}", cut), Decision::kRegister).find("cannot be pinned to register"),
          std::string::npos);
      ++refused;
    }
  }
}

}  // namespace
}  // namespace headrace
