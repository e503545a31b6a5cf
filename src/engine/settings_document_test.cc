// docs/settings.md is the list that SHOW ALL prints. UPDATE_GOLDEN=1 rewrites it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_page.h"
#include "engine/run_statement.h"

namespace headrace {
namespace {

constexpr const char* kDocument = "docs/settings.md";

constexpr const char* kPreface = R"(# Settings

Printed from the list that `SHOW ALL` shows by `src/engine/settings_document_test.cc`; `UPDATE_GOLDEN=1` rewrites this page.

One list for all ways to give a value, of which the later wins: `HEADRACE_SET_NAME=value` in the environment (two underscores stand for a
dot: `HEADRACE_SET_FUSION__MODE=off`), `--set NAME=VALUE`, `Session::set`, and `SET name = value` or `PRAGMA name = value` in SQL.
`SHOW name` and `SELECT current_setting('name')` read one, `RESET name` and `RESET ALL` go back to the first value.

`fusion.edge.STAGE.CUT` takes `register` or `staged`, and pins one cut of a query's stages as `EXPLAIN (FUSION)` numbers them
([design/fuse.md](design/fuse.md)); it is listed while it is pinned.

| name | values | at first | what for |
|---|---|---|---|
)";

std::string escaped(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

std::string document() {
  const SessionCore session(std::make_shared<EngineCore>(EngineOptions{.threads = 1}));
  std::string text = kPreface;
  for (const SettingLine& one : settings_of(session)) {
    std::string first = one.value;
    if (one.name == "threads") first = "the machine's cores";
    if (one.name == "memory_limit") first = "80 % of the machine's";
    text += fmt::format("| `{}` | {} | {} | {} |\n", one.name, escaped(one.expects), first, one.documentation);
  }
  return text;
}

TEST(Settings, DocumentIsTheList) {
  const std::string text = document();
  EXPECT_EQ(page_text(kDocument, text), text) << "UPDATE_GOLDEN=1 rewrites it";
}

// Each one can be set to the value that it shows, and is back at its first one after RESET.
TEST(Settings, EachIsSetShownAndReset) {
  Engine engine({.threads = 1});
  Session session = engine.session();
  const auto first = session.settings();
  EXPECT_GE(first.size(), 25u);
  const auto shown = [&](const std::string& name) {
    const std::string csv = session.sql("SHOW " + name).value().to_text("csv").value();
    return csv.substr(csv.rfind(',') + 1);
  };
  for (const auto& [name, value] : first) {
    EXPECT_EQ(shown(name), value + "\n") << name;
    EXPECT_TRUE(session.set(name, value).ok()) << name;
  }
  EXPECT_TRUE(session.sql("SET fusion.rule.push_filters = off; SET fusion.edge.0.3 = staged").ok());
  EXPECT_EQ(shown("fusion.rule.push_filters"), "off\n");
  EXPECT_EQ(shown("fusion.edge.0.3"), "staged\n");
  EXPECT_EQ(session.settings().size(), first.size() + 1);
  EXPECT_TRUE(session.sql("RESET fusion.rule.push_filters; RESET fusion.edge.0.3").ok());
  EXPECT_EQ(session.settings(), first);
  EXPECT_EQ(shown("fusion.edge.0.3"), "\n");
}

TEST(Settings, WrongNamesHaveTheNearestOne) {
  Engine engine({.threads = 1});
  Session session = engine.session();
  for (const char* verb : {"SHOW ", "RESET "}) {
    EXPECT_EQ(session.sql(verb + std::string("fusion.rule.push_filter")).error().hint, "did you mean push_filters?");
    EXPECT_EQ(session.sql(verb + std::string("fusion.modes")).error().hint, "did you mean fusion.mode?");
    EXPECT_EQ(session.sql(verb + std::string("default_ordr")).error().hint, "did you mean default_order?");
    EXPECT_FALSE(session.sql(verb + std::string("fusion.edge.three")).ok());
  }
}

}  // namespace
}  // namespace headrace
