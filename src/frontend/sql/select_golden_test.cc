// SELECT by example: select.golden holds tables, then cases of a query, and the resolved plan or the error that it gives.
//   UPDATE_GOLDEN=1 rewrites what they give.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "expr/lexer.h"
#include "frontend/sql/statement.h"
#include "plan/declared_tables.h"
#include "plan/parse.h"
#include "plan/resolve.h"

namespace headrace {
namespace {

constexpr const char* kPath = "src/frontend/sql/select.golden";  // tests run in the source root

struct GoldenCase {
  std::string comment, query, given;
};
struct Golden {
  std::string header;  // comments and tables
  std::vector<GoldenCase> cases;
};

// A case: comments, the query, ----, what it gives; blank lines stand between cases.
Golden read_golden() {
  std::ifstream file(kPath);
  Golden golden;
  std::string line, comment;
  bool behind = false, open = false;
  while (std::getline(file, line)) {
    if (line.starts_with("#")) {
      comment += line + "\n";
    } else if (line.starts_with("table ")) {
      golden.header += comment + line + "\n";
      comment.clear();
    } else if (line.empty()) {
      open = behind = false;
    } else if (line == "----") {
      behind = true;
    } else {
      if (!open) golden.cases.push_back({comment, "", ""});
      comment.clear();
      open = true;
      (behind ? golden.cases.back().given : golden.cases.back().query) += line + "\n";
    }
  }
  return golden;
}

void write_golden(const Golden& golden) {
  std::ofstream file(kPath);
  file << golden.header;
  for (const GoldenCase& one : golden.cases) file << "\n" << one.comment << one.query << "----\n" << one.given;
}

Result<PlanPtr> plan_of(const std::string& query, DeclaredTables& tables) {
  TRY(statements, parse_sql(query));
  return resolve(*std::get<QueryStatement>(statements.at(0).node).plan, tables);
}

// The plan's text, after checking that it is sound and reads back; or the error as users see it.
std::string given_by(const std::string& query, DeclaredTables& tables) {
  const auto plan = plan_of(query, tables);
  if (!plan.ok()) return to_text(with_excerpt(plan.error(), query)) + "\n";
  const Status sound = verify(*plan.value());
  EXPECT_TRUE(sound.ok()) << query << (sound.ok() ? "" : to_text(sound.error()));
  const std::string text = to_text(*plan.value());
  const auto again = parse_plan(text, tables);
  EXPECT_TRUE(again.ok()) << text << (again.ok() ? "" : to_text(again.error()));
  if (again.ok()) EXPECT_EQ(to_text(*again.value()), text);
  return text;
}

TEST(SelectGolden, GivesTheListedPlans) {
  const bool update = std::getenv("UPDATE_GOLDEN") != nullptr;
  Golden golden = read_golden();
  DeclaredTables tables;
  std::istringstream header(golden.header);
  for (std::string line; std::getline(header, line);)
    if (!line.starts_with("#")) ASSERT_TRUE(tables.declare(line).ok()) << line;
  ASSERT_FALSE(golden.cases.empty());
  for (GoldenCase& one : golden.cases) {
    const std::string given = given_by(one.query, tables);
    if (update)
      one.given = given;
    else
      EXPECT_EQ(given, one.given) << one.query;
  }
  if (update) write_golden(golden);
}

}  // namespace
}  // namespace headrace
