// Goal: docs/guide/patterns.md is what the patterns say of themselves.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <headrace/patterns.h>

#include "base/test_page.h"

namespace headrace {
namespace {

constexpr const char* kDocument = "docs/guide/patterns.md";

constexpr const char* kPreface = R"(# Fusion patterns

Printed from `src/fuse/patterns/` by `src/engine/patterns_document_test.cc`; `UPDATE_GOLDEN=1` rewrites this page. A pattern is a known shape in which
steps share a loop, memory or rows, or are better kept apart. `headrace explain --patterns QUERY` says which of them a query has, and where.

What a pattern is worth depends on the machine and is measured there: `headrace patterns NAME` runs its example with it and without it by turns, and
`./dev bench patterns` does so for all. Rules of the optimizer that make one operator of several are measured by `./dev bench rules`.
)";

std::string run_text(const FusionPattern::Run& run) {
  std::string settings;
  for (const auto& [name, value] : run.settings)
    settings += fmt::format("{}`{} = {}`", settings.empty() ? "" : ", ", name, value);
  return fmt::format("```sql\n{};\n```\n{}", run.query, settings.empty() ? "" : "\n" + settings + "\n");
}

std::string pattern_text(const FusionPattern& one) {
  std::string text = fmt::format("\n## {}\n\n{}.\n\n| | |\n|---|---|\n", one.name, one.shape);
  text +=
      fmt::format("| assumes | {} |\n| guarantees | {} |\n| costs | {} |\n", one.assumptions, one.guarantee, one.cost);
  if (!one.prepare.empty()) text += fmt::format("\nBefore:\n\n```sql\n{};\n```\n", one.prepare);
  text += "\nWith it:\n\n" + run_text(one.with) + "\nWithout:\n\n";
  const bool differs = one.with.query != one.without.query;
  std::string without = run_text(one.without);
  return text + (differs ? without : without.substr(without.find("```\n") + 5));
}

TEST(PatternsDocument, IsWhatTheySay) {
  std::string expected = kPreface;
  for (const FusionPattern& one : fusion_patterns("/tmp")) expected += pattern_text(one);
  EXPECT_EQ(page_text(kDocument, expected), expected) << "UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace
}  // namespace headrace
