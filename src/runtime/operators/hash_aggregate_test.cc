#include "runtime/operators/hash_aggregate.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <thread>

#include "runtime/operators/list.h"
#include "runtime/test_context.h"
#include "state/row_hash.h"

namespace headrace {
namespace {

// Columns: keys, then n: int64?, x: float64?, s: utf8?, d: decimal(20,2).
const Schema kArguments = {
    {"n", kInt64, true}, {"x", kFloat64, true}, {"s", kUtf8, true}, {"d", decimal(20, 2), false}};

SinkSpec spec_for(const Schema& keys, int64_t window_us = 0) {
  const auto first = static_cast<uint32_t>(keys.size());
  AggregateSink node{first, {}, window_us};
  SinkSpec spec{.node = {}, .input = keys, .output = keys};
  spec.input.insert(spec.input.end(), kArguments.begin(), kArguments.end());
  const auto add = [&](const char* symbol, std::vector<uint32_t> columns, Type result) {
    const AggregateOverload* overload = find_aggregate_overload(symbol);
    CHECK(overload != nullptr);
    node.aggregates.push_back({overload, std::move(columns), result});
    spec.output.push_back({symbol, result, true});
  };
  add("count_none", {}, kInt64);
  add("sum_i64", {first}, decimal(38, 0));
  add("sum_f64", {first + 1}, kFloat64);
  add("min_STR", {first + 2}, kUtf8);
  add("max_I64", {first}, kInt64);
  add("avg_dec", {first + 3}, kFloat64);
  spec.node = node;
  return spec;
}

std::vector<Row> input_rows(const SinkSpec& spec, uint64_t count, uint64_t distinct, Random& random) {
  std::vector<Row> rows = random_rows(spec.input, count, distinct, random);
  for (Row& row : rows) {
    for (size_t i = row.size() - 4; i < row.size(); ++i)
      row[i] = random_value(spec.input[i].type, spec.input[i].nullable, 1'000, random);
    Value& number = row[row.size() - 4];
    if (!number.is_null()) number.data = static_cast<int64_t>(random() % 1'000'000) - 500'000;
    Value& x = row[row.size() - 3];
    if (!x.is_null())
      x.data = static_cast<double>(static_cast<int64_t>(random() % 2'000'001) - 1'000'000) / 8;  // sums are exact
    row.back().data = static_cast<int128>(random() % 100'000);
  }
  return rows;
}

struct Expected {
  Row key;
  int64_t count = 0;
  std::optional<int128> sum;
  std::optional<double> float_sum;
  std::optional<std::string> least;
  std::optional<int64_t> greatest;
  int64_t decimal_sum = 0;
};

// The groups as texts, computed row by row.
std::multiset<std::string> oracle(const std::vector<Row>& rows, size_t key_columns) {
  std::map<std::string, Expected> groups;
  for (const Row& row : rows) {
    const Row key(row.begin(), row.begin() + static_cast<ptrdiff_t>(key_columns));
    Expected& group = groups[row_text(key)];
    group.key = key;
    ++group.count;
    if (const auto* n = std::get_if<int64_t>(&row[key_columns].data)) {
      group.sum = group.sum.value_or(0) + *n;
      group.greatest = std::max(group.greatest.value_or(*n), *n);
    }
    if (const auto* x = std::get_if<double>(&row[key_columns + 1].data))
      group.float_sum = group.float_sum.value_or(0) + *x;
    if (const auto* s = std::get_if<std::string>(&row[key_columns + 2].data))
      group.least = std::min(group.least.value_or(*s), *s);
    group.decimal_sum += static_cast<int64_t>(std::get<int128>(row[key_columns + 3].data));
  }
  std::multiset<std::string> texts;
  for (auto& [text, group] : groups) {
    Row row = group.key;
    row.push_back({kInt64, group.count});
    row.push_back(group.sum ? Value{decimal(38, 0), *group.sum} : null_value(decimal(38, 0)));
    row.push_back(group.float_sum ? Value{kFloat64, *group.float_sum} : null_value(kFloat64));
    row.push_back(group.least ? Value{kUtf8, *group.least} : null_value(kUtf8));
    row.push_back(group.greatest ? Value{kInt64, *group.greatest} : null_value(kInt64));
    row.push_back({kFloat64, static_cast<double>(group.decimal_sum) / static_cast<double>(group.count * 100)});
    texts.insert(row_text(row));
  }
  return texts;
}

std::multiset<std::string> texts_of(const std::vector<Row>& rows) {
  std::multiset<std::string> texts;
  for (const Row& row : rows) texts.insert(row_text(row));
  return texts;
}

const std::vector<Schema> kKeySchemas = {
    {{"a", kInt64, false}},
    {{"a", kUtf8, true}, {"b", kInt32, true}},
    {{"a", kFloat64, true}},
    {{"a", decimal(38, 0), true}, {"b", kBool, false}, {"c", kDate, true}, {"d", kUtf8, false}},
};

TEST(HashAggregate, AgreesWithAMapWhateverTheWorkers) {
  Random random(1);
  for (const Schema& keys : kKeySchemas) {
    for (const uint32_t workers : {1u, 2u, 7u}) {
      for (const uint64_t count : {0ull, 1ull, 20'000ull}) {
        TestContext test;
        const SinkSpec spec = spec_for(keys);
        const std::vector<Row> rows = input_rows(spec, count, workers == 2 ? 6'000 : 30, random);
        auto sink = make_sink(spec, test.context);
        ASSERT_TRUE(sink.ok());
        ASSERT_TRUE(run_sink(*sink.value(), cut_into_batches(spec.input, rows, random), workers, random).ok());
        ASSERT_TRUE(sink.value()->finish().ok());
        const auto expected = oracle(rows, keys.size());
        for (const uint32_t rows_max : {7u, 2'048u}) {  // two passes
          auto read = read_all(*sink.value(), rows_max);
          ASSERT_TRUE(read.ok());
          EXPECT_EQ(texts_of(read.value()), expected);
        }
        EXPECT_EQ(test.files.created(), 0u);
        sink.value().reset();
        EXPECT_EQ(test.budget.bytes_used(), 0u);
      }
    }
  }
}

TEST(HashAggregate, SpillsAndGivesTheSame) {
  Random random(2);
  for (const Schema& keys : kKeySchemas) {
    for (const uint32_t workers : {1u, 3u}) {
      TestContext test(/*budget_bytes=*/uint64_t{3} << 20);
      const SinkSpec spec = spec_for(keys);
      const std::vector<Row> rows = input_rows(spec, 20'000, 20'000, random);
      HashAggregate sink(std::get<AggregateSink>(spec.node), spec.input, spec.output, test.context);
      const Status status = run_sink(sink, cut_into_batches(spec.input, rows, random, 2'000), workers, random);
      ASSERT_TRUE(status.ok()) << to_text(status.error());
      ASSERT_TRUE(sink.finish().ok());
      EXPECT_TRUE(sink.spilled());
      const auto expected = oracle(rows, keys.size());
      for (int pass = 0; pass < 2; ++pass) {
        auto read = read_all(sink);
        ASSERT_TRUE(read.ok()) << to_text(read.error());
        EXPECT_EQ(texts_of(read.value()), expected);
      }
      EXPECT_LE(test.budget.bytes_peak(), test.budget.bytes_max());
    }
  }
}

// Partitions that do not fit are split again.
TEST(HashAggregate, SplitsPartitionsThatDoNotFit) {
  Random random(3);
  const Schema keys = {{"a", kUtf8, true}, {"b", kInt64, false}};
  const SinkSpec spec = spec_for(keys);
  TestContext test(uint64_t{2} << 20, 1);
  const std::vector<Row> rows = input_rows(spec, 60'000, 1'000'000, random);
  HashAggregate sink(std::get<AggregateSink>(spec.node), spec.input, spec.output, test.context);
  ASSERT_TRUE(run_sink(sink, cut_into_batches(spec.input, rows, random, 2'000), 1, random).ok());
  ASSERT_TRUE(sink.finish().ok());
  const uint64_t files = test.files.created();
  // Most of the budget is taken by someone else when the result is read.
  Reservation other(test.budget, "someone else");
  ASSERT_TRUE(other.grow(uint64_t{7} << 18).ok());
  auto read = read_all(sink);
  ASSERT_TRUE(read.ok()) << to_text(read.error());
  EXPECT_GT(test.files.created(), files);
  EXPECT_EQ(texts_of(read.value()), oracle(rows, keys.size()));
}

TEST(HashAggregate, NamesTheConsumerWhenMemoryEnds) {
  Random random(4);
  const SinkSpec spec = spec_for({{"a", kInt64, false}});
  TestContext test(uint64_t{1} << 20);
  Reservation other(test.budget, "someone else");
  ASSERT_TRUE(other.grow((uint64_t{1} << 20) - 30'000).ok());
  HashAggregate sink(std::get<AggregateSink>(spec.node), spec.input, spec.output, test.context);
  const Status status =
      run_sink(sink, cut_into_batches(spec.input, input_rows(spec, 5'000, 5'000, random), random), 1, random);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
  EXPECT_NE(status.error().message.find("aggregate"), std::string::npos) << to_text(status.error());
  EXPECT_NE(status.error().message.find("someone else"), std::string::npos) << to_text(status.error());
  EXPECT_FALSE(status.error().hint.empty());
}

TEST(HashAggregate, OverflowAtTheEndIsAFault) {
  const Schema input = {{"k", kInt64, false}, {"d", decimal(38, 0), false}};
  const SinkSpec spec{AggregateSink{1, {{find_aggregate_overload("sum_dec"), {1}, decimal(38, 0)}}, 0}, input, {}, 1};
  for (const bool back : {false, true}) {
    TestContext test;
    auto sink = make_sink(spec, test.context);
    ASSERT_TRUE(sink.ok());
    int128 greatest = 1;
    for (int i = 0; i < 38; ++i) greatest *= 10;
    std::vector<Row> rows(3, Row{{kInt64, int64_t{1}}, {decimal(38, 0), greatest - 1}});
    if (back) rows[1][1].data = 1 - greatest;  // a sum may leave the type in between
    Random random(5);
    ASSERT_TRUE(run_sink(*sink.value(), {make_batch(input, rows)}, 1, random).ok());
    Status status = sink.value()->finish();
    if (status.ok()) {
      auto read = read_all(*sink.value());
      if (!read.ok()) status = read.error();
    }
    ASSERT_EQ(status.ok(), back);
    if (!back) EXPECT_EQ(status.error().code, ErrorCode::kFault) << to_text(status.error());
  }
}

// Runs windows over a stream with watermarks, saved and restored in the middle at another number of workers and files.
TEST(HashAggregate, WindowsCloseByWatermarkAndSurviveARestart) {
  constexpr int64_t kWindow = 1'000;
  const Schema keys = {{"start", kTimestamp, true}, {"k", kUtf8, true}};
  const SinkSpec spec = spec_for(keys, kWindow);
  Random random(6);
  for (const bool restart : {false, true}) {
    TestContext test;
    auto sink = make_sink(spec, test.context);
    ASSERT_TRUE(sink.ok());
    std::vector<Row> all, emitted;
    uint64_t late = 0;
    const Emit emit = [&](const Batch& batch) -> Status {
      for (Row& row : rows_of(batch)) emitted.push_back(std::move(row));
      return kDone;
    };
    int64_t watermark = 0;
    for (int epoch = 0; epoch < 20; ++epoch) {
      std::vector<Row> rows = input_rows(spec, 500, 20, random);
      for (Row& row : rows) {
        if (random() % 50 == 0) {
          row[0] = null_value(kTimestamp);
        } else {
          const int64_t time = watermark - 1'500 + static_cast<int64_t>(random() % 4'000);
          row[0] = {kTimestamp, time - ((time % kWindow) + kWindow) % kWindow};
        }
        const auto* start = std::get_if<int64_t>(&row[0].data);
        if (epoch > 0 && start != nullptr && *start + kWindow <= watermark) {
          ++late;
        } else {
          all.push_back(row);
        }
      }
      ASSERT_TRUE(run_sink(*sink.value(), cut_into_batches(spec.input, rows, random), restart ? 3 : 2, random).ok());
      watermark += 700;
      ASSERT_TRUE(sink.value()->on_watermark({watermark}, emit).ok());
      for (const Row& row : emitted) ASSERT_LE(std::get<int64_t>(row[0].data) + kWindow, watermark);
      if (restart && epoch == 10) {
        auto fresh = make_sink(spec, test.context);
        ASSERT_TRUE(fresh.ok());
        for (uint32_t part = 0; part < 4; ++part) {
          std::string path;
          auto writer = test.files.create(sink.value()->state_schema(), path);
          ASSERT_TRUE(sink.value()->save({part * 1'024, (part + 1) * 1'024}, *writer.value()).ok());
          ASSERT_TRUE(writer.value()->close().ok());
          auto reader = test.files.open(sink.value()->state_schema(), path);
          ASSERT_TRUE(fresh.value()->load(*reader.value()).ok());
        }
        late -= dynamic_cast<HashAggregate&>(*sink.value()).rows_late();
        sink = std::move(fresh);
        ASSERT_TRUE(sink.value()->on_watermark({watermark}, emit).ok());
      }
    }
    ASSERT_TRUE(sink.value()->finish().ok());
    auto rest = read_all(*sink.value());
    ASSERT_TRUE(rest.ok());
    EXPECT_FALSE(emitted.empty());
    EXPECT_FALSE(rest.value().empty());
    emitted.insert(emitted.end(), rest.value().begin(), rest.value().end());
    EXPECT_EQ(texts_of(emitted), oracle(all, keys.size()));
    EXPECT_EQ(dynamic_cast<HashAggregate&>(*sink.value()).rows_late(), late);
  }
}

// Wherever memory ends, also while the workers' tables are put together: an error or the whole answer.
TEST(HashAggregate, MemoryThatEndsIsAnError) {
  Random random(9);
  const Schema keys = {{"a", kInt64, false}};
  const SinkSpec spec = spec_for(keys);
  std::vector<Row> rows = input_rows(spec, 8'000, 8'000, random);
  for (size_t i = 0; i < rows.size(); ++i) rows[i][0] = {kInt64, static_cast<int64_t>(i)};
  const auto expected = oracle(rows, keys.size());
  const std::vector<Batch> batches = cut_into_batches(spec.input, rows, random);
  int failed = 0, answered = 0;
  for (uint64_t budget_bytes = 1 << 20; budget_bytes < 4 << 20; budget_bytes += 24 << 10) {
    TestContext test(budget_bytes, 4);
    HashAggregate sink(std::get<AggregateSink>(spec.node), spec.input, spec.output, test.context);
    Status status = run_sink(sink, batches, 4, random);
    if (status.ok()) status = sink.finish();
    if (!status.ok()) continue;
    auto source = sink.output();
    ASSERT_TRUE(source.ok());
    const auto read = read_all(*source.value());
    if (read.ok()) {
      ++answered;
      EXPECT_EQ(texts_of(read.value()), expected) << budget_bytes;
    } else {
      ++failed;
      EXPECT_EQ(read.error().code, ErrorCode::kLimit) << to_text(read.error());
      EXPECT_FALSE(read_all(*source.value()).ok()) << "what is half merged is not read";
    }
  }
  EXPECT_GT(failed, 0);
  EXPECT_GT(answered, 0);
}

TEST(HashAggregate, WorkersFillMergeAndReadAtTheSameTime) {
  Random random(7);
  const Schema keys = {{"a", kInt64, true}};
  const SinkSpec spec = spec_for(keys);
  for (const uint64_t budget : {uint64_t{1} << 30, uint64_t{8} << 20}) {
    TestContext test(budget, 4);
    const std::vector<Row> rows = input_rows(spec, 100'000, 50'000, random);
    const std::vector<Batch> batches = cut_into_batches(spec.input, rows, random, 2'000);
    HashAggregate sink(std::get<AggregateSink>(spec.node), spec.input, spec.output, test.context);
    std::vector<std::thread> workers;
    std::atomic<int> failures{0};
    for (uint32_t worker = 0; worker < 4; ++worker) {
      workers.emplace_back([&, worker] {
        auto local = sink.local();
        for (size_t i = worker; i < batches.size(); i += 4)
          failures += sink.consume(0, batches[i], *local).ok() ? 0 : 1;
        failures += sink.merge(std::move(local)).ok() ? 0 : 1;
      });
    }
    for (std::thread& worker : workers) worker.join();
    ASSERT_EQ(failures, 0);
    ASSERT_TRUE(sink.finish().ok());
    EXPECT_EQ(sink.spilled(), budget < uint64_t{1} << 30);
    auto source = sink.output();
    ASSERT_TRUE(source.ok());
    std::vector<std::vector<Row>> parts(4);
    workers.clear();
    for (uint32_t worker = 0; worker < 4; ++worker) {
      workers.emplace_back([&, worker] {
        auto read = read_all(*source.value());
        failures += read.ok() ? 0 : 1;
        if (read.ok()) parts[worker] = std::move(read.value());
      });
    }
    for (std::thread& worker : workers) worker.join();
    ASSERT_EQ(failures, 0);
    for (int worker = 1; worker < 4; ++worker)
      parts[0].insert(parts[0].end(), parts[worker].begin(), parts[worker].end());
    EXPECT_EQ(texts_of(parts[0]), oracle(rows, keys.size()));
  }
}

}  // namespace
}  // namespace headrace
