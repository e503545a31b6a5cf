// Goal: every form that explain --stage prints reads back to the same text and runs to the same answer; pins and modes show
// in the decisions.
#include <gtest/gtest.h>
#include <headrace/session.h>

#include <random>
#include <string_view>

#include "types/value.h"

namespace headrace {
namespace {

constexpr const char* kQueries[] = {
    "SELECT 1",
    "SELECT range + 1 AS a, 'it''s' AS b, 1.50 AS c, DATE '1998-09-02' AS d, NULL AS e FROM range(5) WHERE range % 2 = "
    "1",
    "SELECT range % 3 AS k, count(*), sum(range), avg(range * 1.5), min(cast(range AS utf8)) FROM range(100) GROUP BY "
    "1 ORDER BY 2 DESC, 1 LIMIT 2 OFFSET 1",
    "SELECT a.range AS x, b.y FROM range(10) a LEFT JOIN (SELECT range * 2 AS y FROM range(4)) b ON a.range = b.y",
    "SELECT a.range AS x, b.y FROM range(10) a LEFT JOIN (SELECT range * 2 AS y FROM range(4)) b ON a.range % 3 = b.y "
    "% "
    "3 AND a.range > b.y + 2",
    "SELECT sum(a.range * b.range) AS s, count(*) FROM range(50) a, range(3) b WHERE a.range % 3 = b.range",
    "SELECT range AS x FROM range(3) UNION ALL SELECT range * 10 FROM range(3) LIMIT 5",
    "SELECT range FROM range(20) OFFSET 3",
    "SELECT range FROM range(2000) TABLESAMPLE 12.5% (bernoulli, 7) WHERE range > 9 USING SAMPLE 20",
    "SELECT k FROM (SELECT range % 9 AS k, count(*) AS n FROM range(100) GROUP BY 1) TABLESAMPLE reservoir (50%)",
    "SELECT a.range AS x, b.range AS y FROM range(20) a JOIN range(20) b ON a.range * 3 < b.range",
    "SELECT a.range AS x, b.y FROM range(20) a LEFT JOIN (SELECT cast(range AS int32) AS y FROM range(9)) b "
    "ON a.range = b.y AND a.range * b.y < 30",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT max(n) + k FROM t, (VALUES (1), (2)) s(k) WHERE n < 9 GROUP BY k) "
    "SELECT n * 2 AS twice FROM t WHERE n <> 3 ORDER BY 1",
    "SELECT CASE WHEN range > 2 AND range < 5 THEN 10 // range ELSE round(range / 3.0, 2) END AS v FROM range(7)",
    "SELECT upper(substring(cast(range AS utf8) || 'abc', 1, 2)) AS t FROM range(12) WHERE cast(range AS utf8) LIKE "
    "'1%'",
    "SELECT v, {'a': NULL, 'b': v} AS w, MAP {} AS m FROM (SELECT CASE WHEN range > 1 THEN [] ELSE [NULL, NULL] END AS "
    "v FROM range(3)) UNION ALL SELECT [NULL], {'b': ['x'], 'c': range}, MAP {'k': [NULL]} FROM range(2)",
};
constexpr const char* kForms[] = {"logical", "optimized", "stages", "fused"};

std::string answer(const Result<Rows>& rows) {
  if (!rows.ok()) return to_text(rows.error());
  const auto text = rows.value().to_text("csv");
  return text.ok() ? text.value() : to_text(text.error());
}

TEST(Forms, PrintParseAndRun) {
  Engine engine({.threads = 2});
  for (const char* query : kQueries) {
    Session session = engine.session();
    const std::string expected = answer(session.sql(query));
    ASSERT_EQ(expected.find("error"), std::string::npos) << expected;
    for (const char* form : kForms) {
      const auto printed = session.explain(query, {.stage = form});
      ASSERT_TRUE(printed.ok()) << to_text(printed.error());
      const auto again = session.print_form(form, printed.value());
      ASSERT_TRUE(again.ok()) << to_text(again.error()) << "\n" << printed.value();
      EXPECT_EQ(again.value(), printed.value());
      EXPECT_EQ(answer(session.run_form(form, printed.value())), expected) << form << "\n" << printed.value();
    }
  }
}

// Any characters in literals, names and paths of options.
TEST(Forms, ReadBackWhateverStringsHold) {
  constexpr std::string_view kPieces[] = {"\n", "\t", "\r", "\\", "'",    "\"",   "E'", "--", "/*",  "#1", ",", "]",
                                          "as", " ",  "é",  "€",  "\x01", "\x7f", "%",  "_",  "\\n", "a",  "0", ";"};
  std::mt19937_64 random(19980902);
  const auto random_text = [&] {
    std::string text;
    for (size_t length = random() % 7; length > 0; --length) text += kPieces[random() % std::size(kPieces)];
    return text;
  };
  Engine engine({.threads = 1});
  Session session = engine.session();
  for (int round = 0; round < 300; ++round) {
    const std::string name = "x" + random_text(), text = random_text(), pattern = random_text();
    const std::string query = "SELECT " + quoted_text(text, '\'') + " || cast(range AS utf8) AS " +
                              quoted_text(name, '"') + ", count(*) AS n FROM range(3) WHERE " +
                              quoted_text(text, '\'') + " || cast(range AS utf8) LIKE " +
                              quoted_text(pattern + "%", '\'') + " OR range = 1 GROUP BY 1 ORDER BY 1";
    const std::string expected = answer(session.sql(query));
    ASSERT_EQ(expected.find("error:"), std::string::npos) << query << "\n" << expected;
    const char* form = kForms[round % 4];
    const auto printed = session.explain(query, {.stage = form});
    ASSERT_TRUE(printed.ok()) << to_text(printed.error());
    const auto again = session.print_form(form, printed.value());
    ASSERT_TRUE(again.ok()) << to_text(again.error()) << "\n" << printed.value();
    EXPECT_EQ(again.value(), printed.value());
    EXPECT_EQ(answer(session.run_form(form, printed.value())), expected) << printed.value();
  }
}

TEST(Forms, DamagedTextIsAnError) {
  Engine engine({.threads = 1});
  Session session = engine.session();
  const auto printed = session.explain(kQueries[2], {.stage = "fused"});
  ASSERT_TRUE(printed.ok());
  const std::string& text = printed.value();
  for (size_t cut = 0; cut + 1 < text.size(); cut += 7) {
    const std::string damaged = text.substr(0, cut) + text.substr(cut + 1);
    const auto again = session.print_form("fused", damaged);  // an error, or another valid program; never a crash
    if (again.ok()) EXPECT_TRUE(session.print_form("fused", again.value()).ok());
  }
}

// The fault's sink has the higher number, and the lower one waits for it.
TEST(Forms, SinksMayBeNumberedAgainstTheirOrder) {
  Engine engine({.threads = 2});
  Session session = engine.session();
  const auto rows = session.run_form("fused", R"(program result 0
sink 0 collect
  inputs 1 in ("k" int64) out ("k" int64)
sink 1 collect
  inputs 1 in ("k" int64) out ("k" int64)
stage 0 to sink 1 input 0
  source range (0, 5)
  value v0 "range" int64 in (0, 4)
  compute v1 "d" int64 faults = integer_divide_i64_i64(10::int64, v0) @ 1 : 1
  cut materialized breaker
  output (v1)
stage 1 to sink 0 input 0
  source sink 1
  value v0 "k" int64
  output (v0)
)");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kFault) << to_text(rows.error());
}

TEST(Forms, ModesAndPinsDecideCuts) {
  Engine engine({.threads = 1});
  Session session = engine.session();
  const std::string query = "SELECT (range + 1) * 2 AS a FROM range(10)";
  const auto edges = [&] { return session.explain(query, {.fusion = true, .json = true}).value(); };
  ASSERT_TRUE(session.set("fusion.mode", "full").ok());
  EXPECT_NE(edges().find("\"decision\": \"register\", \"reason\": \"fused\""), std::string::npos) << edges();
  ASSERT_TRUE(session.set("fusion.edge.0.0", "staged").ok());
  EXPECT_NE(edges().find("\"decision\": \"staged\", \"reason\": \"pinned\""), std::string::npos) << edges();
  ASSERT_TRUE(session.set("fusion.mode", "off").ok());
  EXPECT_EQ(edges().find("\"decision\": \"register\", \"reason\""), std::string::npos) << edges();
  ASSERT_TRUE(session.set("fusion.edge.7.7", "staged").ok());
  EXPECT_FALSE(session.explain(query, {.fusion = true}).ok());
}

TEST(Forms, CutsInsideARecursionArePinnedByTheirNames) {
  Engine engine({.threads = 1});
  Session session = engine.session();
  const std::string query =
      "WITH RECURSIVE t(n) AS (SELECT 1::int64 UNION ALL SELECT (n + 1) * 1 + 0 FROM t WHERE n < 5) SELECT sum(n) AS s "
      "FROM t";
  const auto edges = [&] { return session.explain(query, {.fusion = true}).value(); };
  ASSERT_TRUE(session.set("fusion.mode", "full").ok());
  EXPECT_NE(edges().find("0.step.0.1"), std::string::npos) << edges();
  EXPECT_EQ(edges().find("pinned"), std::string::npos) << edges();
  ASSERT_TRUE(session.sql("SET fusion.edge.0.step.0.1 = staged").ok());
  EXPECT_NE(edges().find("pinned"), std::string::npos) << edges();
  EXPECT_EQ(answer(session.sql(query)), "s\n15\n");
  ASSERT_TRUE(session.sql("SET fusion.edge.0.base.7.1 = staged").ok());
  EXPECT_FALSE(session.explain(query, {.fusion = true}).ok());
  EXPECT_FALSE(session.set("fusion.edge.0.round.0.1", "staged").ok());
  EXPECT_FALSE(session.set("fusion.edge.0.step", "staged").ok());
}

TEST(Forms, VerifyComparesAllConfigurations) {
  Engine engine;
  Session session = engine.session();
  const auto report = session.verify(
      "SELECT range % 5 AS k, sum(range * 0.1e0) AS s FROM range(10000) WHERE range % 3 <> 1 GROUP BY range % 5");
  ASSERT_TRUE(report.ok()) << to_text(report.error());
  EXPECT_TRUE(report.value().same) << report.value().text;
  EXPECT_EQ(report.value().configurations, 36u);
  EXPECT_FALSE(report.value().error.has_value());
}

TEST(Forms, VerifyComparesWhatListsHold) {
  Engine engine;
  Session session = engine.session();
  const auto report = session.verify(
      "SELECT range % 3 AS k, list(range ORDER BY range) AS l, {'a': min(range)} AS s FROM range(100) GROUP BY range % "
      "3");
  ASSERT_TRUE(report.ok()) << to_text(report.error());
  EXPECT_TRUE(report.value().same) << report.value().text;
}

TEST(Forms, VerifyRefusesWhatPromisesNoBits) {
  Engine engine;
  Session session = engine.session();
  for (const char* query :
       {"SELECT sum_fast(range * 0.1e0) AS s FROM range(10000)",
        "SELECT range % 5 AS k, sum_fast(range * 0.1e0) AS s FROM range(10000) GROUP BY range % 5"}) {
    const auto report = session.verify(query);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(to_text(report.error()).find("sum_fast gives other bits"), std::string::npos);
  }
}

TEST(Forms, VerifyComparesErrorsToo) {
  Engine engine;
  Session session = engine.session();
  const auto report = session.verify("SELECT 10 // (range - 5000) AS x FROM range(10000) WHERE range % 3 <> 1");
  ASSERT_TRUE(report.ok()) << to_text(report.error());
  EXPECT_TRUE(report.value().same) << report.value().text;
  EXPECT_EQ(report.value().configurations, 36u);
  ASSERT_TRUE(report.value().error.has_value());
  EXPECT_EQ(report.value().error->code, ErrorCode::kFault);
  EXPECT_EQ(report.value().text.find("DIFFERENT"), std::string::npos);
}

}  // namespace
}  // namespace headrace
