// Goal: filters change places only where no order of them shows: not in rows, not in faults, not in what others read.
#include "fuse/filter_runs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fuse/parse.h"
#include "plan/declared_tables.h"

namespace headrace {
namespace {

// "0-2" of a run of the loops 0 and 1, in the only stage.
std::string runs_of(const std::string& steps, const char* output, const char* type = "int64") {
  DeclaredTables tables;
  EXPECT_TRUE(tables.declare("table rows [key: int64, note: utf8] rows 1000 late").ok());
  const auto program = parse_program(fmt::format(R"(program result 0
sink 0 collect
  inputs 1 in ("c" {0}) out ("c" {0})
stage 0 to sink 0 input 0
  source table rows columns (0, 1)
  value v0 "key" int64
  value v1 "note" utf8
{1}  cut materialized breaker
  output ({2})
)",
                                                 type, steps, output),
                                     tables);
  if (!program.ok()) return to_text(program.error());
  std::string out;
  for (const LoopRun run : filter_runs_of(program.value().stages[0]))
    out += fmt::format("{}{}-{}", out.empty() ? "" : "; ", run.first, run.last);
  return out;
}

// One by the key, then, behind `between`, one by what `second` computes as v3.
std::string two(const char* between, const char* second) {
  return fmt::format(R"(  compute v2 "p" bool = lt_I64_I64(v0, 7::int64)
  cut register fused
  filter v2
  cut {}
{}  cut register fused
  filter v3
)",
                     between, second);
}

constexpr const char* kApart = "staged selective_filter";
constexpr const char* kByNote = R"(  decode v1
  cut register fused
  compute v3 "q" bool = gt_STR_STR(v1, 'f')
)";

TEST(FilterRuns, LoopsThatOnlyFilter) {
  EXPECT_EQ(runs_of(two(kApart, kByNote), "v0"), "0-2");
  EXPECT_EQ(runs_of(two("register fused", kByNote), "v0"), "") << "one loop has one order";
}

TEST(FilterRuns, WhatLiesBehindInTheSameLoopKeepsAFilterInItsPlace) {
  const auto with_behind = [](const char* cut) {
    return two(kApart, kByNote) +
           fmt::format("  cut {}\n  compute v4 \"c\" int64 = bit_and_of_i64_i64(v0, 1::int64)\n", cut);
  };
  EXPECT_EQ(runs_of(with_behind("register fused"), "v4"), "");
  EXPECT_EQ(runs_of(with_behind(kApart), "v4"), "0-2");
}

TEST(FilterRuns, AValueThatIsReadBehindTheLoopIsNeededThere) {
  const char* const computed_apart = R"(  compute v3 "q" bool = gt_I64_I64(v0, 3::int64)
  cut staged cheaper_apart
  compute v4 "r" bool = gt_I64_I64(v0, 4::int64)
)";
  EXPECT_EQ(runs_of(two(kApart, computed_apart), "v0"), "");
}

// A row that the other filter drops would fault or not, by the order.
TEST(FilterRuns, FaultsKeepTheirPlace) {
  const auto computed_in_front = [](const char* kernel, const char* faults) {
    return fmt::format(R"(  compute v2 "sum" int64{1} = {0}(v0, 1::int64)
  cut register fused
  compute v3 "q" bool{1} = gt_I64_I64(v2, 3::int64)
  cut staged cheaper_apart
  filter v3
  cut staged selective_filter
  compute v4 "p" bool = gt_I64_I64(v0, 9::int64)
  cut register fused
  filter v4
)",
                       kernel, faults);
  };
  EXPECT_EQ(runs_of(computed_in_front("bit_and_of_i64_i64", ""), "v3", "bool"), "1-3");
  EXPECT_EQ(runs_of(computed_in_front("add_i64_i64", " faults"), "v3", "bool"), "");

  const char* const computed_there = R"(  compute v3 "q" bool = eq_I64_I64(v0, 9::int64)
  cut register fused
  filter v3
  cut register fused
  compute v4 "sum" int64 faults = add_i64_i64(v0, 1::int64)
)";
  EXPECT_EQ(runs_of(two(kApart, computed_there), "v0"), "");
}

}  // namespace
}  // namespace headrace
