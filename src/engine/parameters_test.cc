// Goal: values for parameters reach every clause of a query, and nothing else does.
#include <gtest/gtest.h>
#include <headrace/session.h>

namespace headrace {
namespace {

class SessionParameters : public testing::Test {
 protected:
  using Values = std::vector<std::pair<std::string, std::string>>;
  // The rows as CSV without the header, or the error.
  std::string answer(std::string_view text, const Values& values) {
    const Result<Rows> rows = session_.sql(text, values);
    if (!rows.ok()) return rows.error().message;
    const std::string csv = rows.value().to_text("csv").value();
    return csv.substr(csv.find('\n') + 1);
  }

  Engine engine_{{.threads = 2}};
  Session session_ = engine_.session();
};

TEST_F(SessionParameters, StandInEveryClause) {
  EXPECT_EQ(answer("SELECT range + ? AS x FROM range(9) WHERE range > ? ORDER BY x LIMIT ?",
                   {{"1", "10"}, {"2", "6"}, {"3", "1"}}),
            "17\n");
  EXPECT_EQ(answer("CREATE TABLE t AS SELECT 'it''s' AS s; SELECT s FROM t WHERE s = $text", {{"text", "'it''s'"}}),
            "it's\n");
  EXPECT_EQ(answer("SELECT 5 IN (SELECT range FROM range(9) WHERE range <> $1) AS x", {{"1", "5"}}), "false\n");
  EXPECT_EQ(answer("VALUES ($1, $1 + 1)", {{"1", "-2"}}), "-2,-1\n");
  EXPECT_EQ(answer("SELECT ? AS d", {{"1", "DATE '2024-01-31'"}}), "2024-01-31\n");
}

TEST_F(SessionParameters, AreValuesAndAllThere) {
  EXPECT_EQ(answer("SELECT ?", {}).substr(0, 30), "the parameter $1 has no value\n");
  EXPECT_EQ(answer("SELECT 1", {{"1", "2"}}).substr(0, 33), "the statement has no parameter $1");
  EXPECT_EQ(answer("SELECT ? AS x", {{"1", "1 + 1"}}), "2\n");
  EXPECT_EQ(answer("SELECT ?", {{"1", "x"}}).substr(0, 23), "there is no column 'x'");
  EXPECT_EQ(answer("SELECT ?", {{"1", "x; DROP TABLE t"}}).substr(0, 8), "expected");
}

}  // namespace
}  // namespace headrace
