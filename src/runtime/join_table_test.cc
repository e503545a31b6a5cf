#include "runtime/join_table.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "runtime/operators/join_build.h"
#include "runtime/operators/list.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

using Pair = std::pair<uint64_t, std::string>;  // probe row, build row as text

struct Case {
  Schema schema;
  uint32_t key_columns;
};
const std::vector<Case> kCases = {
    {{{"k", kInt64, true}, {"v", kUtf8, true}}, 1},
    {{{"k", kInt64, false}, {"v", kInt32, false}}, 1},
    {{{"k", kUtf8, true}, {"l", kFloat64, true}, {"v", decimal(20, 1), true}, {"w", kBool, true}}, 2},
    {{{"k", kInt32, true}, {"l", kDate, true}}, 2},
};

std::string null_row(const Schema& schema) {
  Row row;
  for (const Column& column : schema) row.push_back(null_value(column.type));
  return row_text(row);
}

// Nested loops over the rows in order.
std::vector<Pair> oracle(const Case& c, const std::vector<Row>& probes, const std::vector<Row>& builds, JoinKind kind) {
  std::multimap<std::string, size_t> by_key;  // keeps the order of insertion within a key
  const auto key_of = [&](const Row& row) -> std::optional<std::string> {
    for (uint32_t i = 0; i < c.key_columns; ++i)
      if (row[i].is_null()) return std::nullopt;
    return row_text(Row(row.begin(), row.begin() + c.key_columns));
  };
  for (size_t i = 0; i < builds.size(); ++i)
    if (const auto key = key_of(builds[i])) by_key.emplace(*key, i);
  std::vector<Pair> pairs;
  for (size_t i = 0; i < probes.size(); ++i) {
    const auto key = key_of(probes[i]);
    const auto [first, last] = key ? by_key.equal_range(*key) : std::pair(by_key.end(), by_key.end());
    for (auto at = first; at != last; ++at) pairs.emplace_back(i, row_text(builds[at->second]));
    if (first == last && kind == JoinKind::kLeft) pairs.emplace_back(i, null_row(c.schema));
  }
  return pairs;
}

std::vector<Pair> run_probe(const Case& c, const JoinTable& table, const std::vector<Row>& probes, JoinKind kind,
                            uint32_t capacity, Random& random, MemoryBudget& budget) {
  JoinTable::ProbeState state(table, budget);
  std::vector<Pair> pairs;
  std::vector<uint16_t> probe_rows(capacity);
  std::vector<uint64_t> build_rows(capacity);
  for (size_t done = 0; done < probes.size();) {
    const size_t count = std::min<size_t>(probes.size() - done, 1 + random() % 500);
    // Rows that are not selected stand between those that are.
    std::vector<Row> rows;
    std::vector<uint16_t> selection;
    for (size_t i = 0; i < count; ++i) {
      if (random() % 3 == 0) rows.push_back(probes[random() % probes.size()]);
      selection.push_back(static_cast<uint16_t>(rows.size()));
      rows.push_back(probes[done + i]);
    }
    const Batch batch = make_batch(c.schema, rows, random() % 2 == 0 ? Encoding::kFlat : Encoding::kDictionary);
    std::vector<uint16_t> kept = selection;
    if (kind == JoinKind::kInner && random() % 2 == 0) {
      auto left =
          table.keep_found(state, batch.columns.data(), selection.data(), static_cast<uint32_t>(count), kept.data());
      CHECK(left.ok());
      kept.resize(left.value());
    }
    do {
      auto found = table.probe(state, batch.columns.data(), kept.data(), static_cast<uint32_t>(kept.size()),
                               kind == JoinKind::kLeft, capacity, probe_rows.data(), build_rows.data());
      CHECK(found.ok());
      Batch fetched;
      fetched.rows = found.value();
      for (uint32_t column = 0; column < c.schema.size(); ++column) {
        auto vector = table.gather(column, build_rows.data(), fetched.rows, budget);
        CHECK(vector.ok());
        fetched.columns.push_back(std::move(vector.value()));
      }
      const std::vector<Row> values = rows_of(fetched);
      for (uint32_t i = 0; i < fetched.rows; ++i) {
        const auto at = std::find(selection.begin(), selection.end(), probe_rows[i]) - selection.begin();
        pairs.emplace_back(done + static_cast<size_t>(at), row_text(values[i]));
      }
    } while (!state.finished());
    done += count;
  }
  return pairs;
}

TEST(JoinTable, AgreesWithNestedLoops) {
  Random random(1);
  for (const Case& c : kCases) {
    for (const uint32_t workers : {1u, 3u}) {
      for (const uint64_t count : {0ull, 1ull, 3'000ull}) {
        TestContext test;
        const std::vector<Row> builds = random_rows(c.schema, count, workers == 1 ? 20 : 2'000, random);
        const std::vector<Row> probes = random_rows(c.schema, 300, workers == 1 ? 20 : 2'000, random);
        auto sink = make_sink({JoinBuildSink{c.key_columns}, c.schema, c.schema, 1}, test.context);
        ASSERT_TRUE(sink.ok());
        ASSERT_TRUE(run_sink(*sink.value(), cut_into_batches(c.schema, builds, random), workers, random).ok());
        ASSERT_TRUE(sink.value()->finish().ok());
        const JoinTable& table = join_table_of(*sink.value());
        for (const JoinKind kind : {JoinKind::kInner, JoinKind::kLeft}) {
          for (const uint32_t capacity : {1u, 7u, 2'048u}) {
            EXPECT_EQ(run_probe(c, table, probes, kind, capacity, random, test.budget),
                      oracle(c, probes, builds, kind));
          }
        }
        sink.value().reset();
        EXPECT_EQ(test.budget.bytes_used(), 0u);
      }
    }
  }
}

// What SQL's IN says of each probe row, where nulls are equal in no key, or in all.
std::vector<JoinTable::Found> oracle_found(const Case& c, const std::vector<Row>& probes,
                                           const std::vector<Row>& builds, bool nulls_equal) {
  std::vector<JoinTable::Found> found;
  for (const Row& probe : probes) {
    JoinTable::Found best = JoinTable::Found::kFalse;
    for (const Row& build : builds) {
      const bool null = !nulls_equal && (probe[0].is_null() || build[0].is_null());
      if (null && best == JoinTable::Found::kFalse) best = JoinTable::Found::kNull;
      const auto key = [&](const Row& row) { return row_text(Row(row.begin(), row.begin() + c.key_columns)); };
      if (!null && key(probe) == key(build)) best = JoinTable::Found::kTrue;
    }
    found.push_back(best);
  }
  return found;
}

TEST(JoinTable, FindsAsInDoes) {
  Random random(3);
  const std::vector<Schema> schemas = {
      {{"k", kInt64, true}}, {{"k", kUtf8, true}}, {{"k", kInt32, true}}, {{"k", kDate, false}}};
  for (const Schema& schema : schemas) {
    for (const bool nulls_equal : {false, true}) {
      for (const uint64_t count : {0ull, 1ull, 40ull}) {
        TestContext test;
        const Case c{schema, 1};
        const std::vector<Row> builds = random_rows(schema, count, 30, random);
        const std::vector<Row> probes = random_rows(schema, 200, 30, random);
        const JoinBuildSink node{1, {nulls_equal}, false};
        auto sink = make_sink({node, schema, schema, 1}, test.context);
        ASSERT_TRUE(sink.ok());
        ASSERT_TRUE(run_sink(*sink.value(), cut_into_batches(schema, builds, random), 2, random).ok());
        ASSERT_TRUE(sink.value()->finish().ok());
        const JoinTable& table = join_table_of(*sink.value());
        JoinTable::ProbeState state(table, test.budget);
        const Batch batch = make_batch(schema, probes);
        std::vector<JoinTable::Found> found(probes.size());
        ASSERT_TRUE(table.find(state, batch.columns.data(), nullptr, batch.rows, found.data()).ok());
        EXPECT_EQ(found, oracle_found(c, probes, builds, nulls_equal));
      }
    }
  }
}

TEST(JoinTable, GivesTheRowsThatNobodyMatchedInTheirOrder) {
  Random random(4);
  const Schema schema = {{"k", kInt64, true}, {"v", kUtf8, true}};
  for (const uint64_t count : {0ull, 1ull, 5'000ull}) {
    TestContext test;
    const std::vector<Row> builds = random_rows(schema, count, 3'000, random);
    const std::vector<Row> probes = random_rows(schema, 1'000, 3'000, random);
    auto sink = make_sink({JoinBuildSink{1, {}, true}, schema, schema, 1}, test.context);
    ASSERT_TRUE(sink.ok());
    ASSERT_TRUE(run_sink(*sink.value(), cut_into_batches(schema, builds, random), 3, random).ok());
    ASSERT_TRUE(sink.value()->finish().ok());
    const JoinTable& table = join_table_of(*sink.value());
    JoinTable::ProbeState state(table, test.budget);
    const Batch batch = make_batch(schema, probes);
    std::set<std::string> keys;
    for (const Row& probe : probes)
      if (!probe[0].is_null()) keys.insert(row_text({probe[0]}));
    std::vector<uint16_t> probe_rows(2'048);
    std::vector<uint64_t> build_rows(2'048);
    do {
      auto found = table.probe(state, batch.columns.data(), nullptr, batch.rows, true, 2'048, probe_rows.data(),
                               build_rows.data());
      ASSERT_TRUE(found.ok());
      table.remember(build_rows.data(), found.value());
    } while (!state.finished());
    std::vector<std::string> expected;
    for (const Row& build : builds)
      if (!keys.contains(row_text({build[0]}))) expected.push_back(row_text(build));
    const auto rows = read_all(*sink.value());
    ASSERT_TRUE(rows.ok());
    std::vector<std::string> given;
    for (const Row& row : rows.value()) given.push_back(row_text(row));
    EXPECT_EQ(given, expected);
  }
}

// 10^5 probe rows against 10^5 build rows of the same key, in constant memory: here a share of the probe rows.
TEST(JoinTable, ExplodesInConstantMemory) {
  constexpr uint32_t kRows = 100'000;
  const Case c{{{"k", kInt64, false}, {"v", kInt64, false}}, 1};
  TestContext test(uint64_t{16} << 20);
  auto sink = make_sink({JoinBuildSink{1}, c.schema, c.schema, 1}, test.context);
  ASSERT_TRUE(sink.ok());
  Random random(2);
  std::vector<Row> rows;
  for (int64_t i = 0; i < kRows; ++i) rows.push_back({{kInt64, int64_t{7}}, {kInt64, i}});
  ASSERT_TRUE(run_sink(*sink.value(), cut_into_batches(c.schema, rows, random, 2'000), 2, random).ok());
  ASSERT_TRUE(sink.value()->finish().ok());
  const JoinTable& table = join_table_of(*sink.value());
  EXPECT_EQ(table.keys(), 1u);
  JoinTable::ProbeState state(table, test.budget);
  const Batch batch = make_batch(c.schema, {rows.begin(), rows.begin() + 100});
  std::vector<uint16_t> probe_rows(2'048);
  std::vector<uint64_t> build_rows(2'048);
  std::vector<int64_t> values(2'048);
  uint64_t pairs = 0, bytes = 0;
  do {
    auto found = table.probe(state, batch.columns.data(), nullptr, batch.rows, false, 2'048, probe_rows.data(),
                             build_rows.data());
    ASSERT_TRUE(found.ok());
    table.gather(1, build_rows.data(), found.value(), values.data(), nullptr);
    for (uint32_t i = 0; i < found.value(); ++i, ++pairs) {
      ASSERT_EQ(probe_rows[i], pairs / kRows);
      ASSERT_EQ(values[i], static_cast<int64_t>(pairs % kRows));  // build order
    }
    if (bytes == 0) bytes = test.budget.bytes_used();
    ASSERT_EQ(test.budget.bytes_used(), bytes);
  } while (!state.finished());
  EXPECT_EQ(pairs, uint64_t{100} * kRows);
}

TEST(JoinTable, SaysWhoNeedsTheMemory) {
  const Schema schema = {{"k", kInt64, false}};
  Random random(3);
  TestContext test(uint64_t{600} << 10);
  auto sink = make_sink({JoinBuildSink{1}, schema, schema, 1}, test.context);
  ASSERT_TRUE(sink.ok());
  Status status = run_sink(*sink.value(),
                           cut_into_batches(schema, random_rows(schema, 20'000, 1'000'000, random), random), 1, random);
  if (status.ok()) status = sink.value()->finish();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
  EXPECT_NE(status.error().message.find("join build side"), std::string::npos);
  EXPECT_FALSE(status.error().hint.empty());
}

// Whether the budget lets the index of `rows` keys 0, stride, 2 * stride … be made; when it does, each key is found.
bool fits(int64_t stride, uint64_t budget_bytes) {
  constexpr int64_t kRows = 100'000;
  const Schema schema = {{"k", kInt64, false}};
  TestContext test(budget_bytes);
  auto sink = make_sink({JoinBuildSink{1}, schema, schema, 1}, test.context);
  CHECK(sink.ok());
  Random random(4);
  std::vector<Row> rows;
  for (int64_t i = 0; i < kRows; ++i) rows.push_back({{kInt64, i * stride}});
  CHECK(run_sink(*sink.value(), cut_into_batches(schema, rows, random, 2'000), 1, random).ok());
  if (!sink.value()->finish().ok()) return false;
  const JoinTable& table = join_table_of(*sink.value());
  EXPECT_EQ(table.keys(), uint64_t{kRows});
  JoinTable::ProbeState state(table, test.budget);
  const Batch batch = make_batch(schema, {rows.end() - 100, rows.end()});
  JoinTable::Found found[100];
  EXPECT_TRUE(table.find(state, batch.columns.data(), nullptr, batch.rows, found).ok());
  for (const JoinTable::Found one : found) EXPECT_EQ(one, JoinTable::Found::kTrue);
  return true;
}

TEST(JoinTable, HashesWhenTheRangeOfKeysIsTooLargeForTheBudget) {
  constexpr int64_t kDense = 250, kSparse = 300;  // two bits a value: 6 MB; beyond 256 values a row keys are hashed
  uint64_t budget_bytes = uint64_t{1} << 20;
  while (!fits(kSparse, budget_bytes)) budget_bytes += 128 << 10;
  EXPECT_TRUE(fits(kDense, budget_bytes)) << budget_bytes;
}

}  // namespace
}  // namespace headrace
