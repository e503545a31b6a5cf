#include <gtest/gtest.h>

#include <random>

#include "base/fake_world.h"
#include "io/format/csv_source.h"
#include "io/test_tables.h"

namespace headrace {
namespace {

std::string file_text(FakeWorld& world, const std::string& path) {
  auto file = world.open(path);
  if (!file.ok()) return "";
  std::string text(file.value()->size_bytes(), '\0');
  (void)file.value()->read_at(0, text).ok();
  return text;
}

struct Answer {
  Rows rows;
  std::string error, rejects;
  uint64_t left_out = 0, nulled = 0;
  bool operator==(const Answer&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Answer& answer) {
  for (const std::string& row : answer.rows) out << row << "\n";
  return out << answer.error << "\n" << answer.rejects << "left out " << answer.left_out << " null " << answer.nulled;
}

// Every morsel, the last claimed first read where `backwards`, up to `rows_max` rows of each; then the query's end.
Answer read(const std::string& content, const Options& options, uint64_t block_bytes = kCsvBlockBytes,
            std::optional<std::vector<uint32_t>> columns = {}, std::optional<std::vector<uint32_t>> checked = {},
            bool backwards = false, uint64_t morsels_max = UINT64_MAX) {
  FakeWorld world;
  world.put("t.csv", content);
  TestQuery query(world);
  Answer answer;
  const auto opened = open_csv(world, query.budget, "t.csv", options, block_bytes);
  if (!opened.ok()) return {{}, to_text(opened.error()), "", 0, 0};
  const auto& table = *opened.value();
  auto source = table.scan({columns.value_or(all_columns(table)), {}, checked}, query.context);
  if (!source.ok()) return {{}, to_text(source.error()), "", 0, 0};
  std::vector<std::unique_ptr<MorselReader>> readers;
  for (; readers.size() < morsels_max;) {
    auto claim = source.value()->claim();
    if (!claim.ok()) return {{}, to_text(claim.error()), "", 0, 0};
    auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claim.value());
    if (reader == nullptr) break;
    readers.push_back(std::move(*reader));
  }
  std::vector<Rows> rows(readers.size());
  std::vector<std::string> errors(readers.size());
  for (size_t i = 0; i < readers.size(); ++i) {
    const size_t at = backwards ? readers.size() - 1 - i : i;
    for (Batch batch;;) {
      const auto more = readers[at]->next(limits::kVectorRowsMax, batch);
      if (!more.ok()) errors[at] = to_text(more.error());
      if (!more.ok() || !more.value()) break;
      for (uint32_t row = 0; row < batch.rows; ++row) rows[at].push_back(row_text(batch, row));
      // Where a row is, found again.
      const std::string place = source.value()->locate(readers[at]->morsel(), batch.sequence + batch.rows - 1);
      EXPECT_TRUE(place.starts_with("t.csv:")) << place;
    }
    readers[at].reset();
  }
  for (size_t i = 0; i < rows.size() && answer.error.empty(); ++i) {
    answer.rows.insert(answer.rows.end(), rows[i].begin(), rows[i].end());
    answer.error = errors[i];
  }
  if (answer.error.empty()) EXPECT_TRUE(source.value()->commit().ok());
  answer.left_out = source.value()->bad_rows().left_out;
  answer.nulled = source.value()->bad_rows().nulled;
  answer.rejects = file_text(world, "r.csv");
  return answer;
}

const Options kTyped = {{"types", "{'a': 'int64', 'b': 'varchar', 'c': 'date'}"}, {"header", "true"}};

Options with(Options options, const Options& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

constexpr std::string_view kBroken =
    "a,b,c\n"
    "1,x,2024-01-01\n"
    "no,\"two\nlines\",2024-01-02\n"
    "3,short\n"
    "4,y,2024-02-30\n"
    "5,\"closed\"z,2024-01-05\n"
    "6,w,2024-01-06,more\n"
    "7,\"\xFF\",2024-01-07\n"
    "8,\"a \"\"b\"\"\",2024-01-08\n";
constexpr std::string_view kHeader = "file,position,line,column,reason,expected,raw\n";

TEST(CsvBadRows, Skip) {
  const Answer answer = read(std::string(kBroken), with(kTyped, {{"on_error", "skip"}}));
  EXPECT_EQ(answer.rows, (Rows{"1|x|2024-01-01", "8|a \"b\"|2024-01-08"})) << answer;
  EXPECT_EQ(answer.left_out, 6u);
  EXPECT_EQ(answer.rejects, "");
  EXPECT_EQ(read(std::string(kBroken), with(kTyped, {{"ignore_errors", "true"}})).rows, answer.rows);
}

TEST(CsvBadRows, Reject) {
  const Answer answer = read(std::string(kBroken), with(kTyped, {{"rejects", "r.csv"}}));
  EXPECT_EQ(answer.rows, (Rows{"1|x|2024-01-01", "8|a \"b\"|2024-01-08"}));
  EXPECT_EQ(answer.rejects, std::string(kHeader) +
                                "t.csv,21,3,a,no value of the type,int64,\"no,\"\"two\nlines\"\",2024-01-02\"\n"
                                "t.csv,47,5,,found 2 fields,3 fields,\"3,short\"\n"
                                "t.csv,55,6,c,no value of the type,date,\"4,y,2024-02-30\"\n"
                                "t.csv,70,7,,text follows a closing quote,a separator or the end of the "
                                "line,\"5,\"\"closed\"\"z,2024-01-05\"\n"
                                "t.csv,93,8,,found 4 fields,3 fields,\"6,w,2024-01-06,more\"\n"
                                "t.csv,113,9,b,bytes that are not UTF-8,UTF-8,\"7,\"\"\xFF\"\",2024-01-07\"\n");
}

TEST(CsvBadRows, Null) {
  const Answer answer = read(std::string(kBroken), with(kTyped, {{"on_error", "null"}}));
  EXPECT_EQ(answer.rows, (Rows{"1|x|2024-01-01", "NULL|two\nlines|2024-01-02", "NULL|NULL|NULL", "4|y|NULL",
                               "NULL|NULL|NULL", "NULL|NULL|NULL", "7|NULL|2024-01-07", "8|a \"b\"|2024-01-08"}))
      << answer;
  EXPECT_EQ(answer.nulled, 6u);
}

TEST(CsvBadRows, FailGivesTheRowsInFront) {
  const Answer answer = read(std::string(kBroken), kTyped);
  EXPECT_EQ(answer.rows, (Rows{"1|x|2024-01-01"}));
  EXPECT_NE(answer.error.find("column 'a' expects int64, found \"no\"\n  at t.csv:3"), std::string::npos) << answer;
}

// What is read makes no record bad, what is checked does.
TEST(CsvBadRows, CheckedColumnsDecide) {
  const std::string content = "a,b,c\n1,x,2024-01-01\nno,y,2024-01-02\n3,z,never\n";
  const auto check = [&](std::vector<uint32_t> columns, std::vector<uint32_t> checked, const Options& more,
                         const Rows& expected, const std::string& lines) {
    const Answer answer =
        read(content, with(with(kTyped, {{"rejects", "r.csv"}}), more), kCsvBlockBytes, columns, checked);
    EXPECT_EQ(answer.rows, expected) << answer;
    std::string found;
    for (const std::string line : {",3,a,", ",4,c,"})
      if (answer.rejects.find(line) != std::string::npos) found += line;
    EXPECT_EQ(found, lines) << answer;
  };
  check({1}, {1}, {}, {"x", "y", "z"}, "");
  check({1}, {0, 1}, {}, {"x", "z"}, ",3,a,");
  check({1}, {0, 1, 2}, {}, {"x"}, ",3,a,,4,c,");
  check({0, 2}, {2}, {}, {"1|2024-01-01", "NULL|2024-01-02"}, ",4,c,");
  check({2, 0, 2}, {}, {}, {"2024-01-01|1|2024-01-01", "2024-01-02|NULL|2024-01-02", "NULL|3|NULL"}, "");
  check({1}, {1}, {{"validate", "declared"}}, {"x"}, ",3,a,,4,c,");
  check({}, {}, {}, {"", "", ""}, "");
}

// The rejects are those of the whole input, whatever was asked for of it, and in whatever order it was read.
TEST(CsvBadRows, ALimitChangesNothing) {
  const Options options = with(kTyped, {{"rejects", "r.csv"}});
  const Answer whole = read(std::string(kBroken), options);
  for (const uint64_t morsels_max : {0u, 1u, 2u, 3u})
    EXPECT_EQ(read(std::string(kBroken), options, 40, {}, {}, true, morsels_max).rejects, whole.rejects);
}

// A text without a broken record, and one with many, cut at every byte.
TEST(CsvBadRows, ChunksOfEverySizeGiveTheSame) {
  const std::string clean =
      "a,b,c\r\n1,\"x\ny\",2024-01-01\r\n2,,\r\n\r\n3,\"\"\"\n,\n\"\"\",2024-01-03\r\n4,\"\",2024-01-04";
  const std::string quotes =
      "a,b,c\n1,5\" pipe,2024-01-01\n2,\"\n\n\n\n\n\",2024-01-01\n\n3,\",\",2024-01-02\n4,\"open,\n5,x,y\n";
  for (const std::string& content : {clean, std::string(kBroken), quotes})
    for (const char* policy : {"fail", "null", "skip", "reject"}) {
      Options options = with(kTyped, {{"on_error", policy}});
      if (std::string_view(policy) == "reject") options.emplace_back("rejects", "r.csv");
      const Answer whole = read(content, options);
      for (uint64_t bytes = 1; bytes <= content.size() + 1; ++bytes)
        for (const bool backwards : {false, true})
          ASSERT_EQ(read(content, options, bytes, {}, {}, backwards), whole) << policy << ", chunks of " << bytes;
    }
}

TEST(CsvBadRows, RandomTextsGiveTheSameInChunksOfAnySize) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    std::string content = "a,b\n";
    const size_t size = random() % 120;
    while (content.size() < size) content += std::string_view("1,\"\n\r")[random() % 5];
    for (const std::string escape : {"", "\\"}) {
      const Options options = {
          {"types", "{'a': 'int64', 'b': 'varchar'}"}, {"header", "true"}, {"rejects", "r.csv"}, {"escape", escape}};
      const Answer whole = read(content, options);
      for (const uint64_t bytes : {1u, 2u, 3u, 5u, 8u, 13u, 40u})
        ASSERT_EQ(read(content, options, bytes, {}, {}, random() % 2 == 0), whole) << content << "chunks of " << bytes;
    }
  }
}

// Many rows: vectors that lose rows, chunks that end in them.
TEST(CsvBadRows, OneInAHundred) {
  std::string content = "a,b,c\n";
  Rows expected;
  uint64_t bad = 0;
  for (int id = 0; content.size() < 3 * kCsvBlockBytes; ++id) {
    if (id % 100 == 37) {
      content += id % 200 == 37 ? std::to_string(id) + ",lost\n" : "x,y,2024-01-01\n";
      ++bad;
      continue;
    }
    content += std::to_string(id) + ",text " + std::to_string(id) + ",2024-01-01\n";
    expected.push_back(std::to_string(id) + "|text " + std::to_string(id) + "|2024-01-01");
  }
  const Answer answer = read(content, with(kTyped, {{"on_error", "skip"}}));
  EXPECT_EQ(answer.rows, expected);
  EXPECT_EQ(answer.left_out, bad);
}

}  // namespace
}  // namespace headrace
