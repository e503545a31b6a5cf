// Goal: a recursion gives its rows while its rounds go on, stops when nothing more is wanted, and fails with what the rows
// before the failure do not need, and nothing else.
#include <gtest/gtest.h>
#include <headrace/session.h>

#include <string>

namespace headrace {
namespace {

std::string answer(const Result<Rows>& rows) {
  if (!rows.ok()) return to_text(rows.error());
  return rows.value().to_text("csv").value();
}

class Recursion : public ::testing::TestWithParam<uint32_t> {
 protected:
  Engine engine_{{.threads = GetParam()}};
  Session session_ = engine_.session();
};

// Round 7 would overflow. Which of the two comes first must not depend on how far the rounds are ahead.
TEST_P(Recursion, RowsBeforeAFaultAreGivenAndThoseBehindALimitNeverFault) {
  const std::string powers = "WITH RECURSIVE t(n) AS (SELECT 1::tinyint UNION ALL SELECT n * 2::tinyint FROM t) ";
  for (int time = 0; time < 20; ++time) {
    EXPECT_EQ(answer(session_.sql(powers + "SELECT n FROM t LIMIT 7")), "n\n1\n2\n4\n8\n16\n32\n64\n");
    const auto eighth = session_.sql(powers + "SELECT n FROM t LIMIT 8");
    ASSERT_FALSE(eighth.ok());
    EXPECT_EQ(eighth.error().code, ErrorCode::kFault);
    EXPECT_EQ(eighth.error().where, "row 1 of round 7 of a recursive query; query line 1, column 62");
    // A fault above the recursion, on an earlier row, is the one that is reported.
    const auto above = session_.sql(powers + "SELECT 1 // (n - 32) AS q FROM t");
    ASSERT_FALSE(above.ok());
    EXPECT_EQ(above.error().where, "row 6 of a recursive query; query line 1, column 92");
  }
}

TEST_P(Recursion, RoundsStayAheadByABoundedNumberOfRows) {
  ASSERT_TRUE(session_.sql("SET memory_limit = '8MiB'; SET tier = interpreted").ok());
  // Without end: it would fill any memory.
  EXPECT_EQ(answer(session_.sql("WITH RECURSIVE t(n) AS (SELECT 1::int64 UNION ALL SELECT n + 1 FROM t) "
                                "SELECT n FROM t WHERE n % 5000 = 0 LIMIT 2")),
            "n\n5000\n10000\n");
}

TEST_P(Recursion, ADistinctOneThatDoesNotFitSaysSo) {
  ASSERT_TRUE(session_.sql("SET memory_limit = '8MiB'").ok());
  const auto rows = session_.sql(
      "WITH RECURSIVE t(n) AS (SELECT 1::int64 UNION SELECT n * 2 + k FROM t, (VALUES (0), (1)) s(k)) "
      "SELECT count(*) FROM t");
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code, ErrorCode::kLimit) << to_text(rows.error());
}

TEST_P(Recursion, AnalyzeCountsTheRounds) {
  const std::string query =
      "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT n FROM t";
  ExplainOptions options;
  options.analyze = true;
  const std::string text = session_.explain(query, options).value();
  EXPECT_NE(text.find("step, in 9 rounds:\n    stage 0: working rows of recursion 0 -> sink 0 collect"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("rows 9 -> 8;"), std::string::npos) << text;
  options.json = true;
  const std::string json = session_.explain(query, options).value();
  EXPECT_NE(json.find("\"recursion\": {\"rounds\": 9, \"base\": [{\"stage\": 0"), std::string::npos) << json;
}

// The inner one has no end; its LIMIT ends it while the outer one's rows change.
TEST_P(Recursion, OneInsideAnotherIsEndedBeforeTheRoundIs) {
  for (int time = 0; time < 10; ++time)
    EXPECT_EQ(answer(session_.sql("WITH RECURSIVE t(n, d) AS (SELECT range, 0 FROM range(5000) UNION ALL "
                                  "SELECT n, d + k FROM t, (WITH RECURSIVE s(k) AS (SELECT n FROM t UNION ALL "
                                  "SELECT k + 1 FROM s) SELECT 1 AS k FROM s LIMIT 1) one WHERE d < 20) "
                                  "SELECT count(*) AS c, sum(d) AS d FROM t")),
              "c,d\n105000,1050000\n");
}

// Each reference to it is one of its own.
TEST_P(Recursion, ManyRunOneAfterTheOther) {
  std::string query =
      "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT sum(n) AS s FROM (";
  for (int i = 0; i < 300; ++i) query += (i == 0 ? "SELECT n FROM t" : " UNION ALL SELECT n FROM t");
  EXPECT_EQ(answer(session_.sql(query + ")")), "s\n1800\n");
}

INSTANTIATE_TEST_SUITE_P(Threads, Recursion, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace headrace
