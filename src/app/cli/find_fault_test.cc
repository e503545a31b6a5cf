// Goal: what makes an answer wrong is found, whether it is a rule or an edge; what does not change the answer is not accused.
#include "app/cli/find_fault.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace headrace {
namespace {

// A query whose answer is wrong wherever one of these settings is not switched off.
class Wrong final : public Answers {
 public:
  explicit Wrong(std::string guilty) : guilty_(std::move(guilty)) {}

  std::vector<std::string> rules() const override { return {"fusion.rule.a", "fusion.rule.b", "fusion.rule.c"}; }
  Result<std::vector<std::string>> under(const SettingValues& settings) const override {
    const auto has = [&](const char* name, const char* value) {
      return std::ranges::find(settings, std::pair<std::string, std::string>(name, value)) != settings.end();
    };
    const bool is_edge = guilty_.starts_with("fusion.edge.");
    if (is_edge && has("fusion.mode", "off")) return std::vector<std::string>{"1"};
    if (guilty_ == "statement in front")
      return std::vector<std::string>{has("fusion.mode", "off") || has("fusion.mode", "staged") ? "1" : "2"};
    if (guilty_ == "steps") return std::vector<std::string>{has("tier", "interpreted") ? "1" : "2"};
    return std::vector<std::string>{guilty_.empty() || has(guilty_.c_str(), is_edge ? "staged" : "off") ? "1" : "2"};
  }
  Result<std::vector<Choice>> edges(const SettingValues&) const override {
    std::vector<Choice> edges;
    for (const char* name : {"fusion.edge.0.0", "fusion.edge.0.1", "fusion.edge.1.0", "fusion.edge.1.2"})
      edges.push_back({name, "x → y", "staged"});
    return edges;
  }

 private:
  const std::string guilty_;
};

TEST(Bisect, NamesTheRule) {
  for (const std::string& rule : Wrong("").rules()) {
    const auto found = bisect(Wrong(rule));
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(found.value().differs);
    EXPECT_EQ(found.value().text, rule + " makes the answer wrong\n  right: 1\n  wrong: 2\n");
  }
}

TEST(Bisect, NamesTheEdge) {
  const std::vector<Choice> edges = Wrong("").edges({}).value();
  for (const Choice& edge : edges)
    EXPECT_EQ(bisect(Wrong(edge.name)).value().text,
              edge.name + " makes the answer wrong: x → y\n  right: 1\n  wrong: 2\n");
}

TEST(Bisect, KnowsWhereNoEdgeIsToBlame) {
  EXPECT_TRUE(bisect(Wrong("steps")).value().text.starts_with("machine code of single steps"));
  EXPECT_TRUE(bisect(Wrong("statement in front")).value().text.starts_with("an edge of a statement in front"));
  const auto same = bisect(Wrong(""));
  EXPECT_FALSE(same.value().differs);
  EXPECT_FALSE(same.value().fails);
}

TEST(Bisect, RowsAtFaultCountAndTheirWordingDoesNot) {
  Engine engine;
  const MakeSession make_session = [&]() -> Result<Session> { return engine.session(); };
  for (const char* query : {"SELECT a // 0 FROM (VALUES (1)) t(a)", "SELECT 1 // 0"}) {
    const auto found = bisect(make_session, query);
    ASSERT_TRUE(found.ok()) << to_text(found.error());
    EXPECT_FALSE(found.value().differs) << found.value().text;
    EXPECT_TRUE(found.value().fails);
    EXPECT_NE(found.value().text.find("error: division by zero, at "), std::string::npos) << found.value().text;
  }
}

TEST(Bisect, AccusesNothingOfWhatTakesNoTime) {
  Engine engine;
  const MakeSession make_session = [&]() -> Result<Session> { return engine.session(); };
  const auto found = bisect(make_session, "SELECT range, now() AS n FROM range(10) ORDER BY range DESC");
  ASSERT_TRUE(found.ok()) << to_text(found.error());
  EXPECT_EQ(found.value().text,
            "the answer is the same with and without rules, fusion and machine code\n"
            "no rule, no edge and no machine code makes it slower by a tenth\n");
}

TEST(Choices, AreThoseThatThePlanHangsOn) {
  Engine engine;
  const MakeSession make_session = [&]() -> Result<Session> { return engine.session(); };
  const char* const query = "SELECT range + 1 AS n FROM range(1000) ORDER BY n DESC LIMIT 3";
  const auto rules = rules_of(make_session, query);
  ASSERT_TRUE(rules.ok()) << to_text(rules.error());
  const auto has = [&](const char* name) { return std::ranges::count(rules.value(), name, &Choice::name) == 1; };
  EXPECT_TRUE(has("fusion.rule.top_n"));
  EXPECT_TRUE(has("fusion.rule.reuse_rooms")) << "at run time";
  EXPECT_FALSE(has("fusion.rule.prune_by_join_keys")) << "nothing is joined";
  EXPECT_FALSE(has("fusion.rule.push_filters"));
  const auto times = measure(make_session, query, rules.value(), 1);
  ASSERT_TRUE(times.ok()) << to_text(times.error());
  EXPECT_EQ(times.value().size(), rules.value().size());
  for (const ChoiceTimes& one : times.value()) EXPECT_GT(std::min(one.with_ms, one.without_ms), 0);
}

}  // namespace
}  // namespace headrace
