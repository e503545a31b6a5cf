#include "state/column_store.h"

#include <gtest/gtest.h>

#include "state/test_rows.h"

namespace headrace {
namespace {

const Schema kSchema = {
    {"a", kInt64, true}, {"b", kUtf8, true}, {"c", kBool, false}, {"d", decimal(20, 2), true}, {"e", kInt32, false}};

std::vector<std::string> texts(const std::vector<Row>& rows) {
  std::vector<std::string> result;
  for (const Row& row : rows) result.push_back(row_text(row));
  return result;
}

TEST(ColumnStore, KeepsWhatWasAppended) {
  Random random(1);
  MemoryBudget budget(uint64_t{1} << 30);
  std::vector<Row> expected;
  auto store = std::make_shared<ColumnStore>(kSchema, budget, "test");
  for (int round = 0; round < 40; ++round) {
    const std::vector<Row> rows = random_rows(kSchema, 1 + random() % 700, 50, random);
    const Encoding encoding = round % 3 == 0 ? Encoding::kDictionary : Encoding::kFlat;
    std::vector<uint16_t> selection;
    for (uint32_t row = 0; row < rows.size(); ++row)
      if (round % 2 == 0 || random() % 3 == 0) selection.push_back(static_cast<uint16_t>(row));
    ASSERT_TRUE(store
                    ->append(make_batch(kSchema, rows, encoding), round % 2 == 0 ? nullptr : selection.data(),
                             static_cast<uint32_t>(selection.size()))
                    .ok());
    for (const uint16_t row : selection) expected.push_back(rows[row]);
  }
  ASSERT_EQ(store->rows(), expected.size());
  std::vector<Row> kept;
  for (uint32_t chunk = 0; chunk < store->chunks(); ++chunk) {
    for (uint32_t first = 0; first < store->chunk_rows(chunk); first += 100) {
      const Batch batch = store->slice(chunk, first, std::min(100u, store->chunk_rows(chunk) - first));
      for (Row& row : rows_of(batch)) kept.push_back(std::move(row));
    }
  }
  EXPECT_EQ(texts(kept), texts(expected));
  EXPECT_GE(budget.bytes_used(), store->bytes());

  // Gathering from two stores: ids of the second follow in the next chunk.
  StoredRows all(kSchema);
  EXPECT_EQ(all.add(store), 0u);
  const uint64_t second = all.add(store);
  EXPECT_EQ(second, uint64_t{store->chunks()} * limits::kVectorRowsMax);
  std::vector<uint64_t> ids;
  std::vector<Row> picked;
  for (int i = 0; i < 1'000; ++i) {
    const uint64_t row = random() % expected.size();
    const bool none = i % 10 == 0;
    ids.push_back(none ? StoredRows::kNoRow : (i % 2 == 0 ? row : second + row));
    picked.push_back(expected[row]);
    if (none)
      for (Value& value : picked.back()) value = null_value(value.type);
  }
  store.reset();
  Batch batch;
  batch.rows = 1'000;
  for (uint32_t column = 0; column < kSchema.size(); ++column) {
    Result<Vector> vector = all.gather(column, ids.data(), 1'000, budget, "test");
    ASSERT_TRUE(vector.ok());
    batch.columns.push_back(vector.value());
  }
  EXPECT_EQ(texts(rows_of(batch)), texts(picked));
}

TEST(ColumnStore, StaysAsItWasWhenMemoryEnds) {
  Random random(2);
  MemoryBudget budget(400'000);
  ColumnStore store(kSchema, budget, "small thing");
  const Batch batch = make_batch(kSchema, random_rows(kSchema, 2'000, 50, random));
  uint64_t rows = 0;
  for (;;) {
    const Status status = store.append(batch);
    if (!status.ok()) {
      EXPECT_EQ(status.error().code, ErrorCode::kLimit);
      EXPECT_NE(status.error().message.find("small thing"), std::string::npos);
      break;
    }
    rows += batch.rows;
    ASSERT_LT(rows, 100'000u);
  }
  EXPECT_GT(rows, 0u);
  EXPECT_EQ(store.rows(), rows);
}

}  // namespace
}  // namespace headrace
