// Goal: folders key=value become columns whose types and values are DuckDB's; test/integration/hive_partitions_test.py holds them against it.
#include "io/path_columns.h"

#include <gtest/gtest.h>

#include "io/test_tables.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

// Schema, then a line for each path; or the error.
std::string columns_of(const std::vector<std::string>& paths, const PathOptions& options = {}) {
  const Result<PathColumns> found = find_path_columns(paths, options);
  if (!found.ok()) return error_text(found);
  std::string all = to_text(found.value().schema);
  for (const std::vector<Value>& values : found.value().values) {
    std::string line;
    for (const Value& value : values) line += (line.empty() ? "" : "|") + to_display(value);
    all += "\n" + line;
  }
  return all;
}

TEST(PathColumns, TypesAreGuessedFromAllPaths) {
  EXPECT_EQ(columns_of({"d/x=1/y=2020-01-01/f", "d/x=-20/y=2020-01-02/f"}),
            "[x: int64, y: date]\n1|2020-01-01\n-20|2020-01-02");
  EXPECT_EQ(columns_of({"x=1/f", "x=2020-01-01/f"}), "[x: utf8]\n1\n2020-01-01");
  EXPECT_EQ(columns_of({"x=2020-01-01 10:00:00/f"}), "[x: timestamp]\n2020-01-01 10:00:00");
  EXPECT_EQ(columns_of({"x=2020-01-01 10%3A00%3A00/f"}), "[x: utf8]\n2020-01-01 10:00:00");
  for (const char* word : {"007", "+5", "1.5", "1e3", "true", "9223372036854775808", "1_000", ""})
    EXPECT_EQ(columns_of({std::string("x=") + word + "/f"}), std::string("[x: utf8]\n") + word);
  EXPECT_EQ(columns_of({"x=0/f", "x=__HIVE_DEFAULT_PARTITION__/f"}), "[x: int64?]\n0\nNULL");
  EXPECT_EQ(columns_of({"x=__HIVE_DEFAULT_PARTITION__/f"}), "[x: utf8?]\nNULL");
  EXPECT_EQ(columns_of({"x=null/f", "x=3/f"}), "[x: int64?]\nNULL\n3");
  EXPECT_EQ(columns_of({"x=a%2Fb%20c%zz%4/f"}), "[x: utf8]\na/b c%zz%4");
}

TEST(PathColumns, KeysAreTheSameOrThereAreNone) {
  EXPECT_EQ(columns_of({"b=1/A=2/f", "A=3/b=4/f"}), "[A: int64, b: int64]\n2|1\n3|4");
  EXPECT_EQ(columns_of({"x=1/f", "y=2/f"}), "[]\n\n");
  EXPECT_EQ(columns_of({"x=1/f", "f"}), "[]\n\n");
  EXPECT_EQ(columns_of({"d/x=1=2/=3/f", "d/f"}), "[]\n\n");
  EXPECT_EQ(columns_of({"x=1/x=2/f=3.csv"}), "[x: int64]\n1");
  EXPECT_EQ(columns_of({"a%20b=1/f"}), "[a b: int64]\n1");
  EXPECT_EQ(columns_of({"x=1/f"}, {.hive = false}), "[]\n");
  EXPECT_EQ(columns_of({"x=1/f", "y=2/f"}, {.hive = true}),
            "error: files of one scan with hive_partitioning have folders of the same keys, these differ\n  at x=1/f, "
            "y=2/f\n  hint: "
            "hive_partitioning = false leaves the folders aside");
}

TEST(PathColumns, TypesThatAreGiven) {
  EXPECT_EQ(columns_of({"x=1/y=2/f"}, {.hive_types = {{"X", kInt32}}}), "[x: int32, y: int64]\n1|2");
  EXPECT_EQ(columns_of({"x=1/y=2/f"}, {.hive_autocast = false}), "[x: utf8, y: utf8]\n1|2");
  EXPECT_EQ(columns_of({"x=1.25/f"}, {.hive_types = {{"x", decimal(9, 2)}}}), "[x: decimal(9,2)]\n1.25");
  EXPECT_EQ(columns_of({"x=2020-01-01 10%3A00%3A00/f"}, {.hive_types = {{"x", kTimestamp}}}),
            "[x: timestamp]\n2020-01-01 10:00:00");
  EXPECT_EQ(columns_of({"x=abc/f"}, {.hive_types = {{"x", kInt32}}}),
            "error: the folder of key 'x' expects int32, found \"abc\"\n  at x=abc/f\n  hint: hive_types = {'x': "
            "'varchar'} reads its values "
            "as text");
  EXPECT_EQ(columns_of({"exact=1/f"}, {.hive_types = {{"exakt", kInt32}}}),
            "error: hive_types names 'exakt', which no folder of the path has as its key\n  at exact=1/f\n  hint: did "
            "you mean exact?");
  EXPECT_EQ(columns_of({"x=1/f"}, {.hive = false, .hive_types = {{"x", kInt32}}}),
            "error: hive_types needs hive_partitioning, which is false\n  hint: leave one of them out");
}

TEST(PathColumns, FilenameComesFirst) {
  EXPECT_EQ(columns_of({"x=1/f"}, {.filename = "from"}), "[from: utf8, x: int64]\nx=1/f|1");
}

}  // namespace
}  // namespace headrace
