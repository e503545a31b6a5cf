// Goal: each column of the source that is read behind a filter alone is decoded once, in front of who reads it first, and the
// stage stays a stage.
#include "fuse/place_decodes.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "fuse/liveness.h"
#include "fuse/test_stages.h"

namespace headrace {
namespace {

// The first step that reads the value, the sink being the last; none: nobody does.
std::optional<uint32_t> first_read(const Stage& stage, ValueId value) {
  for (uint32_t step = 0; step < stage.steps.size(); ++step) {
    bool reads = false;
    for_each_operand(stage.steps[step], [&](Operand operand) { reads |= operand == Operand{false, value}; });
    if (reads) return step;
  }
  for (const Operand operand : stage.outputs)
    if (operand == Operand{false, value}) return static_cast<uint32_t>(stage.steps.size());
  return std::nullopt;
}

template <class Node>
std::optional<uint32_t> first_of(const Stage& stage) {
  for (uint32_t step = 0; step < stage.steps.size(); ++step)
    if (std::holds_alternative<Node>(stage.steps[step].node)) return step;
  return std::nullopt;
}

TEST(PlaceDecodes, OnceInFrontOfTheFirstReader) {
  Random random(11);
  uint32_t decodes = 0, probe_decodes = 0;
  for (uint32_t round = 0; round < 500; ++round) {
    Program program = RandomProgram(random, 25).take();
    Stage& stage = program.stages[1];
    const Stage before = stage;
    place_decodes(stage);
    stage.cuts.assign(stage.steps.size(), Cut{});
    ASSERT_TRUE(verify(program).ok()) << verify(program).error().message << "\n" << to_text(program);
    const auto filter = first_of<FilterRows>(stage);
    for (ValueId value = 0; value < stage.source_values; ++value) {
      std::vector<uint32_t> at;
      uint32_t probes = 0;  // that decode it
      for (uint32_t step = 0; step < stage.steps.size(); ++step) {
        const auto* decode = std::get_if<Decode>(&stage.steps[step].node);
        if (decode != nullptr && decode->value == value) at.push_back(step);
        if (const auto* probe = std::get_if<Probe>(&stage.steps[step].node))
          probes += static_cast<uint32_t>(std::count(probe->decoded.begin(), probe->decoded.end(), value));
      }
      const auto read = first_read(stage, value);
      if (probes > 0) {
        // By the first reader, for which verify() asks that it drops rows and carries the value.
        ++probe_decodes;
        ASSERT_EQ(probes, 1u);
        ASSERT_TRUE(at.empty()) << to_text(program);
        const auto& probe = std::get<Probe>(stage.steps[*first_read(stage, value)].node);
        ASSERT_EQ(std::count(probe.decoded.begin(), probe.decoded.end(), value), 1) << to_text(program);
        continue;
      }
      const bool late = read.has_value() && filter.has_value() && *filter < *read;
      ASSERT_EQ(at.size(), late ? 1u : 0u) << "v" << value << "\n" << to_text(program);
      if (!late) continue;
      ++decodes;
      for (uint32_t step = at[0] + 1; step < *read; ++step)
        ASSERT_TRUE(std::holds_alternative<Decode>(stage.steps[step].node)) << to_text(program);
    }
    std::erase_if(stage.steps, [](const Step& step) { return std::holds_alternative<Decode>(step.node); });
    ASSERT_EQ(stage.steps.size(), before.steps.size());
  }
  EXPECT_GT(decodes, 500u);
  EXPECT_GT(probe_decodes, 50u);
}

}  // namespace
}  // namespace headrace
