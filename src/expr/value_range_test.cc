// Goal: what range_of_call promises holds for every value of the arguments' ranges.
// Method: every kernel over integers, on random ranges between extremes and small numbers; the kernel itself runs on values
// at and near the ends of the ranges.
#include "expr/value_range.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "kernel/loops.h"

namespace headrace {
namespace {

constexpr int64_t kEnds[] = {
    INT64_MIN, INT64_MIN + 1, -3'037'000'500, INT32_MIN,     -46'341,       -7,       -1, 0, 1, 2, 5,
    46'341,    INT32_MAX,     1 << 31,        3'037'000'500, INT64_MAX - 1, INT64_MAX};

bool is_integer_id(TypeId type) { return type == TypeId::kInt32 || type == TypeId::kInt64; }

ValueRange random_range(TypeId type, std::mt19937_64& random) {
  const ValueRange whole = whole_range(type);
  const auto end = [&] { return std::clamp(kEnds[random() % std::size(kEnds)], whole.low, whole.high); };
  const int64_t first = end(), second = end();
  return {std::min(first, second), std::max(first, second)};
}

// Both ends, their neighbours, zero and a few others.
std::vector<int64_t> samples(ValueRange range, std::mt19937_64& random) {
  std::vector<int64_t> values = {range.low, range.high};
  for (const int64_t value :
       {range.low == INT64_MAX ? range.low : range.low + 1, range.high == INT64_MIN ? range.high : range.high - 1,
        int64_t{0}, int64_t{-1}, int64_t{1}})
    if (value >= range.low && value <= range.high) values.push_back(value);
  const auto width = static_cast<uint64_t>(range.high) - static_cast<uint64_t>(range.low);
  for (int i = 0; i < 3; ++i)
    values.push_back(static_cast<int64_t>(static_cast<uint64_t>(range.low) + (width == 0 ? 0 : random() % width)));
  return values;
}

void store(TypeId type, int64_t value, std::vector<int64_t>& column, size_t row) {
  if (type == TypeId::kInt32) {
    reinterpret_cast<int32_t*>(column.data())[row] = static_cast<int32_t>(value);
  } else {
    column[row] = value;
  }
}

int64_t load(TypeId type, const std::vector<int64_t>& column, size_t row) {
  return type == TypeId::kInt32 ? reinterpret_cast<const int32_t*>(column.data())[row] : column[row];
}

void check(const Overload& kernel, std::mt19937_64& random, uint32_t& proven) {
  std::vector<ValueRange> ranges;
  for (const TypeId type : kernel.arguments) ranges.push_back(random_range(type, random));
  const CallRange promised = range_of_call(kernel, ranges);
  proven += promised.can_fault ? 0 : 1;
  const std::vector<int64_t> lefts = samples(ranges.front(), random), rights = samples(ranges.back(), random);
  const auto rows = static_cast<uint32_t>(lefts.size() * rights.size());
  std::vector<int64_t> left(rows), right(rows), out(rows);
  for (uint32_t row = 0; row < rows; ++row) {
    store(kernel.arguments.front(), lefts[row / rights.size()], left, row);
    store(kernel.arguments.back(), rights[row % rights.size()], right, row);
  }
  std::vector<uint8_t> all(rows, 1), faults(rows, 0);
  KernelContext context{nullptr};
  LoopArguments loop{.rows = rows, .selection = nullptr, .selected = rows, .context = &context};
  loop.data[0] = left.data();
  if (kernel.arguments.size() == 2) loop.data[1] = right.data();
  loop.out = out.data();
  loop.run = all.data();
  loop.out_faults = faults.data();
  loop_table().kernels[kernel.id](loop);
  for (uint32_t row = 0; row < rows; ++row) {
    const std::string what = std::string(kernel.symbol) + " of " +
                             std::to_string(load(kernel.arguments.front(), left, row)) + ", " +
                             std::to_string(load(kernel.arguments.back(), right, row));
    if (faults[row] != 0) {
      ASSERT_TRUE(promised.can_fault) << what;
      continue;
    }
    const int64_t value = load(kernel.result, out, row);
    ASSERT_GE(value, promised.range.low) << what;
    ASSERT_LE(value, promised.range.high) << what;
  }
}

TEST(ValueRange, HoldsForEveryIntegerKernel) {
  std::mt19937_64 random(7);
  for (const Function& function : functions())
    for (const Overload& kernel : function.overloads) {
      const bool integers = is_integer_id(kernel.result) && !kernel.arguments.empty() && kernel.arguments.size() <= 2 &&
                            std::ranges::all_of(kernel.arguments, is_integer_id);
      if (!integers || function.contract.nulls == Nulls::kSees) continue;
      uint32_t proven = 0;
      for (int round = 0; round < 2'000; ++round) check(kernel, random, proven);
      if (function.contract.faults != 0) EXPECT_GT(proven, 0u) << kernel.symbol << " is never proven harmless";
    }
}

TEST(ValueRange, HoursOfATimeOfDayReach24) {
  const Function* hour = find_function("hour");
  ASSERT_NE(hour, nullptr);
  const ValueRange whole[] = {{}};
  for (const Overload& kernel : hour->overloads) {
    const int64_t last = kernel.arguments[0] == TypeId::kTime ? 24 : 23;
    EXPECT_LE(last, range_of_call(kernel, whole).range.high) << kernel.symbol;
  }
}

TEST(ValueRange, PartsOfIntervalsAreNotThoseOfDates) {
  const ValueRange whole[] = {{}};
  for (const std::string_view name : {"month", "day", "hour", "minute"})
    for (const Overload& kernel : find_function(name)->overloads)
      EXPECT_EQ(range_of_call(kernel, whole).range.high == INT64_MAX, kernel.arguments[0] == TypeId::kInterval)
          << kernel.symbol;
}

TEST(ValueRange, ChoosingUnites) {
  const Overload* choose = find_overload("if_else_b_I64_I64");
  ASSERT_NE(choose, nullptr);
  const ValueRange ranges[] = {{0, 1}, {-5, 3}, {10, 20}};
  EXPECT_EQ(range_of_call(*choose, ranges).range, (ValueRange{-5, 20}));
}

}  // namespace
}  // namespace headrace
