// Goal: of what several stages compute from the rows that they read, what is cheaper to hand on is computed once, the rest by each.
#include "fuse/shared_steps.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace headrace {
namespace {

// A stage over one column of the type, which gives the calls in a chain: each of the one before.
Stage chain(Type type, const std::vector<const char*>& symbols) {
  Stage stage;
  stage.source_values = 1;
  stage.values.push_back({.name = "x", .type = type, .nullable = false});
  for (const char* symbol : symbols) {
    const Overload* overload = find_overload(symbol);
    CHECK(overload != nullptr);
    const auto out = static_cast<ValueId>(stage.values.size());
    std::vector<Operand> arguments(overload->arguments.size(), Operand{false, out - 1});
    stage.values.push_back({.name = symbol, .type = type, .nullable = false});
    stage.steps.push_back({Compute{overload, arguments, out}, {}});
  }
  stage.outputs = {{false, static_cast<ValueId>(stage.values.size() - 1)}};
  return stage;
}

// Steps of the trunk, and of each of `readers` stages.
std::vector<size_t> steps_of(const Stage& stage, size_t readers, const Machine& machine = usual_machine()) {
  Stage trunk;
  trunk.source = StreamSource{};
  trunk.source_values = 1;
  trunk.values = {stage.values[0]};
  const std::vector<const Stage*> stages(readers, &stage);
  const SharedSteps shared = share_steps(trunk, stages, std::vector<std::vector<ValueId>>(readers, {0}), machine);
  std::vector<size_t> counts{shared.trunk.steps.size()};
  for (const Stage& reader : shared.readers) counts.push_back(reader.steps.size());
  return counts;
}

TEST(ShareSteps, WhatIsDearIsComputedOnce) {
  EXPECT_EQ(steps_of(chain(kUtf8, {"md5_str"}), 3), (std::vector<size_t>{1, 0, 0, 0}));
  EXPECT_EQ(steps_of(chain(kFloat64, {"sin_f64", "cos_f64"}), 2), (std::vector<size_t>{2, 0, 0}));
}

TEST(ShareSteps, WhatIsCheaperThanAVectorIsComputedAgain) {
  Machine machine = usual_machine();
  machine.byte_ns.fill(0.1);
  EXPECT_EQ(steps_of(chain(kFloat64, {"negate_f64"}), 2, machine), (std::vector<size_t>{0, 1, 1}));
}

TEST(ShareSteps, AChainIsHandedOnWhereThatIsCheapest) {
  EXPECT_EQ(steps_of(chain(kFloat64, {"sin_f64", "negate_f64"}), 2), (std::vector<size_t>{2, 0, 0}))
      << "the last value takes the place of the one that it is made of";
}

TEST(ShareSteps, ManyValuesAreLookedAtOneByOne) {
  const std::vector<const char*> dear(14, "sin_f64"), cheap(14, "negate_f64");
  EXPECT_EQ(steps_of(chain(kFloat64, dear), 2), (std::vector<size_t>{14, 0, 0}));
  EXPECT_LE(steps_of(chain(kFloat64, cheap), 2)[0], 14U);
}

TEST(ShareSteps, WhatGivesSomethingElseEachTimeIsComputedByEach) {
  Stage stage = chain(kUtf8, {"md5_str"});
  auto& compute = std::get<Compute>(stage.steps[0].node);
  Function unsteady = *compute.kernel->function;
  unsteady.contract.determinism = Determinism::kNone;
  Overload overload = *compute.kernel;
  overload.function = &unsteady;
  compute.kernel = &overload;
  EXPECT_EQ(steps_of(stage, 3), (std::vector<size_t>{0, 1, 1, 1}));
}

}  // namespace
}  // namespace headrace
