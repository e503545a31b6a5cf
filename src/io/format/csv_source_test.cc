#include "io/format/csv_source.h"

#include <fmt/format.h>
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
            "[a: int64?, b: float64?, c: bool?, d: date?, e: timestamptz?, f: utf8?, g: utf8?]");
  EXPECT_EQ(schema_of("a\n2013-01-01T10:00:00+02:00\n2013-01-01 10:00\n"), "[a: timestamptz?]");
  EXPECT_EQ(schema_of("a\n2013-01-01T10:00:00\n2013-01-01\n"), "[a: timestamp?]");
  EXPECT_EQ(schema_of("a\n1\n2.5\n"), "[a: float64?]");
  EXPECT_EQ(schema_of("a\n2013-01-01\n2013-01-01 10:00\n"), "[a: timestamp?]");
  EXPECT_EQ(schema_of("a\nnan\ninf\n"), "[a: utf8?]");
  EXPECT_EQ(schema_of("a\nnan\n1\n"), "[a: float64?]");
  EXPECT_EQ(schema_of("a\n1\n\"\"\n"), "[a: int64?]");
  EXPECT_EQ(schema_of("a\n0\n1\n"), "[a: int64?]");
  EXPECT_EQ(schema_of("a\n12:00\n"), "[a: time?]");
  EXPECT_EQ(schema_of("a\nt\nF\n"), "[a: bool?]");
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

// The first of the types that keeps what the fields say.
TEST(CsvSource, GuessedTypesKeepDigits) {
  const auto check_type = [](const std::string& fields, const std::string& type) {
    EXPECT_EQ(schema_of("a\n" + fields), "[a: " + type + "?]") << fields;
  };
  check_type("9223372036854775807\n", "int64");
  check_type("9223372036854775808\n-1\n", "decimal(38,0)");
  check_type("99999999999999999999999999999999999999\n", "decimal(38,0)");
  check_type("100000000000000000000000000000000000000\n", "utf8");
  check_type("9007199254740992\n1.5\n", "float64");
  check_type("9007199254740993\n1.5\n", "decimal(38,1)");
  check_type("1.5\n-9007199254740993.0\n", "decimal(38,1)");
  check_type("9007199254740993\n.5\n", "decimal(38,1)");
  check_type("9007199254740993\n1e3\n", "utf8");
  check_type("9007199254740993\nnan\n", "utf8");
  check_type("12345678901234567890.25\n", "decimal(38,2)");
  check_type("1234567890123.25\n", "float64");
  check_type("123456789012345.678\n", "decimal(38,3)");
  check_type("9007199254740993\n0.12345678901234567890123\n", "utf8");
  check_type("0.1234567890123456789\n", "float64");  // rounded to the nearest
  check_type("-73.98177337646484375\n", "float64");
  check_type("1e22\n", "float64");
  check_type("1e400\n", "utf8");
  check_type("00123\n", "utf8");
  check_type("-00.5\n", "utf8");
  check_type("+41\n", "utf8");
  check_type("0\n-0.5\n", "float64");
  check("a\n9007199254740993\n.5\n5.\n", {"9007199254740993.0", "0.5", "5.0"});
  check("a\n9007199254740993\n1.5\n", {"9007199254740992.0", "1.5"}, {{"types", "a: float64"}});
  check("a\n007\n+1\n", {"7", "1"}, {{"types", "a: int64"}});
}

TEST(CsvSource, GuessedMomentsAreReadableInTheirFormat) {
  const std::string mixed = "d\n05.01.2024\n2024-01-06 10:00:00\n";
  EXPECT_EQ(schema_of(mixed, {{"dateformat", "%d.%m.%Y"}}), "[d: utf8?]");
  EXPECT_EQ(schema_of("d\n2024-01-05\n05.01.2024 10:00\n", {{"timestampformat", "%d.%m.%Y %H:%M"}}), "[d: utf8?]");
  EXPECT_EQ(schema_of("d\n05.01.2024\n06.01.2024\n", {{"dateformat", "%d.%m.%Y"}}), "[d: date?]");
  EXPECT_EQ(schema_of("d\n2024-01-05\n2024-01-06 10:00:00\n", {}), "[d: timestamp?]");
}

// What stands behind the sample is held to the same.
TEST(CsvSource, LateNumbersThatAGuessedTypeWouldChangeAreErrors) {
  std::string start = "a\n";
  while (start.size() <= kCsvSampleBytes) start += "12345.25\n";
  check_error(start + "9007199254740993\n",
              "column 'a' was guessed as float64, which would change the digits of "
              "9007199254740993\n  at t.csv:");
  check_error(start + "9007199254740993\n", "types = {'a': 'decimal(38, 2)'} keeps them");
  check_error(start + "007\n", "column 'a' expects float64, found \"007\"");
  EXPECT_TRUE(rows_of(start + "9007199254740992\n").ok());
  std::string bools = "a\n";
  while (bools.size() <= kCsvSampleBytes) bools += "true\n";
  check_error(bools + "1\n", "column 'a' expects bool, found \"1\"");
  EXPECT_TRUE(rows_of(start + "9007199254740993\n007\n", {{"types", "a: float64"}}).ok());
}

// As DuckDB (test/integration/csv_test.py holds both against each other).
TEST(CsvSource, HeaderIsFound) {
  const auto check_names = [](const std::string& content, const std::string& names, size_t rows) {
    const std::string schema = schema_of(content);
    std::string found;
    for (size_t at = 0; (at = schema.find(": ", at)) != std::string::npos; ++at) {
      const size_t begin = schema.find_last_of("[ ", at - 1) + 1;
      found += (found.empty() ? "" : " ") + schema.substr(begin, at - begin);
    }
    EXPECT_EQ(found, names) << content;
    EXPECT_EQ(rows_of(content).value().size(), rows) << content;
  };
  check_names("1,2\n3,4\n", "column0 column1", 2);
  check_names("a,1\nb,2\n", "column0 column1", 2);
  check_names("a,b\nc,d\n", "a b", 1);            // text alone
  check_names("a,b\n,\n", "a b", 1);
  check_names("x,y\n1,b\n2,c\n", "x y", 2);       // x is no number
  check_names("1.5,2\n3,4\n", "1.5 2", 1);        // 1.5 is no int64
  check_names(",a\n1,b\n", "column0 column1", 2);  // a null fits
  check_names(",\n1,2\n", "column0 column1", 1);   // nothing but nulls: a header without names
  check_names("a,1\n,1\n", "a 1", 1);             // a text above nulls alone
  check_names("1\n", "column0", 1);                // a single record
  check_names("a\n", "a", 0);
  check_names("a,1\n", "column0 column1", 1);
  check_names("1.5\n9007199254740993\n2.5\n", "column0", 3);
  check_names("1\n1.5\n", "column0", 2);
  check("1,a\n2,b\n", {"1|a", "2|b"});
  check("1,2\n3,4\n", {"3|4"}, {{"header", "true"}});
  check("a,b\n3,4\n", {"a|b", "3|4"}, {{"header", "false"}});
  check("a,b\nx,y\n", {"x|y"}, {{"types", "a: utf8"}});
  EXPECT_EQ(schema_of("1,2\n3,4\n", {{"types", "column1: utf8"}}), "[column0: int64?, column1: utf8?]");
  check_error("a,b\nx,y\n", "hint: header = true or false", {{"types", "{'column0': 'utf8'}"}});
  EXPECT_EQ(schema_of("x,1\ny,2\n", {{"columns", "{'p': 'varchar', 'q': 'int32'}"}}), "[p: utf8?, q: int32?]");
  EXPECT_EQ(schema_of("x,1\ny,2\n", {{"names", "['p', 'q']"}}), "[p: utf8?, q: int64?]");
  check_error("x,1\ny,2\n", "the options name 3 columns, but the file has 2", {{"names", "['p', 'q', 'r']"}});
  EXPECT_EQ(schema_of("1,2\n3,4\n", {{"all_varchar", "true"}}), "[column0: utf8?, column1: utf8?]");
}

TEST(CsvSource, OptionsOfWhereAndHowValuesAreWritten) {
  check("about,this\n\na,b\n1,2\n", {"1|2"}, {{"skip", "2"}});
  check("about\n1,2\n3,4\n", {"1|2", "3|4"}, {{"skip", "1"}});
  check_error("about\nx,y\n1\n", "expected 2 fields, found 1\n  at t.csv:3", {{"skip", "1"}});
  check_error("a\n1\n", "skip leaves out 3 lines, and the file begins with 2", {{"skip", "3"}});
  check_error("a\n1\n", "csv option 'skip' expects a number of lines, found \"-1\"", {{"skip", "-1"}});
  const Options days = {{"dateformat", "%d/%m/%Y"}, {"timestampformat", "%d/%m/%Y %H:%M"}};
  check("a,b\n31/12/2024,01/02/1969 10:30\n,\n", {"2024-12-31|1969-02-01 10:30:00", "NULL|NULL"}, days);
  EXPECT_EQ(schema_of("a,b\n31/12/2024,2024-12-31\n", days), "[a: date?, b: utf8?]");
  check_error("a\n1\n", "csv option 'dateformat' expects a format such as %d.%m.%Y, found \"%Q\"",
              {{"dateformat", "%Q"}});
  const Options comma = {{"decimal_separator", ","}};
  check("a;b\n1,5;1\n-2,25;2\n", {"1.5|1", "-2.25|2"}, comma);
  EXPECT_EQ(schema_of("a;b\n1.5;1\n", comma), "[a: utf8?, b: int64?]");
  check("a;b\n1,5;2,5\n", {"1.50|2.5"},
        {{"decimal_separator", ","}, {"types", "{'a': 'decimal(5,2)', 'b': 'float32'}"}});
  check_error("a\n1\n", "expects '.' or ','", {{"decimal_separator", ";"}});
  check_error("a\n1\n", "csv option 'force_quote' is for writing", {{"force_quote", "*"}});
}

TEST(CsvSource, EmptyLinesInFrontAreNoRecords) {
  check("\n\n1\n\n2\n", {"1", "NULL", "2"});
  check("\n\n1\n2\n", {"1", "2"}, {{"header", "false"}});
  check("\n\nx\n2\n", {"2"});
  check_error("\n1\n2\nx\n", "found \"x\"\n  at t.csv:4", {{"types", "{'column0': 'int32'}"}, {"header", "false"}});
}

TEST(CsvSource, CommentsAreNoData) {
  const Options comment = {{"comment", "#"}};
  check("#hi, \"there\na,b\n1,x\n # mid, \"open\n2,y#z\n3,\"#q\"  # end\n", {"1|x", "2|y", "3|#q"}, comment);
  check("a\n#\n1\n#2\n", {"1"}, comment);
  check("a,b\r\n1,2#x\r\n#y\r\n3,4\r\n", {"1|2", "3|4"}, comment);
  check("#a;b;c\nx,y\n1,2\n", {"1|2"}, comment);
  check("a,b\n1,2\n#the end", {"1|2"}, comment);
  check("a,b\n1,#\n", {"1|NULL"}, comment);
  check_error("a,b\n1,2\n\n#c\n3\n", "expected 2 fields, found 1\n  at t.csv:5", comment);
  check_error("a\n1\n", "are the same character", {{"comment", ","}});
  // Blocks end where records do, whatever a comment holds.
  std::string content = "id,text\n";
  Rows expected;
  while (content.size() < 3 * kCsvBlockBytes) {
    content += std::to_string(expected.size()) + ",\"a\nb\" # it's \"\n";
    expected.push_back(std::to_string(expected.size()) + "|a\nb");
  }
  check(content, expected, comment);
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
  check("a\n2013-01-01T10:00:00Z\n", {"2013-01-01 10:00:00+00"});
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
  check_error("a,b\n1,\"x\n2,y\n",
              "a quoted field of the record that begins here is not closed before the end of the file\n  at t.csv:2");
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

TEST(CsvSource, ColumnsAreLimited) {
  const auto first_record = [](uint64_t columns) { return std::string(columns - 1, ',') + "\n"; };
  const std::string names = schema_of(first_record(kCsvColumnsMax), {{"header", "true"}});
  EXPECT_EQ(names.find("[column0: utf8?, column1: utf8?"), 0u) << names.substr(0, 100);
  EXPECT_NE(names.find("column65535: utf8?]"), std::string::npos);
  for (const char* header : {"true", "false"})
    check_error(first_record(kCsvColumnsMax + 1),
                "expected at most 65536 columns, found 65537 fields in the first record\n  at t.csv:1",
                {{"header", header}});
  // Each field of so many would have had a guess, a name and a type.
  check_error(first_record(uint64_t{9} << 20), "found 9437184 fields in the first record\n");
}

// Looking for each of them among all would take minutes.
TEST(CsvSource, AsManyTypesAndNamesAsColumns) {
  std::string header, row, types, names;
  for (uint64_t column = 0; column < kCsvColumnsMax; ++column) {
    const char* const comma = column == 0 ? "" : ",";
    header += comma + fmt::format("c{}", column);
    row += comma + std::string("1");
    types += comma + fmt::format("'c{}':'int32'", column);
    names += comma + fmt::format("'c{}'", column);
  }
  const std::string content = header + "\n" + row + "\n";
  for (const Options& options :
       {Options{{"types", "{" + types + "}"}}, Options{{"types", "{" + types + "}"}, {"names", "[" + names + "]"}}}) {
    const std::string found = schema_of(content, options);
    EXPECT_EQ(found.find("[c0: int32?, c1: int32?, "), 0u) << found.substr(0, 100);
    EXPECT_NE(found.find(", c65535: int32?]"), std::string::npos);
  }
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

TEST(Csv, CarriageReturnsEndRecordsWhereNothingElseDoes) {
  const std::string quoted = "a,b\r1,\"x\ry\"\r2,z\r";
  check(quoted, {"1|x\ry", "2|z"});
  check(quoted, {"1|x\ry", "2|z"}, {{"new_line", "\\r"}});
  check("a\r1", {"1"});
  check("a,b\r1,2\r\r3,4", {"1|2", "3|4"});
  check("a,b\r\n1,2\n3,4\r5,6\r\n", {"1|2", "3|4", "5|6"});  // all three ends
  check("a,b\n1,x\ry\n2,z\n", {"1|x\ry", "2|z"});           // as text: all records have two fields
  check("a,b\n1,x\r2,y\n", {"1|x", "2|y"}, {{"new_line", "\\r"}});
  check_error("a,b\r1,2\r3\r", "expected 2 fields, found 1\n  at t.csv:3", {{"delim", ","}});
  for (const std::string text : {"a,b\r\n1,2\r\n", "a,b\r", "a\n1\r2\n"}) EXPECT_TRUE(rows_of(text).ok()) << text;
  // Longer than what is read at a time, with a line end at each border.
  std::string rows = "a;b\r";
  Rows expected;
  for (int row = 0; row < 30'000; ++row) {
    const std::string text = std::string(row % 13, 'x');
    rows += std::to_string(row) + ";\"" + text + "\r\n" + text + "\"" + (row % 3 == 0 ? "\r\n" : "\r");
    expected.push_back(std::to_string(row) + "|" + text + "\r\n" + text);
  }
  check(rows, expected);
}

TEST(Csv, FindsTheDialectOfWhatDoesNotFitTheUsualOne) {
  check("a,b\n'x, y',1\nz,2\n", {"x, y|1", "z|2"});
  check("a,b\n\"x \\\" y\",1\n\"z\",2\n", {"x \" y|1", "z|2"});
  check("a;b\n# a comment; with; separators\n1;2\n3;4\n", {"1|2", "3|4"});
  check("a title\n\na,b\n1,2\n3,4\n", {"1|2", "3|4"});
  check("what is, and what is not\na;b;c\n1;2;3\n4;5;6\n7;8;9\n", {"1|2|3", "4|5|6", "7|8|9"});
  // What was given stays, and what fits stays, whatever else would fit.
  check_error("a title\na,b\n1,2\n3,4\n", "expected 1 fields, found 2\n  at t.csv:2", {{"skip", "0"}});
  check_error("a,b\n'x, y',1\nz,2\n", "expected 2 fields, found 3\n  at t.csv:2", {{"quote", "\""}});
  check("a;b\n1,2;3\n4,5;6\n", {"1,2|3", "4,5|6"});
  check("a,b\n'x,1\ny',2\n", {"'x|1", "y'|2"});
  check_error("a,b\n1,2\n3\n4,5\n", "detected: delim = ',', quote = '\"', header = true");
  check_error("a,b\n1,2\n3\n4,5\n", "expected 2 fields, found 1\n  at t.csv:3\n  hint: is the line cut");
}

TEST(Csv, TypesComeFromAsManyRecordsAsAskedFor) {
  std::string content = "a\n";
  for (int row = 0; row < 400'000; ++row) content += std::to_string(row) + "\n";
  content += "x\n";
  ASSERT_GT(content.size(), kCsvSampleBytes);
  EXPECT_EQ(schema_of(content), "[a: int64?]");
  EXPECT_EQ(schema_of(content, {{"sample_size", "-1"}}), "[a: utf8?]");
  EXPECT_EQ(schema_of(content, {{"sample_size", "400001"}}), "[a: utf8?]");
  EXPECT_EQ(schema_of(content, {{"sample_size", "400000"}}), "[a: int64?]");
  EXPECT_EQ(schema_of("a\n1\n1.5\n", {{"sample_size", "1"}}), "[a: int64?]");
  check_error("a\n1\n", "csv option 'sample_size' expects a number of records, or -1 for all", {{"sample_size", "0"}});
}

}  // namespace
}  // namespace headrace
