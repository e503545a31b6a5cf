// Stages by example: cut_stages.golden holds tables, then optimized plans and the programs that they are cut into.
//   UPDATE_GOLDEN=1 rewrites the programs.
#include "fuse/cut_stages.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "plan/parse.h"

namespace headrace {
namespace {

constexpr const char* kGolden = "src/fuse/cut_stages.golden";  // tests run in the source root

struct GoldenCase {
  std::string comment, plan, program;
};

TEST(CutStages, Golden) {
  const bool update = std::getenv("UPDATE_GOLDEN") != nullptr;
  std::ifstream file(kGolden);
  DeclaredTables tables;
  std::string header, line, comment;
  std::vector<GoldenCase> cases;
  bool after = false;
  while (std::getline(file, line)) {
    if (line.starts_with("table ")) {
      ASSERT_TRUE(tables.declare(line).ok()) << line;
      header += line + "\n";
    } else if (line.starts_with("# ")) {
      cases.push_back({line + "\n", "", ""});
      after = false;
    } else if (line == "----") {
      after = true;
    } else if (!line.empty() && !cases.empty()) {
      (after ? cases.back().program : cases.back().plan) += line + "\n";
    }
  }
  ASSERT_GE(cases.size(), 10U);
  for (GoldenCase& one : cases) {
    const auto plan = parse_plan(one.plan, tables);
    ASSERT_TRUE(plan.ok()) << one.comment << to_text(plan.error());
    const auto program = cut_stages(*plan.value(), {.faults_become_null = one.comment.starts_with("# policy null")});
    const std::string text = program.ok() ? to_text(program.value()) : to_text(program.error()) + "\n";
    if (update)
      one.program = text;
    else
      EXPECT_EQ(text, one.program) << one.comment << one.plan;
    if (!program.ok()) continue;
    const auto again = parse_program(text, tables);
    ASSERT_TRUE(again.ok()) << to_text(again.error()) << "\n" << text;
    EXPECT_EQ(to_text(again.value()), text);
  }
  if (!update) return;
  std::ofstream out(kGolden);
  out << header;
  for (const GoldenCase& one : cases) out << "\n" << one.comment << one.plan << "----\n" << one.program;
}

}  // namespace
}  // namespace headrace
