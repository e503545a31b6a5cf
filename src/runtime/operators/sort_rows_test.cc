#include "runtime/operators/sort_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "runtime/operators/limit_rows.h"
#include "runtime/operators/list.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

const Schema kSchema = {{"a", kInt32, true}, {"b", kUtf8, true}, {"c", kFloat64, true}, {"d", decimal(30, 3), false}};

int order_of(const Value& left, const Value& right, bool descending, bool nulls_first) {
  if (left.is_null() || right.is_null()) return (left.is_null() - right.is_null()) * (nulls_first ? -1 : 1);
  int order = left.data < right.data ? -1 : (right.data < left.data ? 1 : 0);
  if (const auto* number = std::get_if<double>(&left.data)) {
    const double other = std::get<double>(right.data);
    order = std::isnan(*number) || std::isnan(other) ? std::isnan(*number) - std::isnan(other)
                                                     : (*number > other) - (*number < other);
  }
  return descending ? -order : order;
}

// What SortSink promises: by the keys, then by input order or by the remaining columns.
std::vector<std::string> oracle(const std::vector<Row>& rows, const SortSink& spec) {
  std::vector<SortColumn> keys = spec.keys;
  if (!spec.ordered) {
    for (uint32_t column = 0; column < kSchema.size(); ++column) {
      if (std::none_of(spec.keys.begin(), spec.keys.end(), [&](const SortColumn& key) { return key.column == column; }))
        keys.push_back({column, false, false});
    }
  }
  std::vector<uint64_t> places(rows.size());
  std::iota(places.begin(), places.end(), uint64_t{0});
  std::sort(places.begin(), places.end(), [&](uint64_t left, uint64_t right) {
    for (const SortColumn& key : keys) {
      const int order = order_of(rows[left][key.column], rows[right][key.column], key.descending, key.nulls_first);
      if (order != 0) return order < 0;
    }
    return left < right;
  });
  std::vector<std::string> texts;
  const uint64_t end = spec.rows_max ? std::min<uint64_t>(rows.size(), spec.offset + *spec.rows_max) : rows.size();
  for (uint64_t i = std::min<uint64_t>(spec.offset, end); i < end; ++i) texts.push_back(row_text(rows[places[i]]));
  return texts;
}

std::vector<std::string> texts_of(const std::vector<Row>& rows) {
  std::vector<std::string> texts;
  for (const Row& row : rows) texts.push_back(row_text(row));
  return texts;
}

const std::vector<SortSink> kSorts = {
    {{{0, false, false}}, std::nullopt, 0, true},
    {{{1, true, true}, {2, false, true}}, std::nullopt, 0, true},
    {{{2, true, false}}, std::nullopt, 0, false},
    {{{3, false, false}, {0, true, true}}, 10, 3, true},
    {{{1, false, false}}, 5'000, 100, true},
    {{{0, true, false}}, 1, 0, false},
    {{{0, false, false}}, 0, 5, true},
    {{{2, false, false}}, 100, 1'000'000, true},
};

TEST(SortRows, AgreesWithStableSortWhateverTheWorkers) {
  Random random(1);
  for (const SortSink& node : kSorts) {
    for (const uint32_t workers : {1u, 4u}) {
      for (const uint64_t count : {0ull, 1ull, 6'000ull}) {
        TestContext test;
        const SinkSpec spec{node, kSchema, kSchema, 1};
        const std::vector<Row> rows = random_rows(kSchema, count, workers == 1 ? 20 : 3'000, random);
        auto sink = make_sink(spec, test.context);
        ASSERT_TRUE(sink.ok());
        ASSERT_TRUE(run_sink(*sink.value(), cut_into_batches(kSchema, rows, random), workers, random).ok());
        ASSERT_TRUE(sink.value()->finish().ok());
        for (const uint32_t rows_max : {7u, 2'048u}) {
          auto read = read_all(*sink.value(), rows_max);
          ASSERT_TRUE(read.ok());
          EXPECT_EQ(texts_of(read.value()), oracle(rows, node));
        }
        sink.value().reset();
        EXPECT_EQ(test.budget.bytes_used(), 0u);
      }
    }
  }
}

TEST(SortRows, SpillsAndGivesTheSame) {
  Random random(2);
  for (const SortSink& node : kSorts) {
    for (const uint32_t workers : {1u, 3u}) {
      TestContext test(uint64_t{3} << 19);
      const std::vector<Row> rows = random_rows(kSchema, 15'000, 8'000, random);
      SortRows sink(node, kSchema, test.context);
      const Status status = run_sink(sink, cut_into_batches(kSchema, rows, random, 1'000), workers, random);
      ASSERT_TRUE(status.ok()) << to_text(status.error());
      ASSERT_TRUE(sink.finish().ok());
      if (!node.rows_max) EXPECT_TRUE(sink.spilled());
      for (int pass = 0; pass < 2; ++pass) {
        auto read = read_all(sink);
        ASSERT_TRUE(read.ok()) << to_text(read.error());
        EXPECT_EQ(texts_of(read.value()), oracle(rows, node));
      }
      EXPECT_LE(test.budget.bytes_peak(), test.budget.bytes_max());
    }
  }
}

// More rows than std::sort is given at once.
TEST(SortRun, SortsAndCutsManyRows) {
  const Schema schema = {{"a", kInt64, false}};
  const auto value_of = [](std::string_view kind, int64_t row) {
    if (kind == "ascending") return row;
    if (kind == "descending") return -row;
    return static_cast<int64_t>(static_cast<uint64_t>(row) * 0x9e3779b97f4a7c15u >> (kind == "few" ? 62 : 20));
  };
  const auto batch_of = [](const std::vector<int64_t>& values, uint64_t morsel) {
    Vector column;
    column.type = kInt64;
    column.data = values.data();
    return Batch{.rows = limits::kVectorRowsMax, .columns = {column}, .morsel = morsel, .sequence = 0};
  };
  for (const char* kind : {"random", "few", "ascending", "descending"}) {
    for (const uint64_t kept : {std::numeric_limits<uint64_t>::max(), uint64_t{70'000}}) {
      TestContext test;
      const auto shape =
          std::make_shared<SortShape>(schema, std::vector<SortKeyPart>{{0, false, false}}, /*ordinal=*/true, kept);
      SortRun run(shape, test.context);
      std::vector<std::pair<int64_t, int64_t>> expected;
      std::vector<int64_t> values(limits::kVectorRowsMax);
      for (uint64_t morsel = 0; morsel < 100; ++morsel) {
        for (int64_t& value : values) {
          value = value_of(kind, static_cast<int64_t>(expected.size()));
          expected.emplace_back(value, static_cast<int64_t>(expected.size()));
        }
        ASSERT_TRUE(run.append(0, batch_of(values, morsel)).ok());
      }
      ASSERT_TRUE(run.sort().ok());
      ASSERT_TRUE(std::is_sorted(run.entries().begin(), run.entries().end()));
      std::sort(expected.begin(), expected.end());
      ASSERT_GE(run.rows(), std::min<uint64_t>(kept, expected.size()));
      StoredRows rows(schema);
      rows.add(run.store());
      for (uint64_t i = 0; i < std::min<uint64_t>(kept, expected.size()); i += 97) {
        const uint64_t id = run.entries()[i].row;
        int64_t value;
        uint8_t valid;
        rows.gather(0, &id, 1, &value, &valid);
        ASSERT_EQ(value, expected[i].first) << kind << " " << i;
      }
      if (kept < expected.size()) continue;
      test.cancel.cancel();
      (void)run.append(0, batch_of(values, 200)).ok();
      EXPECT_EQ(run.sort().error().code, ErrorCode::kCancelled);
    }
  }
}

TEST(SortRows, MergesManyRunsInPasses) {
  Random random(7);
  TestContext test;
  const auto shape =
      std::make_shared<SortShape>(kSchema, std::vector<SortKeyPart>{{0, false, false}}, false, uint64_t{2'000});
  std::vector<std::string> paths;
  std::vector<Row> all;
  for (int i = 0; i < 200; ++i) {
    SortRun run(shape, test.context);
    const std::vector<Row> rows = random_rows(kSchema, 20, 100, random);
    all.insert(all.end(), rows.begin(), rows.end());
    ASSERT_TRUE(run.append(0, make_batch(kSchema, rows)).ok() && run.sort().ok());
    paths.emplace_back();
    auto writer = test.files.create(shape->run_schema, paths.back());
    ASSERT_TRUE(writer.ok() && run.write(*writer.value()).ok() && writer.value()->close().ok());
  }
  ASSERT_TRUE(merge_runs(shape, paths, test.context).ok());
  EXPECT_LE(paths.size(), kMergeRunsMax);
  EXPECT_EQ(test.files.files(), paths.size());
  auto source = merged_runs_source(shape, paths, 10, test.context);
  ASSERT_TRUE(source.ok());
  auto read = read_all(*source.value());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(texts_of(read.value()), oracle(all, {{{0, false, false}}, 1'990, 10, false}));
}

// A top-n needs memory for a few times n rows, not for its input.
TEST(SortRows, TopNStaysSmall) {
  Random random(3);
  TestContext test(uint64_t{3} << 20);
  SortRows sink(kSorts[3], kSchema, test.context);
  auto local = sink.local();
  for (int i = 0; i < 300; ++i) {
    Batch batch = make_batch(kSchema, random_rows(kSchema, 1'000, 1'000'000, random));
    batch.morsel = static_cast<uint64_t>(i);
    ASSERT_TRUE(sink.consume(0, batch, *local).ok());
  }
  EXPECT_FALSE(sink.spilled());
  EXPECT_LT(test.budget.bytes_peak(), uint64_t{2} << 20);
}

TEST(LimitRows, OrderedGivesTheFirstRowsOfAllInputs) {
  Random random(4);
  for (const auto& [rows_max, offset] :
       std::vector<std::pair<uint64_t, uint64_t>>{{10, 0}, {1'000, 700}, {0, 3}, {100'000, 0}, {5, 9'990}}) {
    TestContext test;
    LimitRows sink({rows_max, offset, true}, kSchema, test.context);
    std::vector<Row> all;
    for (const uint32_t input : {1u, 0u}) {  // the second input comes first
      const std::vector<Row> rows = random_rows(kSchema, 5'000, 50, random);
      ASSERT_TRUE(run_sink(sink, cut_into_batches(kSchema, rows, random), 3, random, input).ok());
      all.insert(all.begin(), rows.begin(), rows.end());
    }
    ASSERT_TRUE(sink.finish().ok());
    std::vector<std::string> expected;
    for (uint64_t i = offset; i < std::min<uint64_t>(offset + rows_max, all.size()); ++i)
      expected.push_back(row_text(all[i]));
    auto read = read_all(sink);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(texts_of(read.value()), expected);
  }
}

TEST(LimitRows, StopsWhenEveryEarlierMorselIsComplete) {
  Random random(5);
  TestContext test;
  LimitRows sink({100, 50, true}, kSchema, test.context);
  auto local = sink.local();
  const auto give = [&](uint64_t morsel, uint64_t rows) {
    Batch batch = make_batch(kSchema, random_rows(kSchema, rows, 5, random));
    batch.morsel = morsel;
    ASSERT_TRUE(sink.consume(0, batch, *local).ok());
  };
  give(1, 1'000);
  ASSERT_TRUE(sink.morsel_done(0, 1).ok());
  EXPECT_FALSE(sink.full());  // morsel 0 may still give rows
  give(0, 40);
  EXPECT_FALSE(sink.full());
  ASSERT_TRUE(sink.morsel_done(0, 0).ok());
  EXPECT_TRUE(sink.full());
  LimitRows none({0, 0, false}, kSchema, test.context);
  EXPECT_TRUE(none.full());
}

TEST(LimitRows, RowsBehindAFaultDoNotSatisfyIt) {
  for (const auto& [rows_before_fault, is_full] : {std::pair<uint64_t, bool>{99, false}, {100, true}}) {
    Random random(6);
    TestContext test;
    LimitRows sink({100, 0, true}, kSchema, test.context);
    auto local = sink.local();
    const auto give = [&](uint64_t morsel, uint64_t rows) {
      Batch batch = make_batch(kSchema, random_rows(kSchema, rows, 5, random));
      batch.morsel = morsel;
      ASSERT_TRUE(sink.consume(0, batch, *local).ok());
    };
    give(2, 1'000);
    ASSERT_TRUE(sink.morsel_done(0, 2).ok());
    ASSERT_TRUE(sink.morsel_cut(0, 3).ok());  // a fault further behind, found first
    give(1, rows_before_fault - 60);
    ASSERT_TRUE(sink.morsel_cut(0, 1).ok());
    give(0, 60);
    EXPECT_FALSE(sink.full());
    ASSERT_TRUE(sink.morsel_done(0, 0).ok());
    EXPECT_EQ(sink.full(), is_full) << rows_before_fault;
  }
}

TEST(LimitRows, UnorderedTakesTheFirstOfTheTotalOrder) {
  Random random(6);
  const std::vector<Row> rows = random_rows(kSchema, 8'000, 300, random);
  SortSink sorted{{}, 20, 7, false};
  for (int run = 0; run < 3; ++run) {
    TestContext test;
    LimitRows sink({20, 7, false}, kSchema, test.context);
    std::vector<Row> shuffled = rows;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    ASSERT_TRUE(run_sink(sink, cut_into_batches(kSchema, shuffled, random), 3, random).ok());
    ASSERT_TRUE(sink.finish().ok());
    auto read = read_all(sink);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(texts_of(read.value()), oracle(rows, sorted));
  }
}

}  // namespace
}  // namespace headrace
