#include "io/format/csv_source.h"

#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "io/format/csv_dialect.h"
#include "io/test_tables.h"

namespace headrace {
namespace {

Result<Rows> rows_of(std::string content, const Options& options = {}, uint32_t rows_max = limits::kVectorRowsMax) {
  FakeWorld world;
  world.put("t.csv", std::move(content));
  TestQuery query(world);
  TRY(table, open_csv(world, query.budget, "t.csv", options));
  return read_rows(*table, {all_columns(*table), {}}, query.context, rows_max);
}

std::string schema_of(std::string content, const Options& options = {}) {
  FakeWorld world;
  world.put("t.csv", std::move(content));
  TestQuery query(world);
  const auto table = open_csv(world, query.budget, "t.csv", options);
  return table.ok() ? to_text(table.value()->schema()) : to_text(table.error());
}

void check(const std::string& content, const Rows& expected, const Options& options = {}) {
  const Result<Rows> rows = rows_of(content, options);
  ASSERT_TRUE(rows.ok()) << content << "\n" << error_text(rows);
  EXPECT_EQ(rows.value(), expected) << content;
}

void check_error(const std::string& content, const std::string& expected, const Options& options = {}) {
  const std::string found = error_text(rows_of(content, options));
  EXPECT_NE(found.find(expected), std::string::npos)
      << content << "\nexpected to find: " << expected << "\nin: " << found;
}

TEST(CsvSource, InfersTypes) {
  EXPECT_EQ(schema_of("a,b,c,d,e,f,g\n1,1.5,true,2013-01-01,2013-01-01T10:00:00Z,x,\n-2,3,FALSE,2013-02-28,2013-01-01 "
                      "10:00:01.5,y,\n"),
            "[a: int64?, b: float64?, c: bool?, d: date?, e: timestamp?, f: utf8?, g: utf8?]");
  EXPECT_EQ(schema_of("a\n1\n2.5\n"), "[a: float64?]");
  EXPECT_EQ(schema_of("a\n2013-01-01\n2013-01-01 10:00\n"), "[a: timestamp?]");
  EXPECT_EQ(schema_of("a\nnan\ninf\n"), "[a: utf8?]");
  EXPECT_EQ(schema_of("a\nnan\n1\n"), "[a: float64?]");
  EXPECT_EQ(schema_of("a\n1\n\"\"\n"), "[a: utf8?]");
  EXPECT_EQ(schema_of("a\n0\n1\n"), "[a: int64?]");
  EXPECT_EQ(schema_of("a\n9223372036854775808\n"), "[a: float64?]");
  EXPECT_EQ(schema_of("a,a,,b\n1,2,3,4\n"), "[a: int64?, a_1: int64?, column2: int64?, b: int64?]");
  EXPECT_EQ(schema_of("1,x\n2,y\n", {{"header", "false"}}), "[column0: int64?, column1: utf8?]");
  EXPECT_EQ(schema_of("x;y\n1;2,5\n"), "[x: int64?, y: utf8?]");
  EXPECT_EQ(schema_of("a\nNA\n5\n", {{"nullstr", "NA"}}), "[a: int64?]");
  EXPECT_EQ(schema_of("a,b\n1,2\n", {{"types", "{'b': 'decimal(5,2)', 'a': varchar}"}}),
            "[a: utf8?, b: decimal(5,2)?]");
  // A separator, a quote or a colon in a name, as a user writes it and as we do.
  const std::string odd = "\"it's, \"\"a:b\"\"\"\n1\n";
  EXPECT_EQ(schema_of(odd, {{"types", "{'it''s, \"a:b\"': 'int32'}"}}),
            schema_of(odd, {{"types", csv_types_option({{"it's, \"a:b\"", kInt32}})}}));
  EXPECT_NE(schema_of(odd, {{"types", csv_types_option({{"it's, \"a:b\"", kInt32}})}}).find(": int32?"),
            std::string::npos);
}

TEST(CsvSource, ReadsValues) {
  check("a,b\n1,x\n2,y\n", {"1|x", "2|y"});
  check("a,b\n1,x\n2,y", {"1|x", "2|y"});
  check("a,b\r\n1,x\r\n2,y\r\n", {"1|x", "2|y"});
  check(
      "\xEF\xBB\xBF"
      "a,b\n1,x\n",
      {"1|x"});
  check("a,b\n\n1,x\n\n\n2,y\n\n", {"1|x", "2|y"});
  check("a\n1\n\n3\n", {"1", "NULL", "3"});
  check("a\tb\n1\tx,y\n", {"1|x,y"});
  check("a,b\n,\n1,\n,x\n", {"NULL|NULL", "1|NULL", "NULL|x"});
  check("a,b\n\"1\",\"x\"\"y\"\n2,\"\"\n3,\"two\nlines, and a comma\"\n",
        {"1|x\"y", "2|", "3|two\nlines, and a comma"});
  check("a,b\n1,5\" pipe\n", {"1|5\" pipe"});
  check("a,b\n1,a long text beyond twelve bytes\n", {"1|a long text beyond twelve bytes"});
  check("a,b\n", {});
  check("x|y\n1|'a|b'\n", {"1|a|b"}, {{"delim", "|"}, {"quote", "'"}});
  check("a\nx\"\n\"y\n", {"x\"", "\"y"}, {{"quote", ""}});
  check("a,b,c\nNA,NA,\"NA\"\n1,x,y\n", {"NULL|NULL|NA", "1|x|y"}, {{"nullstr", "NA"}});
  check("a,b\nNA,x\n,\n1,NA\n", {"NULL|x", "NULL|", "1|NULL"}, {{"nullstr", "NA"}});
  check("a,b\nNA,-\n1,y\n", {"NULL|NULL", "1|y"}, {{"nullstr", "['NA', '-']"}});
  check("a\n1.25\n7\n", {"1.25", "7.00"}, {{"types", "a: decimal(9,2)"}});
  check("a\n2013-01-01T10:00:00Z\n", {"2013-01-01 10:00:00"});
  check("a\n1e3\n-0.0\nnan\n", {"1000.0", "-0.0", "nan"});
}

TEST(CsvSource, ErrorsNameThePlace) {
  check_error("", "expected a CSV file, found an empty file\n  at t.csv");
  check_error("a,b\n1,2\n3\n", "expected 2 fields, found 1\n  at t.csv:3");
  check_error("a,b\n1,2\n3,4,5\n", "expected 2 fields, found 3\n  at t.csv:3");
  check_error("a,b\n1,\"x\n\"\n3,4,5,6\n", "expected 2 fields, found 4\n  at t.csv:4");
  check_error("a,b\n1,2\nx,4\n", "column 'a' expects int64, found \"x\"\n  at t.csv:3", {{"types", "a:int64"}});
  check_error("a,b\n1,\"x\n\n\"\n\nz,4\n", "column 'a' expects int64, found \"z\"\n  at t.csv:6",
              {{"types", "a:int64"}});
  check_error("a\n1.255\n", "column 'a' expects decimal(9,2), found \"1.255\"\n  at t.csv:2",
              {{"types", "a:decimal(9,2)"}});
  check_error("a\n2013-02-30\n", "column 'a' expects date, found \"2013-02-30\"", {{"types", "a:date"}});
  check_error("a\n3000000000\n", "expects int32, found \"3000000000\"", {{"types", "a:int32"}});
  check_error("a,b\n1,x\n2,\xFF\xFE\n", "column 'b' holds bytes that are not UTF-8\n  at t.csv:3");
  check_error(
      "a,b\n1,\"x\n2,y\n",
      "a quoted field begins here and is not closed, within 64 MiB or before the end of the file\n  at t.csv:2");
  check_error("a,b\n1,\"x\"y\n", "text follows a closing \" inside a field\n  at t.csv:2");
  check_error(
      "\xFF\xFE"
      "a",
      "expected UTF-8, found UTF-16");
  check_error("a\n1\n", "csv has no option 'delimeter'\n  hint: did you mean delimiter?", {{"delimeter", ";"}});
  check_error("a\n1\n", "csv option 'delim' expects one ASCII character, found \"ab\"", {{"delim", "ab"}});
  check_error("abc\n1\n", "names column 'abd', which the file does not have\n  at t.csv\n  hint: did you mean abc?",
              {{"types", "abd:int64"}});
}

TEST(CsvSource, MissingFilesAndDirectories) {
  TestQuery query;
  const TestDirectory directory;
  EXPECT_EQ(error_text(open_csv(real_world(), query.budget, "/nowhere/x.csv", {})),
            "error: cannot open the file: No such file or directory\n  at /nowhere/x.csv\n  hint: check the spelling; "
            "relative paths start at the working directory");
  EXPECT_NE(
      error_text(open_csv(real_world(), query.budget, directory / "", {})).find("expected a file, found a directory"),
      std::string::npos);
}

// Many blocks: rows keep their order and their lines, whatever the vector length.
TEST(CsvSource, ManyBlocksKeepOrderAndLines) {
  std::string content = "id,text\n";
  Rows expected;
  for (int id = 0; id < 200'000; ++id) {
    const std::string text = id % 1'000 == 7 ? "\"line\nbreak\"" : "text " + std::to_string(id);
    content += std::to_string(id) + "," + text + "\n";
    expected.push_back(std::to_string(id) + "|" + (id % 1'000 == 7 ? "line\nbreak" : text));
  }
  ASSERT_GT(content.size(), 3 * kCsvBlockBytes);
  for (const uint32_t rows_max : {7u, 64u, 2'048u}) {
    const Result<Rows> rows = rows_of(content, {}, rows_max);
    ASSERT_TRUE(rows.ok()) << error_text(rows);
    EXPECT_EQ(rows.value(), expected);
  }
  FakeWorld world;
  world.put("t.csv", content);
  TestQuery query(world);
  const auto table = open_csv(world, query.budget, "t.csv", {}).value();
  const auto source = std::move(table->scan({{0}, {}}, query.context).value());
  uint64_t first_id = 0;
  for (int morsel = 0; morsel < 3; ++morsel) {
    Result<Claim> claim = source->claim();
    auto& reader = *std::get<std::unique_ptr<MorselReader>>(claim.value());
    Batch batch;
    uint64_t rows = 0;
    while (reader.next(2'048, batch).value()) {
      if (rows == 0) first_id = static_cast<uint64_t>(std::get<int64_t>(value_at(batch.columns[0], 0).data));
      rows += batch.rows;
    }
    const uint64_t id = first_id + rows - 1;
    const uint64_t breaks_before = (id + 992) / 1'000;  // records 7, 1007, … before it have two lines
    EXPECT_EQ(source->locate(reader.morsel(), rows - 1), "t.csv:" + std::to_string(id + 2 + breaks_before));
  }
}

TEST(CsvSource, LateValueOfAnotherTypeIsAnError) {
  std::string content = "id\n";
  for (int id = 0; id < 400'000; ++id) content += std::to_string(id) + "\n";
  content += "12.5\n";
  ASSERT_GT(content.size(), kCsvSampleBytes);
  check_error(content, "column 'id' expects int64, found \"12.5\"\n  at t.csv:400002\n  hint: declare the column");
}

TEST(CsvSource, UnreadColumnsDoNotFault) {
  FakeWorld world;
  world.put("t.csv", "a,b\n1,\xFF\n2,y\n");
  TestQuery query(world);
  const auto table = open_csv(world, query.budget, "t.csv", {}).value();
  EXPECT_EQ(read_rows(*table, {{0}, {}}, query.context).value(), (Rows{"1", "2"}));
  EXPECT_EQ(read_rows(*table, {{}, {}}, query.context).value().size(), 2u);
  EXPECT_EQ(read_rows(*table, {{0, 0}, {}}, query.context).value(), (Rows{"1|1", "2|2"}));
  EXPECT_EQ(table->row_count(), 2u);
}

TEST(CsvSource, ReadErrorsAndMemoryLimitsAreErrors) {
  FakeWorld world;
  world.put("t.csv", "a,b\n1,2\n");
  world.read_fails_from_byte = 0;
  TestQuery query(world);
  EXPECT_NE(error_text(open_csv(world, query.budget, "t.csv", {})).find("input/output error"), std::string::npos);
  world.read_fails_from_byte.reset();
  std::string large = "a\n";
  for (int row = 0; row < 1'000'000; ++row) large += "1\n";
  world.put("large.csv", large);
  TestQuery small(world, 100'000);
  EXPECT_EQ(open_csv(world, small.budget, "large.csv", {}).error().code, ErrorCode::kLimit);
}

TEST(Csv, RefusesCarriageReturnsAlone) {
  const TestDirectory directory;
  TestQuery query;
  for (const std::string text : {"a,b\r1,2\r", "a\r1"}) {
    const auto table = open_csv(real_world(), query.budget, directory.put("t.csv", text), {});
    EXPECT_NE(error_text(table).find("end in a carriage return"), std::string::npos) << error_text(table);
  }
  for (const std::string text : {"a,b\r\n1,2\r\n", "a,b\r", "a\n1\r2\n"})
    EXPECT_TRUE(open_csv(real_world(), query.budget, directory.put("t.csv", text), {}).ok()) << text;
}

}  // namespace
}  // namespace headrace
