// Goal: of rows that come in rounds each is given once, in the order of their first coming; readers cut them as asked.
#include "runtime/recursion_rows.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/test_context.h"

namespace headrace {
namespace {

const Schema kColumns = {{"x", kFloat64, true}, {"s", kUtf8, true}};

Batch batch_of(const std::vector<Row>& rows) {
  Batch batch;
  batch.rows = static_cast<uint32_t>(rows.size());
  for (uint32_t column = 0; column < kColumns.size(); ++column)
    batch.columns.push_back(make_vector(kColumns[column].type, rows, column));
  return batch;
}

std::string text_of(const std::vector<Batch>& batches) {
  std::string text;
  for (const Batch& batch : batches)
    for (uint32_t row = 0; row < batch.rows; ++row)
      text += to_display(value_at(batch.columns[0], row)) + " " + to_display(value_at(batch.columns[1], row)) + "; ";
  return text;
}

Row row(double x, const char* s) { return {Value{kFloat64, x}, Value{kUtf8, std::string(s)}}; }

TEST(DistinctRows, GivesEachRowOnceInItsOrder) {
  MemoryBudget budget(64 << 20);
  DistinctRows distinct(kColumns, budget);
  const Row nulls = {null_value(kFloat64), null_value(kUtf8)};
  const std::string long_text(40, 'z');
  const auto first = distinct.added(
      {batch_of({row(-0.0, "a"), row(2, "b"), row(0.0, "a"), nulls}), batch_of({nulls, row(1, long_text.c_str())})});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(text_of(first.value()), "0.0 a; 2.0 b; NULL NULL; 1.0 " + long_text + "; ");
  const auto second =
      distinct.added({batch_of({row(2, "b"), row(std::nan("1"), "a"), row(1, long_text.c_str()), row(0, "")})});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(text_of(second.value()), "nan a; 0.0 ; ");
  const auto none = distinct.added({batch_of({row(-std::nan("2"), "a"), row(0, "a")})});
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none.value().empty());
}

// Pages of the table end between rounds, and batches inside them.
TEST(DistinctRows, GivesManyRounds) {
  MemoryBudget budget(256 << 20);
  DistinctRows distinct(kColumns, budget);
  uint64_t given = 0;
  for (int round = 0; round < 40; ++round) {
    std::vector<Row> rows;
    for (int i = 0; i < 2000; ++i) rows.push_back(row(round * 1000 + i, "r"));  // half of them came in the round before
    const auto added = distinct.added({batch_of(rows)});
    ASSERT_TRUE(added.ok());
    for (const Batch& batch : added.value())
      for (uint32_t i = 0; i < batch.rows; ++i)
        ASSERT_EQ(std::get<double>(value_at(batch.columns[0], i).data), static_cast<double>(given++));
  }
  EXPECT_EQ(given, 41'000u);
}

TEST(DistinctRows, SaysWhenMemoryIsOut) {
  MemoryBudget budget(1 << 20);
  DistinctRows distinct(kColumns, budget);
  Status status = kDone;
  for (int round = 0; round < 200 && status.ok(); ++round) {
    std::vector<Row> rows;
    for (int i = 0; i < 2000; ++i) rows.push_back(row(round * 2000 + i, "r"));
    const auto added = distinct.added({batch_of(rows)});
    if (!added.ok()) status = added.error();
  }
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
}

TEST(WorkingSource, GivesAllRowsInOrderAndSaysWhereTheyAre) {
  std::vector<Batch> rows;
  for (int at = 0; at < 70; ++at) rows.push_back(batch_of({row(2 * at, "a"), row(2 * at + 1, "b")}));
  const WorkingRound round{7, 3, rows, nullptr};
  for (const uint32_t rows_max : {1u, 2u, 2048u}) {
    const auto source = make_working_source(round);
    std::string last_place;
    double expected = 0;
    for (uint64_t morsel = 0;; ++morsel) {
      auto claimed = source->claim();
      ASSERT_TRUE(claimed.ok());
      auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claimed.value());
      if (reader == nullptr) break;
      EXPECT_EQ((*reader)->morsel(), morsel);
      Batch batch;
      for (uint64_t sequence = 0; (*reader)->next(rows_max, batch).value(); sequence += batch.rows) {
        ASSERT_EQ(batch.sequence, sequence);
        ASSERT_LE(batch.rows, rows_max);
        for (uint32_t i = 0; i < batch.rows; ++i)
          ASSERT_EQ(std::get<double>(value_at(batch.columns[0], i).data), expected++);
        last_place = source->locate(morsel, sequence + batch.rows - 1);
      }
    }
    EXPECT_EQ(expected, 140);
    EXPECT_EQ(last_place, "row 140 of round 3 of a recursive query");
  }
}

}  // namespace
}  // namespace headrace
