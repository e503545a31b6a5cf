// Goal: what is live across a cut is what was computed in front of it and is read behind it, by definition.
#include "fuse/liveness.h"

#include <gtest/gtest.h>

#include "fuse/test_stages.h"

namespace headrace {
namespace {

TEST(Liveness, FollowsFromReadsAndDefinitions) {
  Random random(3);
  for (uint32_t round = 0; round < 300; ++round) {
    const Program program = RandomProgram(random, 25).take();
    const Stage& stage = program.stages[1];
    const auto count = static_cast<uint32_t>(stage.steps.size());
    const auto reads = [&](uint32_t step, ValueId value) {
      bool found = false;
      const auto look = [&](Operand operand) { found |= operand == Operand{false, value}; };
      if (step == count) {
        for (const Operand operand : stage.outputs) look(operand);
      } else {
        for_each_operand(stage.steps[step], look);
      }
      return found;
    };
    const Liveness liveness = liveness_of(stage);
    std::vector<uint64_t> expected_bytes(count, 0);
    for (ValueId value = 0; value < stage.values.size(); ++value) {
      uint32_t defined = kBySource;
      for (uint32_t step = 0; step < count; ++step)
        for_each_definition(stage.steps[step], [&](ValueId out) { defined = out == value ? step : defined; });
      EXPECT_EQ(liveness.defined[value], defined);
      EXPECT_EQ(defined == kBySource, value < stage.source_values);
      uint32_t last_read = 0;
      for (uint32_t step = 0; step <= count; ++step)
        if (reads(step, value)) last_read = step;
      EXPECT_EQ(liveness.last_read[value], last_read);
      for (uint32_t cut = 0; cut < count && defined != kBySource; ++cut) {
        bool read_behind = false;
        for (uint32_t step = cut + 1; step <= count; ++step) read_behind |= reads(step, value);
        if (defined <= cut && read_behind)
          expected_bytes[cut] += width_bytes(stage.values[value].type.id) + (stage.values[value].nullable ? 1 : 0);
      }
    }
    EXPECT_EQ(live_bytes_of(stage, liveness), expected_bytes) << to_text(program);
  }
}

}  // namespace
}  // namespace headrace
