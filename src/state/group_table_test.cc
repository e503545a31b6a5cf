#include "state/group_table.h"

#include <gtest/gtest.h>

#include <map>

#include "state/exhausted.h"
#include "state/row_hash.h"
#include "state/test_rows.h"

namespace headrace {
namespace {

constexpr uint64_t kPlenty = uint64_t{1} << 30;

const std::vector<Schema> kKeySchemas = {
    {{"a", kInt64, false}},
    {{"a", kInt64, true}},
    {{"a", kInt32, false}, {"b", kInt32, false}},
    {{"a", kFloat64, true}},
    {{"a", kUtf8, true}},
    {{"a", kBool, true}, {"b", kDate, true}, {"c", kTimestamp, false}},
    {{"a", kUtf8, false}, {"b", decimal(38, 4), true}, {"c", kUtf8, true}, {"d", kFloat64, false}},
};

uint64_t& counter(const GroupLayout& layout, char* row) {
  return *reinterpret_cast<uint64_t*>(row + layout.state_offsets[0]);
}

std::string key_text(const GroupLayout& layout, const char* row, const Schema& schema) {
  const char* key = GroupLayout::key_of(row);
  Row values;
  for (uint32_t i = 0; i < schema.size(); ++i) {
    int128 value = 0;
    uint8_t valid = 0;
    unpack_key_field(layout.keys, i, &key, 1, &value, &valid);
    Vector vector;
    vector.type = schema[i].type;
    vector.data = &value;
    vector.validity = &valid;
    values.push_back(value_at(vector, 0));
  }
  return row_text(values);
}

// Counts rows per key as std::map does, in every encoding, with and without selection.
TEST(GroupTable, CountsLikeAMap) {
  Random random(1);
  for (const Schema& schema : kKeySchemas) {
    for (const Encoding encoding : {Encoding::kFlat, Encoding::kDictionary, Encoding::kConstant}) {
      MemoryBudget budget(kPlenty);
      Reservation reservation(budget, "test");
      const GroupLayout layout(schema, {{8, 8}});
      GroupTable table(layout, reservation);
      KeyBatch keys(layout.keys, reservation);
      std::map<std::string, uint64_t> expected;
      std::vector<char*> groups(limits::kVectorRowsMax);
      for (int round = 0; round < 30; ++round) {
        const std::vector<Row> rows = random_rows(schema, 1 + random() % 2'048, round < 10 ? 10 : 5'000, random);
        const Batch batch = make_batch(schema, rows, encoding);
        std::vector<uint16_t> selection;
        for (uint32_t row = 0; row < rows.size(); ++row)
          if (round % 2 == 0 || random() % 3 == 0) selection.push_back(static_cast<uint16_t>(row));
        const uint16_t* selected = round % 2 == 0 ? nullptr : selection.data();
        ASSERT_TRUE(keys.pack(batch.columns.data(), static_cast<uint32_t>(selection.size()), selected).ok());
        ASSERT_EQ(table.find_or_insert(keys, 0, groups.data()), selection.size());
        for (size_t i = 0; i < selection.size(); ++i) {
          ++counter(layout, groups[i]);
          ++expected[row_text(rows[encoding == Encoding::kConstant ? 0 : selection[i]])];
        }
        std::vector<char*> found(limits::kVectorRowsMax);
        table.find(keys, found.data());
        for (size_t i = 0; i < selection.size(); ++i) ASSERT_EQ(found[i], groups[i]);
      }
      std::map<std::string, uint64_t> counted;
      table.pages().for_each([&](char* row) { counted[key_text(layout, row, schema)] += counter(layout, row); });
      EXPECT_EQ(counted, expected) << to_text(schema);
      EXPECT_EQ(table.size(), expected.size());
      EXPECT_GE(reservation.bytes(), table.bytes());
      table.clear();
      EXPECT_EQ(table.bytes(), 0u);
    }
  }
}

TEST(GroupTable, StopsWhereMemoryEndsAndGoesOnAfterClear) {
  Random random(2);
  const Schema schema = {{"a", kInt64, false}, {"b", kUtf8, true}};
  MemoryBudget budget(200'000);
  Reservation reservation(budget, "test");
  const GroupLayout layout(schema, {{8, 8}});
  GroupTable table(layout, reservation);
  KeyBatch keys(layout.keys, reservation);
  std::map<std::string, uint64_t> expected, counted;
  std::vector<char*> groups(limits::kVectorRowsMax);
  int clears = 0;
  const auto drain = [&] {
    std::vector<uint64_t> begins;
    const uint64_t size = table.size();
    char** rows = table.partition_rows(5, begins, CancelToken());
    ASSERT_EQ(begins.size(), 33u);
    ASSERT_EQ(begins.back(), size);
    for (uint64_t partition = 0; partition < 32; ++partition) {
      for (uint64_t i = begins[partition]; i < begins[partition + 1]; ++i) {
        ASSERT_EQ(GroupLayout::hash_of(rows[i]) >> 59, partition);
        counted[key_text(layout, rows[i], schema)] += counter(layout, rows[i]);
      }
    }
    table.clear();
  };
  for (int round = 0; round < 20; ++round) {
    const std::vector<Row> rows = random_rows(schema, 2'000, 3'000, random);
    const Batch batch = make_batch(schema, rows);
    ASSERT_TRUE(keys.pack(batch.columns.data(), batch.rows).ok());
    for (uint32_t done = 0; done < batch.rows;) {
      const uint32_t reached = table.find_or_insert(keys, done, groups.data());
      for (; done < reached; ++done) ++counter(layout, groups[done]);
      if (done == batch.rows) break;
      ASSERT_GT(table.size(), 0u);
      EXPECT_EQ(exhausted(reservation).code, ErrorCode::kLimit);
      drain();
      ++clears;
    }
    for (const Row& row : rows) ++expected[row_text(row)];
  }
  drain();
  EXPECT_GT(clears, 10);
  EXPECT_EQ(counted, expected);
}

TEST(GroupTable, AdoptsRowsOfOtherTables) {
  Random random(3);
  const Schema schema = {{"a", kUtf8, true}, {"b", kInt32, true}};
  MemoryBudget budget(kPlenty);
  Reservation reservation(budget, "test");
  const GroupLayout layout(schema, {{8, 8}});
  std::vector<std::unique_ptr<GroupTable>> tables;
  KeyBatch keys(layout.keys, reservation);
  std::map<std::string, uint64_t> expected;
  std::vector<char*> groups(limits::kVectorRowsMax);
  GroupTable all(layout, reservation);
  GroupTable copies(layout, reservation);
  for (int i = 0; i < 4; ++i) {
    tables.push_back(std::make_unique<GroupTable>(layout, reservation));
    const std::vector<Row> rows = random_rows(schema, 2'000, 40, random);
    const Batch batch = make_batch(schema, rows);
    ASSERT_TRUE(keys.pack(batch.columns.data(), batch.rows).ok());
    ASSERT_EQ(tables.back()->find_or_insert(keys, 0, groups.data()), batch.rows);
    for (uint32_t row = 0; row < batch.rows; ++row) {
      ++counter(layout, groups[row]);
      ++expected[row_text(rows[row])];
    }
    tables.back()->pages().for_each(
        [&](char* row) { counter(layout, copies.find_or_insert_key_of(row)) += counter(layout, row); });
    ASSERT_TRUE(all.reserve(tables.back()->size()).ok());
    tables.back()->pages().for_each([&](char* row) {
      char* to = all.find_or_adopt(row);
      if (to != row) counter(layout, to) += counter(layout, row);
    });
  }
  std::map<std::string, uint64_t> adopted, copied;
  all.for_each_slot([&](char* row) { adopted[key_text(layout, row, schema)] += counter(layout, row); });
  EXPECT_EQ(adopted, expected);
  all.clear();
  tables.clear();  // the copies own their strings
  copies.pages().for_each([&](char* row) { copied[key_text(layout, row, schema)] += counter(layout, row); });
  EXPECT_EQ(copied, expected);
}

TEST(RowHash, EqualKeysHashAlikeWhateverTypeAndEncoding) {
  Random random(4);
  uint64_t flat[4], other[4];
  const std::vector<Row> numbers = {
      {{kInt64, int64_t{-7}}}, {{kInt64, int64_t{0}}}, {{kInt64, int64_t{2'000'000'000}}}, {null_value(kInt64)}};
  std::vector<Row> narrow, dates;
  for (const Row& row : numbers) {
    const Value& value = row[0];
    const auto* number = std::get_if<int64_t>(&value.data);
    narrow.push_back({number != nullptr ? Value{kInt32, static_cast<int32_t>(*number)} : null_value(kInt32)});
    dates.push_back({number != nullptr ? Value{kDate, static_cast<int32_t>(*number)} : null_value(kDate)});
  }
  const Vector wide_vector = make_vector(kInt64, numbers, 0);
  hash_rows(&wide_vector, 1, 4, nullptr, flat);
  for (const Vector& vector : {make_vector(kInt32, narrow, 0), make_vector(kDate, dates, 0, Encoding::kDictionary)}) {
    hash_rows(&vector, 1, 4, nullptr, other);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(flat[i], other[i]);
  }
  const std::vector<Row> floats = {
      {{kFloat64, 0.0}}, {{kFloat64, -0.0}}, {{kFloat64, std::nan("1")}}, {{kFloat64, -std::nan("2")}}};
  const Vector float_vector = make_vector(kFloat64, floats, 0);
  hash_rows(&float_vector, 1, 4, nullptr, flat);
  EXPECT_EQ(flat[0], flat[1]);
  EXPECT_EQ(flat[2], flat[3]);
  EXPECT_NE(flat[0], flat[2]);
}

// The format of spill files and checkpoints depends on these.
TEST(RowHash, IsFixed) {
  const std::vector<Row> rows = {{{kInt64, int64_t{42}}, {kUtf8, std::string("headrace")}}};
  const Vector columns[] = {make_vector(kInt64, rows, 0), make_vector(kUtf8, rows, 1)};
  uint64_t one, both;
  hash_rows(columns, 1, 1, nullptr, &one);
  hash_rows(columns, 2, 1, nullptr, &both);
  EXPECT_EQ(one, mix64(42 + 0x9e3779b97f4a7c15ULL));
  EXPECT_EQ(both, combine_hashes(one, hash_bytes("headrace", 8)));
  EXPECT_LT(key_group(both), limits::kKeyGroups);
}

}  // namespace
}  // namespace headrace
