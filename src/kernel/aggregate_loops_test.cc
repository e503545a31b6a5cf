// The generated loops over aggregates do what one update() per row does: dense, with nulls, selected, constant and grouped.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>
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

// Values that fit a window and that do not, of both signs, none at all, and no numbers.
std::vector<double> mixed_values(uint64_t seed) {
  std::mt19937_64 random(seed);
  static constexpr double kOdd[] = {0.0, -0.0, 1e300, -1e300, 5e-324, 0x1p-960, 1e16};
  std::vector<double> values;
  for (uint32_t row = 0; row < kRows; ++row) {
    const auto drawn = static_cast<double>(random() % 2'000'001) / 1'000 - 1'000;
    const uint64_t kind = random() % 16;
    values.push_back(kind == 0 ? kOdd[random() % std::size(kOdd)] : kind < 8 ? std::trunc(drawn) : drawn);
  }
  return values;
}

// What each group's state is in the end, as text and fault bits: by rows at once, or one by one.
class GroupedRun {
 public:
  static constexpr uint32_t kGroups = 7, kOffset = 24;

  GroupedRun(const AggregateOverload& overload, const AggregateArguments& arguments)
      : functions_(loop_table().aggregates[overload.id]), arguments_(arguments) {
    arguments_.context = &context_;
    for (auto& room : rooms_) {
      room.resize((kOffset + overload.state_bytes) / sizeof(std::max_align_t) + 1);
      functions_.init(bytes(room) + kOffset);
    }
    for (uint32_t row = 0; row < kRows; ++row) states_.push_back(bytes(rooms_[row * row % kGroups]));
  }
  std::vector<std::string> at_once() {
    functions_.update_grouped(states_.data(), kOffset, arguments_);
    return finish();
  }
  std::vector<std::string> one_by_one() {
    for (uint32_t row = 0; row < kRows; ++row) {
      const auto only = static_cast<uint16_t>(row);
      AggregateArguments one = arguments_;
      one.selection = &only;
      one.selected = 1;
      functions_.update_one(states_[row] + kOffset, one);
    }
    return finish();
  }

 private:
  static char* bytes(std::vector<std::max_align_t>& room) { return reinterpret_cast<char*>(room.data()); }
  std::vector<std::string> finish() {
    std::vector<std::string> results;
    for (auto& room : rooms_) {
      uint64_t value[2] = {};
      uint32_t faults = 0;
      const bool valid = functions_.finish(bytes(room) + kOffset, value, faults, 0);
      results.push_back(fmt::format("{} {:x} {:x} {}", valid, value[0], value[1], faults));
    }
    return results;
  }

  Arena arena_;
  KernelContext context_{&arena_};
  const AggregateFunctions& functions_;
  AggregateArguments arguments_;
  std::array<std::vector<std::max_align_t>, kGroups> rooms_;
  std::vector<char*> states_;
};

TEST(AggregateLoops, EveryAggregateOfDoublesIsTheSameByGroupsAtOnce) {
  uint32_t looked_at = 0;
  for (const Aggregate& aggregate : aggregates()) {
    for (const AggregateOverload& overload : aggregate.overloads) {
      const bool of_doubles = std::ranges::all_of(overload.arguments, [](TypeId id) { return id == TypeId::kFloat64; });
      if (!of_doubles || overload.arguments.empty() || overload.result != TypeId::kFloat64) continue;
      if (overload.order != StateOrder::kFree || overload.keeps_nulls) continue;
      ++looked_at;
      for (const uint64_t seed : {1, 2}) {
        const std::vector<double> first = mixed_values(seed), second = mixed_values(seed + 10);
        const Input some(seed), others(seed + 20);
        for (const int nullable : {0, 1, 2, 3}) {
          AggregateArguments arguments{.rows = kRows, .data = {first.data(), second.data()}};
          if ((nullable & 1) != 0) arguments.validity[0] = some.validity.data();
          if ((nullable & 2) != 0) arguments.validity[1] = others.validity.data();
          EXPECT_EQ(GroupedRun(overload, arguments).at_once(), GroupedRun(overload, arguments).one_by_one())
              << overload.symbol << ", seed " << seed << ", nulls in " << nullable;
        }
      }
    }
  }
  EXPECT_GT(looked_at, 20U);
}

}  // namespace
}  // namespace headrace::kernel
