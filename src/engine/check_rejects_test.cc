// Goal: no bad record is lost because two scans keep theirs in one file: scans that differ are refused before anything runs, scans that
// find the same records write the file once.
#include <gtest/gtest.h>
#include <headrace/session.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace headrace {
namespace {

class Rejects : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "headrace_rejects_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::filesystem::create_symlink(folder_, folder_ + "/link");
    put("x.csv", "a\n1\nbad\n");
    put("y.csv", "a\nworse\n2\n");
    put("z.ndjson", "{\"a\":1}\n{\"a\":\"bad\"}\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& name, const std::string& text) const { std::ofstream(folder_ + "/" + name) << text; }
  std::string rejects() const {
    std::ifstream file(folder_ + "/r.csv");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  // In the text $ stands for the folder.
  std::string answer(std::string text) {
    for (size_t at; (at = text.find('$')) != std::string::npos;) text.replace(at, 1, folder_);
    const auto rows = session_.sql(text);
    if (!rows.ok()) return to_text(rows.error());
    return rows.value().columns().empty() ? "" : rows.value().to_text("csv").value();
  }

  std::string folder_;
  Engine engine_{{.threads = 2}};
  Session session_ = engine_.session();
};

constexpr const char* kX = "(FROM read_csv('$/x.csv', types = {'a': 'int'}, rejects = '$/r.csv'))";
constexpr const char* kY = "(FROM read_csv('$/y.csv', types = {'a': 'int'}, rejects = '$/r.csv'))";
constexpr const char* kLinked = "(FROM read_csv('$/y.csv', types = {'a': 'int'}, rejects = '$/link/./r.csv'))";
constexpr const char* kStricter = "(FROM read_csv('$/x.csv', types = {'a': 'bool'}, rejects = '$/r.csv'))";
constexpr const char* kJson = "(FROM read_json('$/z.ndjson', columns = {a: 'int'}, rejects = '$/r.csv'))";
constexpr const char* kSet = "(FROM read_csv('$/?.csv', types = {'a': 'int'}, rejects = '$/r.csv'))";

TEST_F(Rejects, OfScansThatDifferAreRefused) {
  const std::string x = kX;
  for (const char* other : {kY, kLinked, kStricter, kJson, kSet})
    for (const std::string& text :
         {"SELECT sum(a) FROM (" + x + " UNION ALL " + other + ")", "SELECT count(*) FROM " + x + " l, " + other + " r",
          "SELECT (SELECT max(a) FROM " + x + ") AS m FROM " + other,
          "BEGIN; COPY (SELECT a FROM " + x + ") TO '$/o1.csv'; COPY (SELECT a FROM " + other +
              ") TO '$/o2.csv'; COMMIT"}) {
      const std::string found = answer(text);
      EXPECT_NE(found.find("a file of rejects expects the records of one file"), std::string::npos) << text << found;
      EXPECT_NE(found.find(folder_ + "/r.csv"), std::string::npos) << found;
      EXPECT_NE(found.find("give each its own"), std::string::npos) << found;
      EXPECT_EQ(rejects(), "") << text;
      EXPECT_FALSE(std::filesystem::exists(folder_ + "/o1.csv")) << text;
    }
  EXPECT_NE(answer("FROM " + x + " UNION ALL FROM " + kY).find("line 1, column "), std::string::npos);
}

TEST_F(Rejects, AreNoFileThatTheQueryReadsOrWrites) {
  for (const char* text : {"FROM read_csv('$/x.csv', types = {'a': 'int'}, rejects = '$/x.csv')",
                           "FROM read_csv('$/x.csv', types = {'a': 'int'}, rejects = '$/link/x.csv')",
                           "FROM read_csv('$/x.csv', types = {'a': 'int'}, rejects = '$/y.csv') x, '$/y.csv' y",
                           "COPY (FROM read_csv('$/x.csv', types = {'a': 'int'}, rejects = '$/o.csv')) TO '$/o.csv'",
                           "BEGIN; COPY (FROM read_csv('$/x.csv', types = {'a': 'int'}, rejects = '$/o.csv')) TO "
                           "'$/p.csv'; COPY (SELECT 1) TO "
                           "'$/o.csv'; COMMIT"}) {
    const std::string found = answer(text);
    EXPECT_NE(found.find("a file of rejects expects a path of its own"), std::string::npos) << text << found;
    EXPECT_FALSE(std::filesystem::exists(folder_ + "/o.csv")) << text;
  }
  EXPECT_EQ(std::filesystem::file_size(folder_ + "/x.csv"), 8u);
}

TEST_F(Rejects, OfScansThatAgreeAreWrittenOnce) {
  const std::string expected =
      "file,position,line,column,reason,expected,raw\n" + folder_ + "/x.csv,4,3,a,no value of the type,int32,bad\n";
  const std::string x = kX;
  for (const std::string& text :
       {"SELECT sum(a) FROM (" + x + " UNION ALL " + x + ")",
        "SELECT count(*) FROM " + x + " l JOIN " + x + " r USING (a)",
        "CREATE OR REPLACE VIEW v AS FROM " + x + "; SELECT sum(a) FROM (FROM v UNION ALL FROM v)",
        "BEGIN; COPY (SELECT a FROM " + x + ") TO '$/o1.csv'; COPY (SELECT sum(a) AS s FROM " + x +
            ") TO '$/o2.csv'; COMMIT"}) {
    const std::string found = answer(text);
    EXPECT_EQ(found.find("error"), std::string::npos) << text << found;
    EXPECT_EQ(rejects(), expected) << text;
    std::filesystem::remove(folder_ + "/r.csv");
  }
}

}  // namespace
}  // namespace headrace
