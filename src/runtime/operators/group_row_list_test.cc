// Aggregates that keep their rows: whatever the workers, and when they spill, the same as row by row.
#include "runtime/operators/group_row_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "runtime/operators/hash_aggregate.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

// Keys k: int64; v: int64?, s: utf8?, o: int64 (distinct), f: bool.
const Schema kInput = {
    {"k", kInt64, false}, {"v", kInt64, true}, {"s", kUtf8, true}, {"o", kInt64, false}, {"f", kBool, true}};

const AggregateOverload* overload(const char* symbol) {
  const AggregateOverload* found = find_aggregate_overload(symbol);
  CHECK(found != nullptr);
  return found;
}

SinkSpec spec_of() {
  AggregateSink node{1, {}, 0};
  node.aggregates.push_back({overload("first_I64"), {1}, kInt64, false, false, {}, {{3, true, false}}});
  node.aggregates.push_back({overload("last_STR"), {2}, kUtf8, false, false, {4}, {{3, false, false}}});
  node.aggregates.push_back({overload("count_I64"), {1}, kInt64, false, true});
  node.aggregates.push_back({overload("mode_I64"), {1}, kInt64});
  node.aggregates.push_back({overload("sum_i64"), {1}, decimal(38, 0)});
  SinkSpec spec{.node = node, .input = kInput, .output = {kInput[0]}};
  for (const GroupAggregate& one : node.aggregates)
    spec.output.push_back({"", one.result, one.overload->result_nullable});
  return spec;
}

std::vector<Row> rows_of(uint64_t count, uint64_t groups, Random& random) {
  std::vector<Row> rows;
  for (uint64_t i = 0; i < count; ++i)
    rows.push_back({{kInt64, static_cast<int64_t>(random() % groups)},
                    random() % 7 == 0 ? null_value(kInt64) : Value{kInt64, static_cast<int64_t>(random() % 9)},
                    random() % 7 == 0 ? null_value(kUtf8) : Value{kUtf8, std::string(random() % 30, 'x')},
                    {kInt64, static_cast<int64_t>(i)},
                    random() % 5 == 0 ? null_value(kBool) : Value{kBool, random() % 2 == 0}});
  std::shuffle(rows.begin(), rows.end(), random);
  return rows;
}

Row expected_group(int64_t key, std::vector<Row> rows) {
  std::sort(rows.begin(), rows.end(),
            [](const Row& l, const Row& r) { return std::get<int64_t>(l[3].data) < std::get<int64_t>(r[3].data); });
  Value last = null_value(kUtf8);
  std::map<int64_t, int64_t> counts;
  std::optional<int128> sum;
  for (const Row& row : rows) {
    if (!row[4].is_null() && std::get<bool>(row[4].data)) last = row[2];
    if (row[1].is_null()) continue;
    ++counts[std::get<int64_t>(row[1].data)];
    sum = sum.value_or(0) + std::get<int64_t>(row[1].data);
  }
  Value mode = null_value(kInt64);
  int64_t most = 0;
  for (const auto& [value, count] : counts)
    if (count > most) {
      mode = {kInt64, value};
      most = count;
    }
  return {{kInt64, key}, rows.back()[1],
          last,          {kInt64, static_cast<int64_t>(counts.size())},
          mode,          sum ? Value{decimal(38, 0), *sum} : null_value(decimal(38, 0))};
}

std::multiset<std::string> oracle(const std::vector<Row>& rows) {
  std::map<int64_t, std::vector<Row>> groups;
  for (const Row& row : rows) groups[std::get<int64_t>(row[0].data)].push_back(row);
  std::multiset<std::string> texts;
  for (const auto& [key, members] : groups) texts.insert(row_text(expected_group(key, members)));
  return texts;
}

std::multiset<std::string> texts_of(const std::vector<Row>& rows) {
  std::multiset<std::string> texts;
  for (const Row& row : rows) texts.insert(row_text(row));
  return texts;
}

TEST(GroupRowList, AgreesWithAMapWhateverTheWorkers) {
  Random random(5);
  for (const uint32_t workers : {1u, 3u}) {
    for (const uint64_t groups : {1ull, 20ull, 3'000ull}) {
      TestContext test;
      const SinkSpec spec = spec_of();
      const std::vector<Row> rows = rows_of(9'000, groups, random);
      HashAggregate sink(std::get<AggregateSink>(spec.node), spec.input, spec.output, test.context);
      ASSERT_TRUE(run_sink(sink, cut_into_batches(spec.input, rows, random), workers, random).ok());
      ASSERT_TRUE(sink.finish().ok());
      for (int pass = 0; pass < 2; ++pass) {
        auto read = read_all(sink);
        ASSERT_TRUE(read.ok()) << to_text(read.error());
        EXPECT_EQ(texts_of(read.value()), oracle(rows));
      }
    }
  }
}

// Where memory ends while the workers' lists are put together, too.
TEST(GroupRowList, LosesNoRowsWhenMemoryEnds) {
  Random random(8);
  const SinkSpec spec = spec_of();
  const std::vector<Row> rows = rows_of(9'000, 20, random);
  const std::multiset<std::string> expected = oracle(rows);
  const std::vector<Batch> batches = cut_into_batches(spec.input, rows, random);
  int failed = 0, answered = 0;
  for (uint64_t budget_bytes = 128 << 10; budget_bytes < 3 << 20; budget_bytes += 32 << 10) {
    TestContext test(budget_bytes);
    HashAggregate sink(std::get<AggregateSink>(spec.node), spec.input, spec.output, test.context);
    Status status = run_sink(sink, batches, 3, random);
    if (status.ok()) status = sink.finish();
    std::vector<Row> given;
    if (status.ok()) {
      auto read = read_all(sink);
      if (read.ok()) given = std::move(read.value());
      if (!read.ok()) status = read.error();
    }
    if (status.ok()) {
      ++answered;
      EXPECT_EQ(texts_of(given), expected) << budget_bytes;
    } else {
      ++failed;
      EXPECT_EQ(status.error().code, ErrorCode::kLimit) << to_text(status.error());
    }
  }
  EXPECT_GT(failed, 0);
  EXPECT_GT(answered, 0);
}

TEST(GroupRowList, SpillsAndGivesTheSame) {
  Random random(6);
  TestContext test(/*budget_bytes=*/uint64_t{4} << 20);
  const SinkSpec spec = spec_of();
  const std::vector<Row> rows = rows_of(30'000, 4'000, random);
  HashAggregate sink(std::get<AggregateSink>(spec.node), spec.input, spec.output, test.context);
  const Status status = run_sink(sink, cut_into_batches(spec.input, rows, random, 2'000), 2, random);
  ASSERT_TRUE(status.ok()) << to_text(status.error());
  ASSERT_TRUE(sink.finish().ok());
  EXPECT_TRUE(sink.spilled());
  auto read = read_all(sink);
  ASSERT_TRUE(read.ok()) << to_text(read.error());
  EXPECT_EQ(texts_of(read.value()), oracle(rows));
}

// A distinct list of few values stays small however many rows come.
TEST(GroupRowList, RepeatsAreRemovedOnTheWay) {
  const GroupAggregate aggregate{overload("count_I64"), {0}, kInt64, false, true};
  const Schema input = {{"v", kInt64, false}};
  const GroupRowList list(aggregate, input);
  const auto encoder = list.encoder();
  TestContext test;
  Reservation reservation(test.budget, "test");
  Arena arena(&reservation);
  RowListState state;
  list.init(&state);
  std::vector<Row> rows;
  for (int64_t i = 0; i < 1'000; ++i) rows.push_back({{kInt64, i % 50}});
  const Batch batch = make_batch(input, rows);
  std::vector<char*> groups(rows.size(), reinterpret_cast<char*>(&state));
  for (int round = 0; round < 100; ++round)
    list.update(0, batch, nullptr, 0, batch.rows, groups.data(), 0, *encoder, arena);
  EXPECT_LT(arena.bytes(), uint64_t{256} << 10);
  int64_t count = 0;
  uint32_t faults = 0;
  const auto found = list.finish(&state, &count, faults, 0, reservation, arena);
  ASSERT_TRUE(found.ok() && found.value());
  EXPECT_EQ(count, 50);
}

TEST(GroupRowList, DamagedBytesAreRefused) {
  const GroupAggregate aggregate{overload("first_STR"), {0}, kUtf8};
  const Schema input = {{"s", kUtf8, true}};
  const GroupRowList list(aggregate, input);
  Arena arena;
  RowListState state;
  list.init(&state);
  const auto encoder = list.encoder();
  const Batch batch = make_batch(input, {{{kUtf8, std::string("a text of some bytes")}}});
  char* group = reinterpret_cast<char*>(&state);
  list.update(0, batch, nullptr, 0, 1, &group, 0, *encoder, arena);
  std::string bytes;
  list.serialize(&state, bytes);
  RowListState read;
  EXPECT_TRUE(list.deserialize(&read, bytes, arena));
  EXPECT_EQ(read.rows, 1u);
  for (size_t size = 1; size < bytes.size(); ++size)
    EXPECT_FALSE(list.deserialize(&read, std::string_view(bytes).substr(0, size), arena)) << size;
}

}  // namespace
}  // namespace headrace
