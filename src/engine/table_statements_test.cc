// Goal: tables of a session hold what statements put there, all of it or nothing, and scan like any other table.
#include <gtest/gtest.h>
#include <headrace/session.h>

namespace headrace {
namespace {

class TableStatements : public testing::Test {
 protected:
  // The rows as CSV without the header, or the error.
  std::string answer(std::string_view text) {
    const Result<Rows> rows = session_.sql(text);
    if (!rows.ok()) return to_text(rows.error());
    const std::string csv = rows.value().to_text("csv").value();
    return csv.substr(csv.find('\n') + 1);
  }
  void refuses(std::string_view text, std::string_view says) {
    const std::string found = answer(text);
    EXPECT_TRUE(found.starts_with("error: ") && found.find(says) != std::string::npos) << text << "\n" << found;
  }
  void runs(std::string_view text) {
    const Result<Rows> rows = session_.sql(text);
    EXPECT_TRUE(rows.ok()) << text << "\n" << to_text(rows.error());
  }

  Engine engine_{{.threads = 2}};
  Session session_ = engine_.session();
};

TEST_F(TableStatements, InsertedRowsAreThere) {
  runs("CREATE TABLE t (a integer NOT NULL, b varchar DEFAULT 'x' || 'y', c decimal(10, 2), d date)");
  EXPECT_EQ(answer("SELECT * FROM t"), "");
  EXPECT_EQ(answer("INSERT INTO t VALUES (1, 'p', 2.5, '2020-02-29'), (2.6, NULL, 3, NULL)"), "2\n");
  EXPECT_EQ(answer("INSERT INTO T (D, a) VALUES (DATE '1999-12-31', '7')"), "1\n");
  EXPECT_EQ(answer("INSERT INTO t BY NAME SELECT 'q' AS B, 9 AS a"), "1\n");
  EXPECT_EQ(answer("SELECT * FROM t"), "1,p,2.50,2020-02-29\n3,,3.00,\n7,xy,,1999-12-31\n9,q,,\n");
  EXPECT_EQ(answer("INSERT INTO t SELECT a + 10, b, c, d FROM t WHERE c IS NOT NULL"), "2\n");
  EXPECT_EQ(answer("SELECT count(*), count(b), sum(a) FROM t"), "6,4,44\n");
  EXPECT_EQ(answer("TRUNCATE t"), "6\n");
  EXPECT_EQ(answer("SELECT count(*) FROM t"), "0\n");
}

TEST_F(TableStatements, InsertedNullsHaveNoTypeOfTheirOwn) {
  runs("CREATE TABLE t (a date, b decimal(5, 2), c varchar, d boolean DEFAULT true)");
  runs("INSERT INTO t VALUES (NULL, NULL, NULL, NULL)");
  runs("INSERT INTO t (c, b, a) VALUES (1, NULL, NULL), (2, NULL, NULL)");
  runs("INSERT INTO t DEFAULT VALUES");
  EXPECT_EQ(answer("SELECT * FROM t"), ",,,\n,,1,true\n,,2,true\n,,,true\n");
}

TEST_F(TableStatements, ARefusedInsertLeavesNothing) {
  runs("CREATE TABLE t (a integer NOT NULL, b integer)");
  runs("INSERT INTO t VALUES (1, 1)");
  refuses("INSERT INTO t VALUES (2, 2), (NULL, 3)", "column 'a' of table 't' is NOT NULL, but row 2");
  refuses("INSERT INTO t (b) VALUES (2)", "is NOT NULL");
  refuses("INSERT INTO t SELECT range, 6 // (range - 3000) FROM range(0, 5000)", "");
  refuses("INSERT INTO t VALUES (1, 'word')", "word");
  refuses("INSERT INTO t VALUES (1, 99999999999)", "");
  refuses("INSERT INTO t VALUES (1)", "table 't' has 2 columns, but the rows to insert have 1");
  refuses("INSERT INTO t (a, c) VALUES (1, 2)", "table 't' has no column 'c'");
  refuses("INSERT INTO t BY NAME SELECT 1 AS aa, 2 AS b", "did you mean a?");
  refuses("INSERT INTO u VALUES (1)", "there is no table or view 'u'");
  EXPECT_EQ(answer("SELECT * FROM t"), "1,1\n");
}

// Rows one by one, then many at once, then one again, seen in the order in which they came.
TEST_F(TableStatements, RowsStayInTheirOrder) {
  runs("CREATE TABLE t (a bigint, s varchar)");
  std::string expected;
  for (int i = 0; i < 5; ++i) {
    runs("INSERT INTO t VALUES (" + std::to_string(i) + ", 'a text that is longer than twelve bytes')");
    expected += std::to_string(i) + "\n";
  }
  EXPECT_EQ(answer("SELECT a FROM t"), expected);
  runs("INSERT INTO t SELECT range, NULL FROM range(5, 10000)");
  runs("INSERT INTO t VALUES (10000, 'b')");
  EXPECT_EQ(answer("SELECT count(*), min(a), max(a), sum(a), count(s) FROM t"), "10001,0,10000,50005000,6\n");
  EXPECT_EQ(answer("SELECT a, s FROM t LIMIT 3 OFFSET 9998"), "9998,\n9999,\n10000,b\n");
}

TEST_F(TableStatements, CreateAsKeepsTheAnswer) {
  EXPECT_EQ(answer("CREATE TABLE t AS SELECT range AS x, range % 7 AS y FROM range(0, 100000)"), "100000\n");
  EXPECT_EQ(answer("SELECT count(*), sum(x), sum(y) FROM t"), "100000,4999950000,299995\n");
  EXPECT_EQ(answer("SELECT x FROM t LIMIT 2 OFFSET 70000"), "70000\n70001\n");
  EXPECT_EQ(answer("CREATE OR REPLACE TABLE t AS SELECT x FROM t WHERE x < 3"), "3\n");
  EXPECT_EQ(answer("CREATE TABLE n (p, q) AS SELECT 1, NULL"), "1\n");
  EXPECT_EQ(answer("SELECT q, p FROM n"), ",1\n");
  runs("CREATE TABLE twice AS SELECT 1 AS a, 2 AS a, 3 AS a_1");
  EXPECT_EQ(answer("SELECT a, a_1, a_1_1 FROM twice"), "1,2,3\n");
  EXPECT_EQ(answer("CREATE TABLE none AS SELECT 1 AS a WITH NO DATA"), "0\n");
  EXPECT_EQ(answer("SHOW TABLES"), "n\nnone\nt\ntwice\n");
}

TEST_F(TableStatements, NamesAreTakenOnce) {
  runs("CREATE TABLE t (a int); CREATE VIEW v AS SELECT 1 AS one");
  refuses("CREATE TABLE T (a int)", "table 'T' exists already");
  refuses("CREATE TABLE v (a int)", "'v' exists already as a view");
  refuses("CREATE VIEW t AS SELECT 1", "'t' exists already as a table");
  refuses("CREATE VIEW V AS SELECT 1", "view 'V' exists already");
  runs("CREATE TABLE IF NOT EXISTS t (b int); CREATE VIEW IF NOT EXISTS v AS SELECT 2");
  EXPECT_EQ(answer("SELECT one FROM v"), "1\n");
  runs("CREATE OR REPLACE TABLE t (c int)");
  EXPECT_EQ(answer("DESCRIBE t"), "c,INTEGER,YES,,,\n");
  refuses("DROP VIEW t", "'t' is a table");
  refuses("DROP TABLE v", "'v' is a view");
  refuses("INSERT INTO v VALUES (1)", "the rows of 'v' cannot be changed");
  runs("DROP TABLE t; DROP VIEW v; DROP TABLE IF EXISTS t");
  refuses("DROP TABLE t", "there is no table or view 't'");
  refuses("SELECT * FROM t", "there is no table or view 't'");
}

TEST_F(TableStatements, RowsThatWouldAgreeInAKeyAreRefused) {
  runs("CREATE TABLE t (a integer PRIMARY KEY, b varchar, c double, UNIQUE (b, c))");
  runs("INSERT INTO t VALUES (1, 'x', 1), (2, 'x', 2), (3, NULL, 1), (4, NULL, 1)");
  refuses("INSERT INTO t VALUES (1, 'y', 1)", "two rows of table 't' would have the same (a), which is unique");
  refuses("INSERT INTO t VALUES (5, 'z', 1), (6, 'z', 1)", "the same (b, c)");
  refuses("INSERT INTO t VALUES (NULL, 'z', 1)", "is NOT NULL");
  EXPECT_EQ(answer("SELECT count(*), max(a) FROM t"), "4,4\n");
  runs("INSERT INTO t VALUES (5, 'z', 1)");
  refuses("UPDATE t SET a = 1 WHERE a > 3", "the same (a)");
  EXPECT_EQ(answer("UPDATE t SET a = a + 1"), "5\n");
  EXPECT_EQ(answer("DELETE FROM t WHERE a = 2"), "1\n");
  runs("INSERT INTO t VALUES (1, 'x', 1)");
  EXPECT_EQ(answer("SELECT a FROM t ORDER BY a"), "1\n3\n4\n5\n6\n");
  EXPECT_EQ(answer("TRUNCATE t"), "5\n");
  runs("INSERT INTO t SELECT range, range, 0 FROM range(5000)");
  refuses("INSERT INTO t SELECT range, 'y', range FROM range(4999, 9999)", "the same (a)");
  EXPECT_EQ(answer("SELECT count(*) FROM t"), "5000\n");
}

TEST_F(TableStatements, ChecksAreFalseForNoRow) {
  runs("CREATE TABLE t (a integer CHECK (a > 1), b integer, CHECK (a < b))");
  runs("INSERT INTO t VALUES (2, 3), (NULL, 1), (5, NULL)");
  refuses("INSERT INTO t VALUES (1, 9)", "breaks CHECK (a > 1)");
  refuses("INSERT INTO t VALUES (4, 9), (4, 4)", "breaks CHECK (a < b)");
  refuses("UPDATE t SET b = 2", "breaks CHECK (a < b)");
  EXPECT_EQ(answer("SELECT count(*) FROM t WHERE b = 3"), "1\n");
  refuses("CREATE TABLE u (a integer CHECK (x > 1))", "x");
}

TEST_F(TableStatements, UpdateAndDelete) {
  runs(
      "CREATE TABLE t (a integer, b varchar DEFAULT 'd', c tinyint); INSERT INTO t VALUES (1, 'x', 1), (2, 'y', NULL), "
      "(NULL, 'z', 3)");
  EXPECT_EQ(answer("UPDATE t SET a = a + 10, b = t.b || a WHERE a > 1"), "1\n");
  EXPECT_EQ(answer("SELECT * FROM t"), "1,x,1\n12,y2,\n,z,3\n");
  EXPECT_EQ(answer("UPDATE t AS u SET (a, b) = ((SELECT max(a) FROM t), DEFAULT) WHERE u.a IS NULL"), "1\n");
  EXPECT_EQ(answer("SELECT * FROM t"), "1,x,1\n12,y2,\n12,d,3\n");
  EXPECT_EQ(answer("UPDATE t SET c = 100 / (a - 1) WHERE a > 1"), "2\n");
  refuses("UPDATE t SET c = 1000", "");
  refuses("UPDATE t SET d = 1", "table 't' has no column 'd'");
  refuses("UPDATE u SET d = 1", "there is no table or view 'u'");
  EXPECT_EQ(answer("DELETE FROM t WHERE c > 5"), "2\n");
  EXPECT_EQ(answer("DELETE FROM t WHERE c > (SELECT count(*) FROM t)"), "0\n");
  EXPECT_EQ(answer("DELETE FROM t WHERE NULL"), "0\n");
  EXPECT_EQ(answer("DELETE FROM t"), "1\n");
  EXPECT_EQ(answer("SELECT count(*) FROM t"), "0\n");
}

TEST_F(TableStatements, IndexesAreNamesAndKeys) {
  runs("CREATE TABLE t (a integer, b varchar); INSERT INTO t VALUES (1, 'x'), (1, 'y')");
  runs("CREATE INDEX i ON t (a); CREATE INDEX IF NOT EXISTS I ON t (b); CREATE INDEX ON t (a + 1 DESC)");
  refuses("CREATE INDEX i ON t (b)", "index 'i' exists already");
  refuses("CREATE INDEX j ON t (c)", "table 't' has no column 'c'");
  refuses("CREATE UNIQUE INDEX u ON t (a)", "the same (a)");
  runs("CREATE UNIQUE INDEX u ON t (b)");
  refuses("INSERT INTO t VALUES (2, 'y')", "the same (b)");
  runs("DROP INDEX u; INSERT INTO t VALUES (2, 'y'); DROP INDEX i; DROP INDEX IF EXISTS i");
  refuses("DROP INDEX i", "there is no index 'i'");
}

TEST_F(TableStatements, WhereTheTextIsSilent) {
  const std::string values = "SELECT a FROM (VALUES (1), (NULL), (2)) t(a) ORDER BY a";
  EXPECT_EQ(answer("SET default_null_order = 'nulls_first'; " + values), "\n1\n2\n");
  EXPECT_EQ(answer(values + " DESC"), "\n2\n1\n");
  EXPECT_EQ(answer("SET default_null_order = 'sqlite'; " + values + " DESC"), "2\n1\n\n");
  EXPECT_EQ(answer("SET default_order = 'desc'; " + values), "2\n1\n\n");
  EXPECT_EQ(answer("SHOW default_null_order"), "default_null_order,nulls_first_on_asc_last_on_desc\n");
  EXPECT_EQ(answer("SET integer_division = true; SELECT -7 / 2, 7 / 2.0, sum(7) / 2"), "-3,3.5,3\n");
  refuses("SET integer_division = 2", "expects true | false");
  EXPECT_EQ(answer("RESET ALL; " + values), "1\n2\n\n");
  EXPECT_EQ(answer("SELECT 7 / 2"), "3.5\n");
}

TEST_F(TableStatements, ConstraintsThatAreNotKeptAreRefused) {
  for (const char* text :
       {"CREATE TABLE t (a int REFERENCES u)", "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u (a))",
        "CREATE TABLE t (a int COLLATE nocase)", "CREATE TABLE t (a int GENERATED ALWAYS AS (1))"})
    refuses(text, "is not kept for tables in memory");
  refuses("CREATE TABLE t (a int DEFAULT b)", "DEFAULT of column 'a' is no constant");
}

TEST_F(TableStatements, ResetGoesBack) {
  runs("SET threads = 1; SET vector_rows = 7; RESET threads");
  EXPECT_EQ(answer("SHOW threads"), "threads,2\n");
  EXPECT_EQ(answer("SHOW vector_rows"), "vector_rows,7\n");
  runs("RESET ALL");
  EXPECT_EQ(answer("SHOW vector_rows"), "vector_rows,2048\n");
  refuses("RESET thread", "did you mean threads?");
}

TEST_F(TableStatements, Summarize) {
  runs("CREATE TABLE t AS SELECT range AS a, 'v' || (range % 3) AS s FROM range(0, 10) UNION ALL SELECT NULL, 'v'");
  const std::string found = answer("SUMMARIZE t");
  EXPECT_TRUE(found.starts_with("a,BIGINT,0,9,10,4.5,")) << found;
  EXPECT_NE(found.find(",11,9.09\ns,VARCHAR,v,v2,4,"), std::string::npos) << found;
  refuses("SUMMARIZE nothing", "there is no table or view 'nothing'");
  EXPECT_EQ(answer("SHOW TABLES"), "t\n");
}

TEST(TableMemory, IsAccounted) {
  Engine engine({.threads = 1, .memory_limit_bytes = uint64_t{8} << 20});
  Session session = engine.session();
  ASSERT_TRUE(session.sql("CREATE TABLE t AS SELECT range AS a FROM range(0, 500000)").ok());
  const auto more = session.sql("CREATE TABLE u AS SELECT range AS a FROM range(0, 800000)");
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().code, ErrorCode::kLimit);
  ASSERT_TRUE(session.sql("DROP TABLE t").ok());
  EXPECT_TRUE(session.sql("CREATE TABLE u AS SELECT range AS a FROM range(0, 800000)").ok());
}

}  // namespace
}  // namespace headrace
