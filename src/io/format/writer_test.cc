#include "io/format/writer.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "io/catalog.h"
#include "io/format/csv_source.h"
#include "io/test_batches.h"
#include "io/test_tables.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

// Every type with a null, in two batches; the doubles are hard ones.
const Schema kSchema = {
    {"flag", kBool, true},           {"small", kInt32, true}, {"large", kInt64, true},  {"real", kFloat64, true},
    {"money", decimal(15, 2), true}, {"day", kDate, true},    {"at", kTimestamp, true}, {"text", kUtf8, true}};
const Rows kRows = {"true|1|-9223372036854775808|0.1|1.50|2013-01-01|2013-01-01 10:00:00|plain",
                    "false|-2147483648|9223372036854775807|1.7976931348623157e+308|-0.01|1969-12-31|1969-12-31 "
                    "23:59:59.999999|a, \"quoted\" text of two\nlines",
                    "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
                    "true|0|0|-0.0|9999999999999.99|0001-01-01|1970-01-01 00:00:00|"};

std::vector<Batch> sample() {
  const double hard[] = {0.1, 1.7976931348623157e308, 0, -0.0};
  BatchMaker maker(kSchema);
  maker.row({true, int32_t{1}, std::numeric_limits<int64_t>::min(), hard[0], int128{150}, int32_t{15'706},
             int64_t{1'357'034'400'000'000}, std::string("plain")});
  maker.row({false, std::numeric_limits<int32_t>::min(), std::numeric_limits<int64_t>::max(), hard[1], int128{-1},
             int32_t{-1}, int64_t{-1}, std::string("a, \"quoted\" text of two\nlines")});
  std::vector<Batch> batches = {maker.take()};
  maker.row({{}, {}, {}, {}, {}, {}, {}, {}});
  maker.row({true, int32_t{0}, int64_t{0}, hard[3], int128{999'999'999'999'999}, int32_t{-719'162}, int64_t{0},
             std::string()});
  batches.push_back(maker.take());
  return batches;
}

Status write_all(RowWriter& writer, const std::vector<Batch>& batches) {
  for (const Batch& batch : batches) TRY_STATUS(writer.write(batch));
  return writer.finish();
}

std::string text_in(const std::string& format, const Options& options = {}) {
  std::string text;
  MemoryBudget budget(1 << 30);
  auto writer = make_stream_writer(
      {"", format, kSchema, options},
      [&](std::string_view bytes) {
        text += bytes;
        return Status(kDone);
      },
      budget);
  EXPECT_TRUE(writer.ok()) << error_text(writer);
  EXPECT_TRUE(write_all(*writer.value(), sample()).ok());
  return text;
}

TEST(Writers, CsvText) {
  EXPECT_EQ(text_in("csv"),
            "flag,small,large,real,money,day,at,text\n"
            "true,1,-9223372036854775808,0.1,1.50,2013-01-01,2013-01-01 10:00:00,plain\n"
            "false,-2147483648,9223372036854775807,1.7976931348623157e+308,-0.01,1969-12-31,1969-12-31 "
            "23:59:59.999999,\"a, \"\"quoted\"\" text of two\nlines\"\n"
            ",,,,,,,\n"
            "true,0,0,-0.0,9999999999999.99,0001-01-01,1970-01-01 00:00:00,\"\"\n");
  EXPECT_TRUE(
      text_in("csv", {{"header", "false"}, {"delim", ";"}, {"nullstr", "NA"}})
          .ends_with("NA;NA;NA;NA;NA;NA;NA;NA\ntrue;0;0;-0.0;9999999999999.99;0001-01-01;1970-01-01 00:00:00;\"\"\n"));
}

TEST(Writers, CsvForcedQuotes) {
  EXPECT_TRUE(text_in("csv", {{"force_quote", "['DAY', 'text']"}})
                  .starts_with("flag,small,large,real,money,\"day\",at,\"text\"\n"
                               "true,1,-9223372036854775808,0.1,1.50,\"2013-01-01\",2013-01-01 10:00:00,\"plain\"\n"));
  EXPECT_TRUE(text_in("csv", {{"force_quote", "*"}, {"header", "false"}})
                  .ends_with(",,,,,,,\n"  // nulls stay what they are
                             "\"true\",\"0\",\"0\",\"-0.0\",\"9999999999999.99\",\"0001-01-01\","
                             "\"1970-01-01 00:00:00\",\"\"\n"));
}

// Without quotes, what would read back as something else is refused with its row and column.
TEST(Writers, CsvThatCannotBeReadBack) {
  const Schema schema = {{"n", kInt64, false}, {"t", kUtf8, true}};
  struct Case {
    const char* text;
    Options options;
    const char* expected;  // the file without its header, or a part of the error
  };
  const Options unquoted = {{"quote", ""}};
  const Case cases[] = {
      {"plain", unquoted, "1,x\n2,plain\n"},
      {"a \"b\"", unquoted, "1,x\n2,a \"b\"\n"},
      {"a,b", unquoted, "column 't' holds 'a,b', which without quotes cannot be told apart from several fields"},
      {"a\nb", unquoted, "several fields"},
      {"", unquoted, "column 't' holds '', which without quotes cannot be told apart from a null"},
      {"", {{"quote", ""}, {"nullstr", "NA"}}, "1,x\n2,\n"},
      {"NA", {{"quote", ""}, {"nullstr", "NA"}}, "cannot be told apart from a null"},
      {"NA", {{"nullstr", "NA"}}, "1,x\n2,\"NA\"\n"},
      {"y", {{"nullstr", "2"}}, "1,x\n\"2\",y\n"},
      {"y", {{"quote", ""}, {"nullstr", "2"}}, "column 'n' holds '2'"},
  };
  for (const Case& one : cases) {
    BatchMaker maker(schema);
    maker.row({int64_t{1}, std::string("x")});
    maker.row({int64_t{2}, std::string(one.text)});
    const std::vector<Batch> batches = {maker.take()};
    std::string text;
    MemoryBudget budget(1 << 30);
    auto writer = make_stream_writer(
        {"", "csv", schema, one.options},
        [&](std::string_view bytes) {
          text += bytes;
          return Status(kDone);
        },
        budget);
    ASSERT_TRUE(writer.ok()) << error_text(writer);
    const Status status = write_all(*writer.value(), batches);
    if (status.ok()) {
      EXPECT_EQ(text, "n,t\n" + std::string(one.expected));
    } else {
      EXPECT_NE(to_text(status.error()).find(one.expected), std::string::npos) << to_text(status.error());
      EXPECT_EQ(status.error().where, "row 2");
    }
  }
}

TEST(Writers, NdjsonText) {
  const std::string text = text_in("ndjson");
  EXPECT_TRUE(text.starts_with(
      "{\"flag\":true,\"small\":1,\"large\":-9223372036854775808,\"real\":0.1,\"money\":1.50,\"day\":\"2013-01-01\","
      "\"at\":\"2013-01-01 10:00:00\",\"text\":\"plain\"}\n"))
      << text;
  EXPECT_NE(text.find("\"text\":\"a, \\\"quoted\\\" text of two\\nlines\"}\n{\"flag\":null,"), std::string::npos)
      << text;
}

// What is written can be read, by the ending alone, with types and values kept.
TEST(Writers, FilesReadBack) {
  for (const std::string name : {"t.parquet", "t.csv", "t.tsv", "t.arrow", "t.arrows"}) {
    const TestDirectory directory;
    TestQuery query;
    auto writer = make_writer({directory / name, "", kSchema, {}}, real_world(), query.budget);
    ASSERT_TRUE(writer.ok()) << error_text(writer);
    for (const Batch& batch : sample()) ASSERT_TRUE(writer.value()->write(batch).ok()) << name;
    EXPECT_NE(real_world().kind(directory / name), FileKind::kRegular) << "visible before it is complete";
    ASSERT_TRUE(writer.value()->finish().ok()) << name;
    EXPECT_EQ(directory.names(), std::vector<std::string>{name});
    FileCatalog catalog(real_world(), query.budget, query.settings);
    const Result<TablePtr> table = catalog.open_file({directory / name, "", {}, {}});
    ASSERT_TRUE(table.ok()) << error_text(table);
    const auto& scannable = dynamic_cast<const ScannableTable&>(*table.value());
    const Result<Rows> rows = read_rows(scannable);
    ASSERT_TRUE(rows.ok()) << name << error_text(rows);
    const bool inferred = name.ends_with("sv");  // every type but decimals, bools and narrow integers
    if (inferred)
      EXPECT_EQ(rows.value()[1].substr(0, 40), kRows[1].substr(0, 40)) << name;
    else
      EXPECT_EQ(rows.value(), kRows) << name;
    if (!inferred) EXPECT_EQ(scannable.schema(), kSchema) << name;
  }
}

TEST(Writers, OutputsAppearOnlyWhenComplete) {
  for (const std::string format : {"parquet", "csv", "ndjson", "arrow"}) {
    FakeWorld world;
    MemoryBudget budget(1 << 30);
    const WriteRequest request{"out/x", format, kSchema, {}};
    {
      auto writer = make_writer(request, world, budget);
      ASSERT_TRUE(writer.value()->write(sample()[0]).ok());
      EXPECT_EQ(world.kind("out/x"), FileKind::kMissing);
    }
    EXPECT_TRUE(world.paths().empty()) << format << ": destroyed unfinished, it leaves nothing";

    world.disk_bytes_max = 20;
    auto full = make_writer(request, world, budget);
    const Status written = full.ok() ? write_all(*full.value(), sample()) : Status(full.error());
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error(), (Error{ErrorCode::kIo, "cannot write the file: no space left on the device", "out/x",
                                      "free some space, or write to another disk"}));
    if (full.ok()) full.value()->abandon();
    EXPECT_TRUE(world.paths().empty()) << format;

    world.disk_bytes_max.reset();
    world.rename_fails = true;
    auto unnamed = make_writer(request, world, budget);
    EXPECT_EQ(write_all(*unnamed.value(), sample()).error().code, ErrorCode::kIo);
    unnamed.value().reset();
    EXPECT_TRUE(world.paths().empty()) << format;

    world.rename_fails = false;
    world.sync_fails = true;
    auto unsynced = make_writer(request, world, budget);
    EXPECT_EQ(write_all(*unsynced.value(), sample()).error().code, ErrorCode::kIo);
    unsynced.value().reset();
    EXPECT_TRUE(world.paths().empty()) << format;

    // A failed write leaves what was there before.
    world.sync_fails = false;
    world.put("out/x", "old");
    make_writer(request, world, budget).value()->abandon();
    EXPECT_EQ(world.content("out/x"), "old");
    auto good = make_writer(request, world, budget);
    ASSERT_TRUE(write_all(*good.value(), sample()).ok());
    EXPECT_EQ(world.paths(), std::set<std::string>{"out/x"});
    EXPECT_NE(world.content("out/x"), "old");
  }
}

TEST(Writers, ClearErrors) {
  MemoryBudget budget(1 << 30);
  const auto error_of = [&](const WriteRequest& request) {
    return error_text(make_writer(request, real_world(), budget));
  };
  EXPECT_EQ(error_of({"/nowhere/x.csv", "", kSchema, {}}),
            "error: cannot create the file: No such file or directory\n  at /nowhere/x.csv\n  hint: check the "
            "spelling; relative paths start at the working directory");
  EXPECT_NE(error_of({"/tmp", "csv", kSchema, {}}).find("a directory has this name"), std::string::npos);
  EXPECT_NE(error_of({"x.dat", "", kSchema, {}}).find("does not say what format"), std::string::npos);
  EXPECT_NE(error_of({"x.dat", "parqet", kSchema, {}}).find("did you mean parquet?"), std::string::npos);
  const TestDirectory directory;
  EXPECT_NE(error_of({directory / "x.parquet", "", kSchema, {{"compression", "rar"}}})
                .find("expects snappy, zstd, gzip, lz4, brotli or none, found \"rar\""),
            std::string::npos);
  EXPECT_NE(
      error_of({directory / "x.parquet", "", {{"spans", list_of(kInterval), true}}, {}}).find("as column 'spans'"),
      std::string::npos);
  EXPECT_NE(error_of({directory / "x.parquet", "", kSchema, {{"partition_by", "['a']"}}})
                .find("option 'partition_by' names column 'a', which is not written"),
            std::string::npos);
  EXPECT_NE(error_of({directory / "x.csv.gz", "csv", kSchema, {}}).find("compressed CSV is read but not written"),
            std::string::npos);
  EXPECT_NE(error_of({directory / "x.csv", "", kSchema, {{"force_quote", "['zz']"}}})
                .find("'force_quote' names column 'zz', which is not written"),
            std::string::npos);
  EXPECT_NE(error_of({directory / "x.parquet", "", {{"span", kInterval, true}}, {}}).find("as column 'span' is"),
            std::string::npos);
  EXPECT_NE(error_of({directory / "x.csv", "", kSchema, {{"comment", "#"}}}).find("which is for reading"),
            std::string::npos);
  EXPECT_TRUE(directory.names().empty());
  auto full = make_writer({"/dev/full", "csv", kSchema, {}}, real_world(), budget);
  EXPECT_EQ(error_text(write_all(*full.value(), sample())),
            "error: cannot write the file: no space left on the device\n  at /dev/full\n  hint: free some space, or "
            "write to another disk");
}

TEST(Writers, ParquetRowGroups) {
  const TestDirectory directory;
  TestQuery query;
  const Schema schema = {{"id", kInt64, false}};
  auto writer =
      make_writer({directory / "t.parquet", "", schema, {{"row_group_size", "3000"}}}, real_world(), query.budget);
  int64_t id = 0;
  for (int batch = 0; batch < 5; ++batch) {
    BatchMaker maker(schema);
    for (int row = 0; row < 2'048; ++row) maker.row({id++});
    ASSERT_TRUE(writer.value()->write(maker.take()).ok());
  }
  ASSERT_TRUE(writer.value()->finish().ok());
  FileCatalog catalog(real_world(), query.budget, query.settings);
  const TablePtr table = catalog.open_file({directory / "t.parquet", "", {}, {}}).value();
  const auto& scannable = dynamic_cast<const ScannableTable&>(*table);
  EXPECT_EQ(scannable.report({{0}, {}}).rungs[0].looked_at, 4u);
  const Rows rows = read_rows(scannable).value();
  ASSERT_EQ(rows.size(), 10'240u);
  for (size_t row = 0; row < rows.size(); ++row) ASSERT_EQ(rows[row], std::to_string(row));
}

}  // namespace
}  // namespace headrace
