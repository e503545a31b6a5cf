// Goal: COPYs between BEGIN and COMMIT are checked when they are seen, written together when the block ends, and not at all when any of it
// fails; write_all() is the same from C++.
#include <gtest/gtest.h>
#include <headrace/frame.h>
#include <headrace/session.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace headrace {
namespace {

class OutputBlocks : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "headrace_blocks_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  std::string copy(const std::string& query, const std::string& name) const {
    return "COPY (" + query + ") TO '" + at(name) + "'; ";
  }
  std::string content(const std::string& name) const {
    std::ifstream file(at(name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  size_t names() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) count += entry.exists() ? 1 : 0;
    return count;
  }
  std::string answer(const std::string& text) {
    const auto rows = session_.sql(text);
    if (!rows.ok()) return to_text(rows.error());
    if (rows.value().columns().empty()) return "";
    return rows.value().to_text("csv").value();
  }

  std::string folder_;
  Engine engine_{{.threads = 2}};
  Session session_ = engine_.session();
};

TEST_F(OutputBlocks, AreWrittenAtCommit) {
  EXPECT_EQ(answer("BEGIN"), "");
  EXPECT_EQ(answer(copy("SELECT range AS n FROM range(3)", "a.csv")), "");
  EXPECT_EQ(answer(copy("SELECT sum(range) AS s FROM range(3)", "b.csv")), "");
  EXPECT_EQ(names(), 0u);
  EXPECT_EQ(answer("SELECT 1 AS one"), "one\n1\n") << "what only reads runs at once";
  EXPECT_EQ(answer("COMMIT"), "path,rows\n" + at("a.csv") + ",3\n" + at("b.csv") + ",1\n");
  EXPECT_EQ(content("a.csv"), "n\n0\n1\n2\n");
  EXPECT_EQ(content("b.csv"), "s\n3\n");
  EXPECT_EQ(names(), 2u);
  EXPECT_EQ(answer("COMMIT").find("error: there is no block to end"), 0u) << answer("COMMIT");
}

TEST_F(OutputBlocks, OfOneTextAndInItsOtherSpellings) {
  for (const auto& [begin, commit] : {std::pair("BEGIN TRANSACTION", "COMMIT"), std::pair("START TRANSACTION", "END"),
                                      std::pair("begin work", "commit transaction")}) {
    const std::string text = std::string(begin) + "; " + copy("SELECT 1 AS n", "a.csv") + commit;
    EXPECT_EQ(answer(text), "path,rows\n" + at("a.csv") + ",1\n") << text;
  }
  EXPECT_EQ(answer("BEGIN; COMMIT"), "");
}

TEST_F(OutputBlocks, RollbackDropsThem) {
  EXPECT_EQ(answer("BEGIN; " + copy("SELECT 1 AS n", "a.csv") + "ROLLBACK"), "");
  EXPECT_EQ(answer("BEGIN; " + copy("SELECT 1 AS n", "a.csv") + "ABORT"), "");
  EXPECT_EQ(names(), 0u);
}

TEST_F(OutputBlocks, MistakesAreFoundWhenACopyIsSeen) {
  const struct {
    std::string statement, says;
  } cases[] = {{copy("SELECT m FROM range(3) t(n)", "a.csv"), "line 2, column"},
               {"COPY (SELECT 1 AS n) TO '" + at("a.csv") + "' (FORMAT csv, COLOUR 'red')", "colour"},
               {"COPY (SELECT 1 AS n) TO '" + at("a.what") + "'", "what format to write"},
               {"COPY (SELECT 1 AS n) TO '" + at("d") + "' (FORMAT csv, PARTITION_BY (m))", "which is not written"},
               {copy("SELECT 1 AS n", "a.csv") + copy("SELECT 2 AS n", "./a.csv"), "two COPYs of one block write to"}};
  for (const auto& [statement, says] : cases) {
    const std::string found = answer("BEGIN;\n" + statement);
    EXPECT_NE(found.find(says), std::string::npos) << found;
    EXPECT_NE(found.find("error"), std::string::npos) << found;
    // Nothing more of it is taken, and nothing written.
    EXPECT_NE(answer(copy("SELECT 1 AS n", "b.csv")).find("ROLLBACK ends it"), std::string::npos);
    EXPECT_NE(answer("COMMIT").find("nothing of the block was written"), std::string::npos);
    EXPECT_EQ(names(), 0u) << statement;
    EXPECT_EQ(answer("SELECT 1 AS n"), "n\n1\n") << "the block has ended";
  }
}

TEST_F(OutputBlocks, WhatChangesTheSessionIsRefused) {
  for (const char* statement :
       {"CREATE TABLE t AS SELECT 1 AS n", "CREATE VIEW v AS SELECT 1 AS n", "SET threads = 1", "RESET ALL",
        "INSERT INTO t VALUES (1)", "DROP TABLE IF EXISTS t", "PREPARE p AS SELECT 1"}) {
    const std::string text = statement;
    const std::string found = answer("BEGIN; " + text);
    EXPECT_NE(found.find(text.substr(0, text.find(' ')) + " cannot stand between BEGIN and COMMIT"), std::string::npos)
        << found;
    EXPECT_EQ(answer("ROLLBACK"), "");
  }
  EXPECT_NE(answer("BEGIN; BEGIN").find("a block is open already"), std::string::npos);
  EXPECT_EQ(answer("ROLLBACK"), "");
  EXPECT_EQ(answer("BEGIN; " + copy("SELECT 1 AS n", "a.csv") +
                   "SHOW TABLES; DESCRIBE SELECT 1 AS n; EXPLAIN SELECT 1; "
                   "SUMMARIZE SELECT 1 AS n; COMMIT"),
            "path,rows\n" + at("a.csv") + ",1\n");
}

TEST_F(OutputBlocks, OneThatFailsTakesAllWithIt) {
  const std::string good = copy("SELECT range AS n FROM range(100000)", "a.csv");
  for (const std::string& bad :
       {copy("SELECT 10 // (range - 99999) AS n FROM range(100000)", "b.csv"), copy("SELECT 1 AS n", "nowhere/b.csv")})
    for (const std::string& text : {good + bad, bad + good}) {
      EXPECT_NE(answer("BEGIN; " + text + "COMMIT").find("error"), std::string::npos);
      EXPECT_EQ(names(), 0u) << text;
    }
}

TEST_F(OutputBlocks, ExplainShowsOneScanAndEndsTheBlock) {
  std::ofstream(at("t.csv")) << "k,x\na,1\nb,2\na,3\n";
  const std::string source = "'" + at("t.csv") + "'";
  const std::string text = "BEGIN; " + copy("SELECT k FROM " + source + " WHERE x > 1", "a.csv") +
                           copy("SELECT k, sum(x) AS s FROM " + source + " GROUP BY k ORDER BY k", "b.csv") + "COMMIT";
  const auto explained = session_.explain(text, {.analyze = true});
  ASSERT_TRUE(explained.ok()) << to_text(explained.error());
  const std::string& found = explained.value();
  EXPECT_NE(found.find("WriteAll"), std::string::npos) << found;
  EXPECT_NE(found.find("fan-out"), std::string::npos) << found;
  EXPECT_EQ(found.find("scan ", found.find("scan ") + 1), std::string::npos) << "read once\n" << found;
  EXPECT_EQ(content("a.csv"), "k\nb\na\n");
  EXPECT_EQ(content("b.csv"), "k,s\na,4\nb,2\n");
  const auto edges = session_.explain(text, {.fusion = true});
  ASSERT_TRUE(edges.ok()) << to_text(edges.error());
  EXPECT_NE(edges.value().find("fan_out: several stages read each batch"), std::string::npos) << edges.value();
  EXPECT_NE(answer("COMMIT").find("no block"), std::string::npos);
  for (const char* form : {"logical", "optimized", "stages", "fused"}) {
    const auto printed = session_.explain(text, {.stage = form});
    ASSERT_TRUE(printed.ok()) << to_text(printed.error());
    const auto again = session_.print_form(form, printed.value());
    ASSERT_TRUE(again.ok()) << to_text(again.error()) << "\n" << printed.value();
    EXPECT_EQ(again.value(), printed.value());
    std::filesystem::remove(at("a.csv"));
    const auto rows = session_.run_form(form, printed.value());
    ASSERT_TRUE(rows.ok()) << to_text(rows.error());
    EXPECT_EQ(rows.value().row_count(), 2u);
    EXPECT_EQ(content("a.csv"), "k\nb\na\n") << form;
  }
  const auto report = session_.verify(text);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().message, "what COPY writes is not compared");
}

TEST_F(OutputBlocks, WriteAllIsTheSame) {
  std::ofstream(at("t.csv")) << "k,x\na,1\nb,2\na,3\n";
  const Frame rows = session_.scan_csv(at("t.csv"));
  const auto written = session_.write_all(
      {rows.filter(col("x") > lit(1)).to_csv(at("a.csv")),
       rows.group_by({col("k")}).agg({sum(col("x")).as("s")}).sort({col("k")}).to_ndjson(at("b.ndjson")),
       rows.to_parquet(at("parts"), {{"partition_by", "k"}})});
  ASSERT_TRUE(written.ok()) << to_text(written.error());
  EXPECT_EQ(written.value().to_text("csv").value(),
            "path,rows\n" + at("a.csv") + ",2\n" + at("b.ndjson") + ",2\n" + at("parts") + ",3\n");
  EXPECT_EQ(content("a.csv"), "k,x\nb,2\na,3\n");
  EXPECT_EQ(content("b.ndjson"), "{\"k\":\"a\",\"s\":4}\n{\"k\":\"b\",\"s\":2}\n");
  EXPECT_TRUE(std::filesystem::exists(at("parts/k=a/data_0.parquet")));
  EXPECT_FALSE(session_.write_all({}).ok());
  const auto twice = session_.write_all({rows.to_csv(at("c.csv")), rows.to_csv(at("c.csv"))});
  ASSERT_FALSE(twice.ok());
  EXPECT_NE(to_text(twice.error()).find("the same path"), std::string::npos) << to_text(twice.error());
  const auto mistaken =
      session_.write_all({rows.to_csv(at("c.csv")), rows.filter(sum(col("x")) > lit(1)).to_csv(at("d.csv"))});
  EXPECT_EQ(mistaken.error().code, ErrorCode::kInvalidPlan);
  EXPECT_FALSE(std::filesystem::exists(at("c.csv")));
}

}  // namespace
}  // namespace headrace
