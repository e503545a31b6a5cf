// The generated loops over aggregates do what one update() per row does: dense, with nulls, selected, constant and grouped.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "kernel/aggregate.h"
#include "kernel/loops.h"

namespace headrace::kernel {
namespace {

constexpr uint32_t kRows = 2'000;

struct Input {
  std::vector<double> values = std::vector<double>(kRows);
  std::vector<uint8_t> validity = std::vector<uint8_t>(kRows);
  std::vector<uint16_t> selection;

  explicit Input(uint64_t seed) {
    std::mt19937_64 random(seed);
    for (uint32_t row = 0; row < kRows; ++row) {
      values[row] = std::ldexp(static_cast<double>(random() % 100'000) - 50'000, static_cast<int>(random() % 80) - 40);
      validity[row] = random() % 3 != 0 ? 1 : 0;
      if (random() % 2 == 0) selection.push_back(static_cast<uint16_t>(row));
    }
  }
};

const AggregateFunctions& sum_of_doubles() { return loop_table().aggregates[find_aggregate_overload("sum_f64")->id]; }

double finished(const SumFloat& state) {
  double result = 0;
  Faults faults;
  state.finish(result, faults, 0);
  return result;
}

TEST(AggregateLoops, OneStateSeesTheRowsItShould) {
  Arena arena;
  KernelContext context{&arena};
  const Input input(47);
  for (const bool nullable : {false, true}) {
    for (const bool selected : {false, true}) {
      for (const bool constant : {false, true}) {
        AggregateArguments arguments{
            .rows = kRows, .constant_mask = constant ? 1u : 0u, .data = {input.values.data()}, .context = &context};
        if (nullable) arguments.validity[0] = input.validity.data();
        if (selected) {
          arguments.selection = input.selection.data();
          arguments.selected = static_cast<uint32_t>(input.selection.size());
        }
        SumFloat expected;
        expected.init();
        const uint32_t count = selected ? arguments.selected : kRows;
        for (uint32_t i = 0; i < count; ++i) {
          const uint32_t row = constant ? 0 : (selected ? input.selection[i] : i);
          if (!nullable || input.validity[row] != 0) expected.update(input.values[row], context);
        }
        SumFloat state;
        sum_of_doubles().init(&state);
        sum_of_doubles().update_one(&state, arguments);
        EXPECT_EQ(state.count, expected.count);
        EXPECT_EQ(finished(state), finished(expected)) << nullable << selected << constant;
      }
    }
  }
}

TEST(AggregateLoops, GroupsSeeTheirRows) {
  Arena arena;
  KernelContext context{&arena};
  const Input input(53);
  std::vector<SumFloat> states(7);
  std::vector<SumFloat> expected(7);
  for (size_t i = 0; i < states.size(); ++i) {
    states[i].init();
    expected[i].init();
  }
  std::vector<char*> targets(kRows);
  for (uint32_t row = 0; row < kRows; ++row) {
    const size_t group = row * row % 7;
    targets[row] = reinterpret_cast<char*>(&states[group]);
    if (input.validity[row] != 0) expected[group].update(input.values[row], context);
  }
  AggregateArguments arguments{
      .rows = kRows, .data = {input.values.data()}, .validity = {input.validity.data()}, .context = &context};
  sum_of_doubles().update_grouped(targets.data(), 0, arguments);
  for (size_t i = 0; i < states.size(); ++i) EXPECT_EQ(finished(states[i]), finished(expected[i]));
}

}  // namespace
}  // namespace headrace::kernel
