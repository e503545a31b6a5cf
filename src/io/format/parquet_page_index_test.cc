// Goal: with the page index rows that pass are the same and pages of others are not read; an index that lies about places or rows is an
// error or is left aside, never other rows.
#include "io/format/parquet_page_index.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "base/fake_world.h"
#include "expr/calls.h"
#include "io/format/parquet_source.h"
#include "io/parquet/column_pages.h"
#include "io/test_tables.h"

namespace headrace {
namespace {

constexpr int64_t kRows = 1'000;

// k rises from 0, s is its text; pages of 20 rows of k and more of s.
std::string file_bytes(bool index, bool statistics, bool dictionary) {
  parquet::WriterProperties::Builder properties;
  properties.write_batch_size(20)->data_pagesize(100)->compression(parquet::Compression::SNAPPY);
  properties.disable_dictionary();
  if (dictionary) properties.enable_dictionary("s");
  if (index) properties.enable_write_page_index();
  if (!statistics) properties.disable_statistics();
  arrow::Int64Builder keys;
  arrow::StringBuilder texts;
  for (int64_t row = 0; row < kRows; ++row) {
    EXPECT_TRUE(keys.Append(row).ok());
    EXPECT_TRUE(texts.Append(fmt::format("text {}", row / 3)).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("k", arrow::int64(), false), arrow::field("s", arrow::utf8(), false)});
  const auto table = arrow::Table::Make(schema, {keys.Finish().ValueOrDie(), texts.Finish().ValueOrDie()});
  auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, kRows, properties.build()).ok());
  return sink->Finish().ValueOrDie()->ToString();
}

ExprPtr key_between(int64_t low, int64_t high) {
  const ExprPtr k = column_index(0, "k", kInt64, false);
  const auto compare = [&](const char* name, int64_t value) {
    return resolve_call(name, {k, literal({kInt64, value})}, {}).value();
  };
  return resolve_call("and", {compare("ge", low), compare("le", high)}, {}).value();
}

// The rows that a scan gives, and what it left out.
Result<Rows> read(const std::string& bytes, const ExprPtr& predicate, ScanReport& report) {
  FakeWorld world;
  TestQuery query(world);
  world.put("t.parquet", bytes);
  TRY(table, open_parquet(world, query.budget, "t.parquet"));
  TRY(source, table->scan({{0, 1}, {predicate}}, query.context));
  Rows rows;
  for (;;) {
    TRY(claim, source->claim());
    if (std::holds_alternative<End>(claim)) break;
    MorselReader& reader = *std::get<std::unique_ptr<MorselReader>>(claim);
    for (Batch batch;;) {
      TRY(more, reader.next(64, batch));
      if (!more) break;
      for (uint32_t row = 0; row < batch.rows; ++row) rows.push_back(row_text(batch, row));
    }
  }
  report = source->scan_report();
  return rows;
}

Rows rows_between(int64_t low, int64_t high) {
  Rows rows;
  for (int64_t row = low; row <= high; ++row) rows.push_back(fmt::format("{}|text {}", row, row / 3));
  return rows;
}

bool holds_all(const Rows& rows, const Rows& wanted) {
  return std::ranges::all_of(wanted,
                             [&](const std::string& row) { return std::ranges::find(rows, row) != rows.end(); });
}

TEST(ParquetPages, OnlyThoseThatMayPassAreRead) {
  for (const bool dictionary : {false, true}) {
    const std::string bytes = file_bytes(true, true, dictionary);
    for (const auto& [low, high] : {std::pair{0, 5}, {437, 441}, {459, 460}, {990, 2'000}, {-9, -1}}) {
      ScanReport report;
      const auto rows = read(bytes, key_between(low, high), report);
      ASSERT_TRUE(rows.ok()) << error_text(rows);
      EXPECT_TRUE(holds_all(rows.value(), rows_between(std::max(low, 0), std::min<int64_t>(high, kRows - 1))));
      EXPECT_LE(rows.value().size(), 60u);
      if (low < 0) continue;  // statistics have ruled out the row group
      const ScanReport::Rung& pages = report.rungs.back();
      EXPECT_EQ(pages.unit, "pages");
      EXPECT_GE(pages.skipped + 6, pages.looked_at);
      EXPECT_GT(pages.bytes_saved, bytes.size() / 4);
    }
  }
}

TEST(ParquetPages, HeadersSayWhatAnIndexWould) {
  ScanReport report;
  const auto rows = read(file_bytes(false, true, false), key_between(437, 441), report);
  ASSERT_TRUE(rows.ok()) << error_text(rows);
  EXPECT_TRUE(holds_all(rows.value(), rows_between(437, 441)));
  EXPECT_LE(rows.value().size(), 40u);
  EXPECT_EQ(report.rungs.back().unit, "pages");
  EXPECT_GE(report.rungs.back().skipped, 45u);
  const auto all = read(file_bytes(false, false, false), key_between(437, 441), report);
  EXPECT_EQ(all.value().size(), static_cast<size_t>(kRows));
}

TEST(ParquetPages, BytesOfRows) {
  const PageIndex index{50'000, {0, 10, 20, 30}, {50'100, 100'000, 100'600}, {400, 500, 700}, {}};
  RowRanges rows;
  rows.add(3, 4);
  rows.add(25, 30);
  const auto ranges = parquet_in::bytes_of_rows(index, rows);
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0].begin, 50'000u);  // the dictionary, which the first page follows
  EXPECT_EQ(ranges[0].end, 50'500u);
  EXPECT_EQ(ranges[1].begin, 100'600u);
  EXPECT_EQ(ranges[1].end, 101'300u);
  EXPECT_EQ(index.page_of(0), 0u);
  EXPECT_EQ(index.page_of(9), 0u);
  EXPECT_EQ(index.page_of(10), 1u);
  EXPECT_EQ(index.page_of(29), 2u);
}

// Every byte of every offset index changed: the rows are those of the file, or it is said that something is wrong.
TEST(ParquetPages, PlacesThatLie) {
  const std::string good = file_bytes(true, true, true);
  FakeWorld world;
  TestQuery query(world);
  world.put("t.parquet", good);
  const auto file = open_parquet_file(world, query.budget, "t.parquet").value();
  int errors = 0;
  for (int leaf = 0; leaf < 2; ++leaf) {
    const auto place = file->metadata->RowGroup(0)->ColumnChunk(leaf)->GetOffsetIndexLocation().value();
    for (int32_t at = 0; at < place.length; ++at)
      for (const uint8_t mask : {0x01, 0x02, 0x20, 0x80, 0xFF}) {
        std::string bad = good;
        char& byte = bad[static_cast<size_t>(place.offset + at)];
        byte = static_cast<char>(byte ^ mask);
        ScanReport report;
        const auto rows = read(bad, key_between(437, 441), report);
        if (rows.ok())
          ASSERT_TRUE(holds_all(rows.value(), rows_between(437, 441))) << leaf << " " << at << " " << int{mask};
        else
          ++errors;
      }
  }
  EXPECT_GT(errors, 0);
}

}  // namespace
}  // namespace headrace
