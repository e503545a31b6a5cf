// Goal: outputs of one block have the bytes that each has alone, in every configuration, whether or not their scans are shared; and fail
// as the first of them does.
// Method: each query is written alone by the simplest configuration, then all of them together by the others.
#include <headrace/session.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "equivalence/cases.h"

namespace headrace {
namespace {

struct Block {
  const char* table;
  std::vector<const char*> queries;  // {t}: the table. With an order
};

const char* const kEdges = "'test/data/edges.csv'";

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string with_table(std::string query, const std::string& table) {
  for (size_t at = query.find("{t}"); at != std::string::npos; at = query.find("{t}", at)) query.replace(at, 3, table);
  return query;
}

class Outputs : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "headrace_outputs_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string copy(const Block& block, size_t index) const {
    return "COPY (" + with_table(block.queries[index], block.table) + ") TO '" + path(index) + "' (FORMAT csv);";
  }
  std::string path(size_t index) const { return folder_ + "/" + std::to_string(index); }

  // What the files hold, or the error.
  std::string run(const Block& block, const std::string& text, const RunConfiguration& configuration, bool shares) {
    Session session = engine_.session();
    for (const auto& [name, value] : {std::pair<std::string, std::string>("fusion.mode", configuration.fusion_mode),
                                      {"tier", configuration.tier},
                                      {"threads", std::to_string(configuration.threads)},
                                      {"vector_rows", std::to_string(configuration.vector_rows)},
                                      {"fusion.rule.share_scans", shares ? "on" : "off"}})
      EXPECT_TRUE(session.set(name, value).ok());
    const auto rows = session.sql(text);
    std::string found;
    if (!rows.ok()) found = rows.error().message + "\n";
    for (size_t i = 0; i < block.queries.size(); ++i) {
      if (std::filesystem::exists(path(i))) found += "#" + std::to_string(i) + "\n" + read(path(i));
      std::filesystem::remove(path(i));
    }
    return found;
  }

  std::string folder_;
  Engine engine_;
};

TEST_F(Outputs, AreWhatEachIsAlone) {
  const char* build = std::getenv("HEADRACE_BUILD");
  const std::string parquet =
      "'" + std::string(build == nullptr ? "build/release" : build) + "/test_data/edges_some.parquet'";
  const std::vector<const char*> queries = {
      "SELECT * FROM {t}",
      "SELECT row, s, x / 2 AS y, upper(s) AS v FROM {t} WHERE x > 0 AND s IS NOT NULL",
      "SELECT s, count(*) AS c, sum(i) AS z, max(upper(s)) AS v FROM {t} GROUP BY s ORDER BY s",
      "SELECT upper(s) AS v, d FROM {t} WHERE x > 0 LIMIT 7",
      "SELECT count(*) AS c, min(x / 2) AS y FROM {t} WHERE x > 0",
      "SELECT o.row, q.s FROM {t} o JOIN (SELECT DISTINCT s FROM {t}) q ON o.s = q.s ORDER BY o.row, q.s",
      "SELECT i FROM {t} UNION ALL SELECT j FROM {t} WHERE j < 100 AND j > -100",
  };
  uint32_t runs = 0;
  for (const std::string& table : {std::string(kEdges), parquet}) {
    const Block block{table.c_str(), queries};
    std::string alone, together = "BEGIN;";
    for (size_t i = 0; i < queries.size(); ++i) {
      alone += copy(block, i);
      together += copy(block, i);
    }
    const RunConfiguration plain{"off", "interpreted", 1, 2048};
    const std::string expected = run(block, alone, plain, false);
    ASSERT_GT(expected.size(), 1000u) << expected;
    for (const RunConfiguration& one : all_configurations())
      for (const bool shares : {true, false}) {
        if (!shares && one.threads != 2) continue;
        ++runs;
        ASSERT_EQ(run(block, together + "COMMIT", one, shares), expected) << table << " " << one.to_text();
      }
  }
  EXPECT_GT(runs, 150u);
}

TEST_F(Outputs, FailAsTheFirstDoes) {
  const Block block{
      "range(30000)",
      {"SELECT range AS n FROM {t} t WHERE range > 3", "SELECT 7 // (range - 20000) AS n FROM {t} t WHERE range > 3",
       "SELECT cast('x' || range AS int64) AS n FROM {t} t WHERE range = 9"}};
  const Block over_file{
      kEdges, {"SELECT s FROM {t}", "SELECT cast(s AS date) AS d FROM {t}", "SELECT 1 // (j - j) AS n FROM {t}"}};
  for (const Block* one : {&block, &over_file}) {
    const std::string expected = run(*one, copy(*one, 1), {"off", "interpreted", 1, 2048}, false);
    ASSERT_EQ(expected.find('#'), std::string::npos) << expected;
    const std::string text = "BEGIN;" + copy(*one, 0) + copy(*one, 1) + copy(*one, 2) + "COMMIT";
    for (const RunConfiguration& configuration : all_configurations())
      ASSERT_EQ(run(*one, text, configuration, true), expected) << configuration.to_text();
  }
}

}  // namespace
}  // namespace headrace
