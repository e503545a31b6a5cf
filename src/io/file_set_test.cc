// Goal: patterns and lists name the files that they say, and those read as one table in order, or say which one differs.
#include "io/file_set.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "io/catalog.h"
#include "io/file_names.h"
#include "io/test_tables.h"

namespace headrace {
namespace {

TEST(FileNames, NamesFitPatterns) {
  struct Case {
    const char *pattern, *name;
    bool fits;
  };
  for (const Case& one : {Case{"*", "a.csv", true},
                          {"*.csv", "a.csv", true},
                          {"*.csv", "a.csvx", false},
                          {"a?c", "abc", true},
                          {"a?c", "ac", false},
                          {"*a*b*", "xaxxb", true},
                          {"*a*b*", "xbxxa", false},
                          {"[a-c]1", "b1", true},
                          {"[a-c]1", "d1", false},
                          {"[!a-c]1", "d1", true},
                          {"[]]", "]", true},
                          {"*", ".hidden", false},
                          {".*", ".hidden", true},
                          {"", "", true},
                          {"**", "ab", true},
                          {"a*", "a", true},
                          {"*aab", "aaab", true},
                          {"[ab", "a", true}})
    EXPECT_EQ(name_fits(one.pattern, one.name), one.fits) << one.pattern << " " << one.name;
}

class FileSets : public testing::Test {
 protected:
  ~FileSets() override { std::filesystem::remove_all(directory_ / "x"); }
  void file(const std::string& name, const std::string& text) {
    const size_t slash = name.rfind('/');
    if (slash != std::string::npos) ASSERT_TRUE(real_world().make_directory(directory_ / name.substr(0, slash)).ok());
    directory_.put(name, text);
  }
  // What the pattern stands for, without the directory.
  std::string names(const std::string& pattern) {
    const auto found = file_names(real_world(), directory_ / pattern);
    if (!found.ok()) return to_text(found.error());
    std::string all;
    for (const std::string& path : found.value())
      all += (all.empty() ? "" : " ") + path.substr((directory_ / "").size());
    return all;
  }
  // Schema and rows; or the error.
  std::string read(const std::string& pattern, Options options = {}, std::string format = "") {
    std::string path = pattern;
    if (!pattern.starts_with("['")) path = directory_ / pattern;
    const Result<TablePtr> table = catalog_.open_file({path, format, options, {}});
    if (!table.ok()) return error_text(table);
    const Result<Rows> rows = read_rows(dynamic_cast<const ScannableTable&>(*table.value()));
    if (!rows.ok()) return error_text(rows);
    std::string all = to_text(table.value()->schema());
    for (const std::string& row : rows.value()) all += "\n" + row;
    return all;
  }

  TestDirectory directory_;
  TestQuery query_;
  FileCatalog catalog_{real_world(), query_.budget, query_.settings};
};

TEST_F(FileSets, PatternsFindFiles) {
  file("b.csv", "");
  file("a.csv", "");
  file("a.txt", "");
  file("x/c.csv", "");
  file("x/y/d.csv", "");
  EXPECT_EQ(names("*.csv"), "a.csv b.csv");
  EXPECT_EQ(names("*/*.csv"), "x/c.csv");
  EXPECT_EQ(names("**/*.csv"), "a.csv b.csv x/c.csv x/y/d.csv");
  EXPECT_EQ(names("x/**/d.csv"), "x/y/d.csv");
  EXPECT_EQ(names("[ab].*"), "a.csv a.txt b.csv");
  EXPECT_EQ(names("a.csv"), "a.csv");
  EXPECT_NE(names("*.parquet").find("no file fits the pattern"), std::string::npos);
  EXPECT_NE(names("z/*.csv").find("no file fits the pattern"), std::string::npos);
}

TEST_F(FileSets, FilesReadAsOneTable) {
  file("a.csv", "k,v\n1,x\n2,y\n");
  file("b.csv", "k,v\n3,z\n");
  EXPECT_EQ(read("*.csv"), "[k: int64?, v: utf8?]\n1|x\n2|y\n3|z");
  const std::string list = "['" + (directory_ / "b.csv") + "', '" + (directory_ / "a.csv") + "']";
  EXPECT_EQ(read(list), "[k: int64?, v: utf8?]\n3|z\n1|x\n2|y");
  EXPECT_EQ(read("b.csv", {{"filename", "true"}}),
            "[k: int64?, v: utf8?, filename: utf8]\n3|z|" + (directory_ / "b.csv"));
  EXPECT_EQ(read("[b].csv", {{"filename", "f"}}), "[k: int64?, v: utf8?, f: utf8]\n3|z|" + (directory_ / "b.csv"));
  EXPECT_NE(read("*.csv", {{"filename", "k"}}).find("have a column 'k' already"), std::string::npos);
}

// Each file shows whether it has a header; none of its lines becomes a name, or a name a line, because another file has one.
TEST_F(FileSets, HeadersAreFoundInEachFile) {
  file("a.csv", "1,2\n3,4\n");
  file("b.csv", "5,6\n");
  EXPECT_EQ(read("*.csv"), "[column0: int64?, column1: int64?]\n1|2\n3|4\n5|6");
  file("a.csv", "k,v\n3,x\n");
  EXPECT_NE(read("*.csv").find("b.csv"), std::string::npos) << read("*.csv");
  EXPECT_NE(read("*.csv").find("the file has no column 'k'"), std::string::npos) << read("*.csv");
  file("b.csv", "k,v\n");
  EXPECT_EQ(read("*.csv"), "[k: int64?, v: utf8?]\n3|x");
  // A guessed float64 changes no digits in any of the files.
  file("a.csv", "k\n1.5\n");
  file("b.csv", "k\n9007199254740993\n");
  EXPECT_NE(read("*.csv").find("would change the digits of 9007199254740993"), std::string::npos) << read("*.csv");
  EXPECT_NE(read("*.csv", {{"types", "k: float64"}}).find("\n1.5\n9007199254740992.0"), std::string::npos);
}

// What was read of a file is given back when the next one is read, though the scan can still name each row's line.
TEST_F(FileSets, NeedMemoryForOneFileAtATime) {
  std::string text = "k\n";
  while (text.size() < 600'000) text += "1234567\n";
  for (int i = 0; i < 8; ++i) file("m" + std::to_string(i) + ".csv", text);
  const Result<TablePtr> table = catalog_.open_file({directory_ / "m*.csv", "", {}, {}});
  ASSERT_TRUE(table.ok());
  TestQuery query(real_world(), 2 << 20);
  const Result<Rows> rows = read_rows(dynamic_cast<const ScannableTable&>(*table.value()), {{0}, {}}, query.context);
  ASSERT_TRUE(rows.ok()) << error_text(rows);
  EXPECT_EQ(rows.value().size(), 8 * (text.size() - 2) / 8);
}

TEST_F(FileSets, DifferentColumnsAreNamed) {
  file("a.csv", "k,v\n1,x\n");
  file("b.csv", "v,k\nz,3\n");
  EXPECT_EQ(read("*.csv"), "[k: int64?, v: utf8?]\n1|x\n3|z");  // by name
  file("c.csv", "k\n4\n");
  const std::string missing = read("*.csv");
  EXPECT_NE(missing.find("the file has no column 'v'"), std::string::npos) << missing;
  EXPECT_NE(missing.find("c.csv"), std::string::npos) << missing;
  EXPECT_EQ(read("*.csv", {{"union_by_name", "true"}}), "[k: int64?, v: utf8?]\n1|x\n3|z\n4|NULL");
  file("c.csv", "k,v,w\n4,x,1\n");
  EXPECT_NE(read("*.csv").find("the file has a column 'w' more"), std::string::npos);
  EXPECT_EQ(read("[ac].csv", {{"union_by_name", "true"}}), "[k: int64?, v: utf8?, w: int64?]\n1|x|NULL\n4|x|1");
  // Whatever the name of the column.
  file("e.csv", "it's,v\n1.5,x\n");
  file("f.csv", "it's,v\n2,x\n");
  EXPECT_NE(read("[ef].csv").find("\n1.5|x\n2.0|x"), std::string::npos) << read("[ef].csv");
  // A guess of the first file holds for the others, and a value that does not fit is named.
  file("d.csv", "k,v\nword,x\n");
  const std::string bad = read("[ad].csv");
  EXPECT_NE(bad.find("d.csv:2"), std::string::npos) << bad;
}

}  // namespace
}  // namespace headrace
