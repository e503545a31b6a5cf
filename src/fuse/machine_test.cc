// Goal: what a machine was measured to take reads back from its text, and a damaged text is an error with its line.
#include "fuse/machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace headrace {
namespace {

Machine some_machine() {
  Machine machine = usual_machine();
  machine.processor = "A processor @ 2.5GHz";
  machine.cache_bytes = {49152, 2097152, 37486592};
  machine.branch_miss_ns = 7.5;
  machine.read_value_ns = 1.75;
  machine.read_byte_ns = 0.25;
  machine.kernels[find_overload("add_i64_i64")->id] = {0.125, 1.5, true};
  machine.aggregates[find_aggregate_overload("sum_i64")->id] = {0.25, 0.75, false};
  return machine;
}

TEST(Machine, ReadsBack) {
  const Machine machine = some_machine();
  const auto read = parse_machine(to_text(machine));
  ASSERT_TRUE(read.ok()) << to_text(read.error());
  EXPECT_EQ(to_text(read.value()), to_text(machine));
  EXPECT_EQ(read.value().processor, "A processor @ 2.5GHz");
  EXPECT_EQ(read.value().cache_bytes, machine.cache_bytes);
  EXPECT_EQ(read.value().read_value_ns, 1.75);
  EXPECT_EQ(read.value().read_byte_ns, 0.25);
  const KernelPrice add = read.value().price_of(*find_overload("add_i64_i64"));
  EXPECT_EQ(add.vector_ns, 0.125);
  EXPECT_EQ(add.selected_ns, 1.5);
  EXPECT_TRUE(add.vectorises);
  EXPECT_FALSE(read.value().price_of(*find_aggregate_overload("sum_i64")).vectorises);
}

TEST(Machine, DamageIsAnErrorWithItsLine) {
  const std::string text = to_text(some_machine());
  const auto where = [](const std::string& damaged) {
    const auto read = parse_machine(damaged);
    return read.ok() ? std::string("read") : read.error().where;
  };
  EXPECT_EQ(where("headrace machine 4" + text.substr(text.find('\n'))), "line 1");
  EXPECT_EQ(where(text + "speed 12\n"), "line " + std::to_string(std::ranges::count(text, '\n') + 1));
  for (const char* wrong : {"byte_ns 1 2 3", "byte_ns 1 2 3 4 5", "branch_miss_ns -1", "branch_miss_ns nan",
                            "row_ns 1e16", "kernel add_i64_i64", "kernel add_i64_i64 1 2", "cache_bytes 1 2 x"})
    EXPECT_EQ(where("headrace machine 3\n" + std::string(wrong) + "\n"), "line 2") << wrong;
  EXPECT_EQ(where("headrace machine 3\n"), "") << "no processor is named";
  for (size_t begin = text.find('\n') + 1, end; !text.substr(begin).starts_with("kernel "); begin = end + 1) {
    end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    EXPECT_EQ(where(std::string(text).erase(begin, end + 1 - begin)), "") << line;
  }
  EXPECT_EQ(where(text + "kernel of_another_build_i64 1 2 1\n"), "read");
}

TEST(Machine, LevelsAreThoseThatHoldTheBytes) {
  const Machine machine = some_machine();
  EXPECT_EQ(machine.level_of(49152), 0U);
  EXPECT_EQ(machine.level_of(49153), 1U);
  EXPECT_EQ(machine.level_of(uint64_t{1} << 40), 3U);
  EXPECT_EQ(machine.state_ns(uint64_t{1} << 40), 2 * machine.lookup_ns[3]);
}

}  // namespace
}  // namespace headrace
