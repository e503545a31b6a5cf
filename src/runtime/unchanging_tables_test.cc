// Goal: tables of a step are kept from round to round exactly where no working row, and no mark of a probe, can change them.
#include "runtime/unchanging_tables.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fuse/cut_stages.h"
#include "plan/declared_tables.h"
#include "plan/parse.h"

namespace headrace {
namespace {

// The sinks of a step by what becomes of them: "0 kept, 1 skipped".
std::string found_in(const std::string& plan) {
  DeclaredTables tables;
  EXPECT_TRUE(tables.declare("table t [k: int64]\ntable u [k: int64]\n").ok());
  const auto parsed = parse_plan(plan, tables);
  EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : to_text(parsed.error()));
  const auto program = cut_stages(*parsed.value(), {});
  EXPECT_TRUE(program.ok());
  const UnchangingTables found = unchanging_tables(program.value());
  std::string text;
  for (size_t sink = 0; sink < found.kept.size(); ++sink)
    if (found.kept[sink] || found.skipped[sink])
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", sink, found.kept[sink] ? "kept" : "skipped");
  return text;
}

TEST(UnchangingTables, AreThoseThatNoWorkingRowReaches) {
  const std::string working = "  WorkingRows 0 [k: int64?]\n";
  EXPECT_EQ(found_in("Join inner keys [(k#0 = k#0)]\n" + working + "  ScanTable t [k#0: int64]\n"), "0 kept");
  EXPECT_EQ(found_in("Join left keys [(k#0 = k#0)]\n" + working + "  ScanTable t [k#0: int64]\n"), "0 kept");
  // The working rows are the table; a probe marks the table's rows.
  EXPECT_EQ(found_in("Join inner keys [(k#0 = k#0)]\n  ScanTable t [k#0: int64]\n" + working), "");
  EXPECT_EQ(found_in("Join full keys [(k#0 = k#0)]\n" + working + "  ScanTable t [k#0: int64]\n"), "");
  // Groups that only the table reads are not made again; those that the step reads too are.
  const std::string groups = "  Aggregate keys [k#0 as k] aggregates []\n    ScanTable t [k#0: int64]\n";
  EXPECT_EQ(found_in("Join inner keys [(k#0 = k#0)]\n" + working + groups), "0 skipped, 1 kept");
  EXPECT_EQ(found_in("Join inner keys [(k#0 = k#0)]\n" + groups + "  ScanTable u [k#0: int64]\n"), "0 kept");
  // A table over what a table of working rows is probed for.
  EXPECT_EQ(found_in("Join inner keys [(k#0 = k#0)]\n  ScanTable t [k#0: int64]\n  Join semi keys [(k#0 = k#0)]\n"
                     "    ScanTable u [k#0: int64]\n    WorkingRows 0 [k: int64?]\n"),
            "");
}

}  // namespace
}  // namespace headrace
