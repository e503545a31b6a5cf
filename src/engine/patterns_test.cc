// Goal: each pattern says all that it should, is found in its example, is not found where the example does without, and changes no answer.
#include <gtest/gtest.h>
#include <headrace/patterns.h>
#include <headrace/session.h>

#include <filesystem>
#include <set>

#include "fuse/patterns/pattern.h"

namespace headrace {
namespace {

class Patterns : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "headrace_patterns_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // The places at which the query has the pattern, a line each.
  std::set<std::string> places(const FusionPattern& pattern, const FusionPattern::Run& run) {
    Session session = engine_.session();
    for (const auto& [name, value] : run.settings) EXPECT_TRUE(session.set(name, value).ok()) << name;
    const auto text = session.explain(run.query, {.patterns = true});
    EXPECT_TRUE(text.ok()) << to_text(text.error());
    std::set<std::string> found;
    for (size_t begin = 0; text.ok() && begin < text.value().size();) {
      const size_t end = text.value().find('\n', begin);
      const std::string line = text.value().substr(begin, end - begin);
      if (line.starts_with(pattern.name + " ")) found.insert(line);
      begin = end + 1;
    }
    return found;
  }

  std::string answer(const FusionPattern::Run& run) {
    Session session = engine_.session();
    for (const auto& [name, value] : run.settings) EXPECT_TRUE(session.set(name, value).ok()) << name;
    const auto rows = session.sql(run.query);
    return rows.ok() ? rows.value().to_text("csv").value() : to_text(rows.error());
  }

  void prepare(const FusionPattern& pattern) {
    if (!pattern.prepare.empty()) ASSERT_TRUE(engine_.session().sql(pattern.prepare).ok()) << pattern.name;
  }

  static std::set<std::string> names_of(const FusionPattern::Run& run) {
    std::set<std::string> names;
    for (const auto& [name, value] : run.settings) names.insert(name);
    return names;
  }

  std::string folder_;
  Engine engine_{{.threads = 2}};
};

TEST_F(Patterns, SayAllThatTheyShould) {
  std::set<std::string> names;
  for (const FusionPattern& one : fusion_patterns(folder_)) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_NE(find_pattern(one.name), nullptr) << one.name;
    EXPECT_LT(one.name.size(), 20u) << one.name;
    for (const std::string& text :
         {one.name, one.shape, one.assumptions, one.guarantee, one.cost, one.with.query, one.without.query})
      EXPECT_FALSE(text.empty()) << one.name;
    EXPECT_GT(one.rows, 0u) << one.name;
    EXPECT_EQ(names_of(one.with), names_of(one.without)) << one.name << ": one session runs both by turns";
    EXPECT_TRUE(one.with.query != one.without.query || one.with.settings != one.without.settings) << one.name;
  }
  EXPECT_EQ(names.size(), known_patterns().size());
  EXPECT_EQ(find_pattern("nothing"), nullptr);
}

TEST_F(Patterns, AreFoundInTheirExamplesAndNowhereWithoutThem) {
  for (const FusionPattern& one : fusion_patterns(folder_)) {
    prepare(one);
    EXPECT_FALSE(places(one, one.with).empty()) << one.name;
    if (one.name != "reused_rooms") EXPECT_TRUE(places(one, one.without).empty()) << one.name;
  }
}

// Its rule is the runtime's, and does not show in a program: what shows are values that all live to the end.
TEST_F(Patterns, RoomsOfValuesThatAllLiveAreNotReused) {
  for (const FusionPattern& one : fusion_patterns(folder_)) {
    if (one.name != "reused_rooms") continue;
    EXPECT_TRUE(places(one, {"SELECT range + 1 AS a, range + 2 AS b, range + 3 AS c FROM range(9)", {}}).empty());
  }
}

TEST_F(Patterns, ChangeNoAnswer) {
  for (const FusionPattern& one : fusion_patterns(folder_)) {
    prepare(one);
    const std::string with = answer(one.with);
    EXPECT_EQ(with.find("error"), std::string::npos) << one.name << "\n" << with;
    EXPECT_EQ(with, answer(one.without)) << one.name;
  }
}

}  // namespace
}  // namespace headrace
