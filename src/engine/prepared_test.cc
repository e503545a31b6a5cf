// Goal: PREPARE keeps a statement, EXECUTE runs it with values as if they stood in its text.
#include <gtest/gtest.h>
#include <headrace/session.h>

namespace headrace {
namespace {

class Prepared : public testing::Test {
 protected:
  // The rows as CSV with the header, or the error.
  std::string answer(std::string_view text) {
    const Result<Rows> rows = session_.sql(text);
    return rows.ok() ? rows.value().to_text("csv").value() : to_text(rows.error());
  }
  void refuses(std::string_view text, std::string_view says) {
    const std::string found = answer(text);
    EXPECT_TRUE(found.starts_with("error: ") && found.find(says) != std::string::npos) << text << "\n" << found;
  }

  Engine engine_{{.threads = 2}};
  Session session_ = engine_.session();
};

TEST_F(Prepared, ValuesByPlaceAndByName) {
  EXPECT_EQ(answer("PREPARE a AS SELECT ? + ?; EXECUTE a(1, 2)"), "($1 + $2)\n3\n");
  EXPECT_EQ(answer("EXECUTE A(-1, 2 * 3)"), "($1 + $2)\n5\n");
  EXPECT_EQ(answer("PREPARE a AS SELECT $x - $Y AS d; EXECUTE a(y := 1, X => 9)"), "d\n8\n");
  EXPECT_EQ(answer("PREPARE a AS SELECT $1 || coalesce($2, '-') AS s; EXECUTE a('it''s', NULL)"), "s\nit's-\n");
  EXPECT_EQ(answer("PREPARE c AS SELECT $1 + i AS s FROM (SELECT 2147483647 AS i) t; EXECUTE c(1::BIGINT)"),
            "s\n2147483648\n");
  EXPECT_EQ(answer("PREPARE d AS SELECT typeof($1 + 1::TINYINT) AS s; EXECUTE d(1)"), "s\nTINYINT\n");
  EXPECT_EQ(answer("EXECUTE d(1::SMALLINT)"), "s\nSMALLINT\n");
  EXPECT_EQ(answer("PREPARE d AS SELECT coalesce($1, ['a']) AS s; EXECUTE d([])"), "s\n[]\n");
  EXPECT_EQ(answer("PREPARE b AS SELECT 7 AS s; EXECUTE b"), "s\n7\n");
  EXPECT_EQ(answer("EXECUTE b()"), "s\n7\n");
  EXPECT_EQ(answer("PREPARE c AS FROM range(10) WHERE range > $1 LIMIT $2; EXECUTE c(3, 2)"), "range\n4\n5\n");
  EXPECT_EQ(answer("PREPARE d AS SELECT typeof(?) AS t; EXECUTE d(DATE '2024-01-31' + 1)"), "t\nDATE\n");
}

TEST_F(Prepared, ChangesRows) {
  answer("CREATE TABLE t (a INTEGER, b VARCHAR)");
  EXPECT_EQ(
      answer("PREPARE i AS INSERT INTO t VALUES ($1, $2), ($1 + 1, NULL); EXECUTE i(1, 'x'); EXECUTE i('5', 'y')"),
      "rows\n2\n");
  EXPECT_EQ(answer("PREPARE u AS UPDATE t SET b = $b WHERE a = $a; EXECUTE u(a := 2, b := 'z')"), "rows\n1\n");
  EXPECT_EQ(answer("PREPARE d AS DELETE FROM t WHERE a > ?; EXECUTE d(5)"), "rows\n1\n");
  EXPECT_EQ(answer("FROM t ORDER BY a"), "a,b\n1,x\n2,z\n5,y\n");
  refuses("EXECUTE i('one', 'x')", "at the prepared statement i");
}

TEST_F(Prepared, WhatIsWrongIsSaid) {
  answer("PREPARE a AS SELECT ? + $two");
  refuses("EXECUTE a(1)", "the parameter $two has no value");
  refuses("EXECUTE a(1, 2)", "the statement has no parameter $2");
  refuses("EXECUTE b(1)", "there is no prepared statement 'b'");
  refuses("PREPARE abc AS SELECT 1; EXECUTE abd", "did you mean abc?");
  refuses("EXECUTE a(1, two := 2)", "found both");
  refuses("EXECUTE a(x := 1, X := 2)", "has two values");
  refuses("EXECUTE a(sum(1))", "found an aggregate");
  refuses("EXECUTE a((SELECT 1))", "a subquery may not stand here");
  refuses("EXECUTE a(b)", "b");
  refuses("EXECUTE a(1 // 0)", "division by zero");
  refuses("PREPARE a(int) AS SELECT ?", "has no list of types");
  refuses("PREPARE a AS CREATE TABLE t (a INTEGER)", "expected a query, INSERT, UPDATE or DELETE after AS");
  refuses("PREPARE a AS PREPARE b AS SELECT 1", "expected a query");
  // The place is one in the text that prepared it.
  refuses("PREPARE wrong AS\n  SELECT nothing + ?;\nEXECUTE wrong(1)",
          "line 2, column 10 of the prepared statement wrong");
}

TEST_F(Prepared, IsKeptUntilItIsGivenUp) {
  answer("PREPARE a AS SELECT 1; PREPARE b AS SELECT 2; PREPARE c AS SELECT 3");
  EXPECT_EQ(answer("DEALLOCATE A; EXECUTE b"), "2\n2\n");
  refuses("EXECUTE a", "there is no prepared statement 'a'");
  refuses("DEALLOCATE a", "there is no prepared statement 'a'");
  answer("DEALLOCATE PREPARE b");
  refuses("EXECUTE b", "there is no");
  EXPECT_EQ(answer("EXECUTE c"), "3\n3\n");
  answer("DEALLOCATE ALL");
  refuses("EXECUTE c", "there is no");
}

TEST_F(Prepared, ACallTakesValuesForChangesToo) {
  answer("CREATE TABLE t (a INTEGER)");
  EXPECT_TRUE(session_.sql("INSERT INTO t VALUES (?), (?)", {{"1", "3"}, {"2", "NULL"}}).ok());
  EXPECT_TRUE(session_.sql("UPDATE t SET a = $to WHERE a = 3", {{"to", "8"}}).ok());
  EXPECT_EQ(answer("FROM t"), "a\n8\n\n");
  EXPECT_FALSE(session_.sql("CREATE TABLE u AS SELECT ?", {{"1", "3"}}).ok());
}

}  // namespace
}  // namespace headrace
