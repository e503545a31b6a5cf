#include "runtime/operators/sample_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>

#include "runtime/operators/list.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

const Schema kSchema = {{"a", kInt64, true}, {"b", kUtf8, true}};

SampleSpec rows_of_all(uint64_t rows, uint64_t seed) { return {SampleMethod::kReservoir, rows, 0, seed}; }
SampleSpec percent_of(SampleMethod method, double percent, uint64_t seed) {
  return {method, std::nullopt, percent, seed};
}

// Which ordinals of [0, count) plan/sample.h takes, in order: by sorting all keys.
std::vector<uint64_t> oracle(const SampleSpec& spec, uint64_t count) {
  std::vector<uint64_t> taken;
  const bool by_chance = spec.method != SampleMethod::kReservoir;
  const uint64_t size = by_chance ? (spec.method == SampleMethod::kSystem ? kSampleSystemRows : 1)
                                  : (spec.rows ? std::max<uint64_t>(count, 1) : kSampleReservoirRows);
  for (uint64_t begin = 0; begin < count; begin += size) {
    const uint64_t end = std::min(begin + size, count);
    std::vector<std::pair<uint64_t, uint64_t>> keys;
    for (uint64_t at = begin; at < end; ++at) keys.emplace_back(sample_key(spec.seed, at), at);
    std::sort(keys.begin(), keys.end());
    if (!by_chance)
      keys.resize(std::min<uint64_t>(keys.size(), spec.rows ? *spec.rows : sample_share(spec.percent, end - begin)));
    else if (spec.percent < 100 &&
             static_cast<double>(sample_key(spec.seed, begin / size)) * 0x1p-64 >= spec.percent / 100)
      keys.clear();
    for (const auto& [key, at] : keys) taken.push_back(at);
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

std::string text_of(uint64_t number) { return "a text that lies outside of its view " + std::to_string(number); }

std::vector<Row> numbered_rows(uint64_t count) {
  std::vector<Row> rows;
  for (uint64_t i = 0; i < count; ++i) rows.push_back({{kInt64, static_cast<int64_t>(i)}, {kUtf8, text_of(i)}});
  return rows;
}

std::vector<uint64_t> numbers_of(const std::vector<Row>& rows) {
  std::vector<uint64_t> numbers;
  for (const Row& row : rows) {
    numbers.push_back(static_cast<uint64_t>(std::get<int64_t>(row[0].data)));
    EXPECT_EQ(std::get<std::string>(row[1].data), text_of(numbers.back()));
  }
  return numbers;
}

const std::vector<SampleSpec> kSpecs = {
    rows_of_all(0, 0),
    rows_of_all(1, 0),
    rows_of_all(1'000, 7),
    rows_of_all(20'000, 7),
    rows_of_all(INT64_MAX, 7),
    percent_of(SampleMethod::kBernoulli, 0, 1),
    percent_of(SampleMethod::kBernoulli, 33.3, 1),
    percent_of(SampleMethod::kBernoulli, 100, 1),
    percent_of(SampleMethod::kSystem, 40, 3),
    percent_of(SampleMethod::kSystem, 100, 3),
    percent_of(SampleMethod::kReservoir, 0, 2),
    percent_of(SampleMethod::kReservoir, 0.5, 2),
    percent_of(SampleMethod::kReservoir, 10, 2),
    percent_of(SampleMethod::kReservoir, 100, 2),
};

TEST(SampleRows, TakesWhatOrdinalsSayWhoeverReadsThem) {
  Random random(1);
  for (const SampleSpec& spec : kSpecs) {
    for (const uint64_t count : {0ull, 1ull, 2'049ull, 130'000ull}) {
      TestContext test;
      auto sink = make_sink({SampleSink{spec}, kSchema, kSchema, 2}, test.context);
      ASSERT_TRUE(sink.ok());
      const std::vector<Row> rows = numbered_rows(count);
      const auto half = rows.begin() + static_cast<ptrdiff_t>(count / 2);
      const std::vector<Row> parts[] = {{rows.begin(), half}, {half, rows.end()}};
      for (const uint32_t input : {1u, 0u})
        ASSERT_TRUE(
            run_sink(*sink.value(), cut_into_batches(kSchema, parts[input], random, 2'000), 4, random, input).ok());
      ASSERT_TRUE(sink.value()->finish().ok());
      for (const uint32_t rows_max : {64u, 2'048u}) {
        auto source = sink.value()->output();
        ASSERT_TRUE(source.ok());
        EXPECT_TRUE(source.value()->ordered());
        auto read = read_all(*source.value(), rows_max);
        ASSERT_TRUE(read.ok());
        EXPECT_EQ(numbers_of(read.value()), oracle(spec, count)) << to_text(spec) << " of " << count;
      }
    }
  }
}

// Morsels in order by one worker, and by threads that race.
TEST(SampleRows, ThreadsDoNotShow) {
  Random random(2);
  const uint64_t count = 230'000;
  const std::vector<Batch> batches = cut_into_batches(kSchema, numbered_rows(count), random, 2'000);
  for (const SampleSpec& spec : kSpecs) {
    for (const uint32_t threads : {1u, 4u}) {
      TestContext test;
      auto sink = make_sink({SampleSink{spec}, kSchema, kSchema, 1}, test.context);
      ASSERT_TRUE(sink.ok());
      std::atomic<uint64_t> next{0};
      std::atomic<bool> failed{false};
      const auto work = [&] {
        auto local = sink.value()->local();
        for (uint64_t morsel = next++; morsel <= batches.back().morsel; morsel = next++) {
          for (const Batch& batch : batches)
            if (batch.morsel == morsel && !sink.value()->consume(0, batch, *local).ok()) failed = true;
          if (!sink.value()->morsel_done(0, morsel).ok()) failed = true;
        }
        if (!sink.value()->merge(std::move(local)).ok()) failed = true;
      };
      std::vector<std::thread> workers;
      for (uint32_t i = 0; i < threads; ++i) workers.emplace_back(work);
      for (std::thread& worker : workers) worker.join();
      ASSERT_FALSE(failed);
      ASSERT_TRUE(sink.value()->finish().ok());
      auto read = read_all(*sink.value());
      ASSERT_TRUE(read.ok());
      EXPECT_EQ(numbers_of(read.value()), oracle(spec, count)) << to_text(spec) << ", " << threads << " threads";
    }
  }
}

// A sample is small where its input is not: one budget holds it, and is too small for all rows.
TEST(SampleRows, KeepsTheSampleAlone) {
  Random random(3);
  const uint64_t count = 300'000;
  std::vector<Batch> batches = cut_into_batches(kSchema, numbered_rows(count), random, 2'000);
  const auto run = [&](const SampleSpec& spec, uint64_t budget_bytes) -> Status {
    TestContext test(budget_bytes);
    SampleRows sink({spec}, kSchema, test.context);
    auto local = sink.local();
    for (size_t i = 0; i < batches.size(); ++i) {
      TRY_STATUS(sink.consume(0, batches[i], *local));
      if (i + 1 == batches.size() || batches[i + 1].morsel != batches[i].morsel)
        TRY_STATUS(sink.morsel_done(0, batches[i].morsel));
    }
    TRY_STATUS(sink.merge(std::move(local)));
    TRY_STATUS(sink.finish());
    TRY(read, read_all(sink));
    EXPECT_EQ(read.size(), oracle(spec, count).size());
    return kDone;
  };
  const uint64_t budget_bytes = uint64_t{4} << 20;  // the rows have about 24 MiB
  for (const SampleSpec& spec : {rows_of_all(5'000, 1), percent_of(SampleMethod::kReservoir, 2, 1),
                                 percent_of(SampleMethod::kBernoulli, 2, 1), percent_of(SampleMethod::kSystem, 2, 1)})
    EXPECT_TRUE(run(spec, budget_bytes).ok()) << to_text(spec);
  for (const SampleSpec& spec : {rows_of_all(200'000, 1), percent_of(SampleMethod::kReservoir, 100, 1),
                                 percent_of(SampleMethod::kBernoulli, 100, 1)}) {
    const Status status = run(spec, budget_bytes);
    ASSERT_FALSE(status.ok()) << to_text(spec);
    EXPECT_EQ(status.error().code, ErrorCode::kLimit);
    EXPECT_NE(status.error().message.find("sample"), std::string::npos) << status.error().message;
    EXPECT_FALSE(status.error().hint.empty());
  }
}

// The chance of a row is what was asked for, other seeds take other rows, and no pattern of ordinals is preferred.
TEST(SampleRows, SharesAreThoseAskedFor) {
  constexpr uint64_t kRows = 1'000'000;
  for (const uint64_t seed : {0u, 1u, 2u, 42u}) {
    const std::vector<uint64_t> taken = oracle(percent_of(SampleMethod::kBernoulli, 10, seed), kRows);
    EXPECT_NEAR(static_cast<double>(taken.size()), 0.1 * kRows, 0.003 * kRows) << seed;
    uint64_t even = 0, low = 0;
    for (const uint64_t at : taken) {
      even += at % 2 == 0 ? 1 : 0;
      low += at < kRows / 2 ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(even), 0.05 * kRows, 0.003 * kRows) << seed;
    EXPECT_NEAR(static_cast<double>(low), 0.05 * kRows, 0.003 * kRows) << seed;
  }
  // Independent of one another: one row in a hundred is in both.
  const std::vector<uint64_t> one = oracle(percent_of(SampleMethod::kBernoulli, 10, 0), kRows);
  const std::vector<uint64_t> other = oracle(percent_of(SampleMethod::kBernoulli, 10, 1), kRows);
  std::vector<uint64_t> both;
  std::set_intersection(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(both));
  EXPECT_NEAR(static_cast<double>(both.size()), 0.01 * kRows, 0.001 * kRows);
  // Blocks: 489 of them, a fifth of which are 98 ± 9.
  const double system = static_cast<double>(oracle(percent_of(SampleMethod::kSystem, 20, 0), kRows).size());
  EXPECT_NEAR(system, 0.2 * kRows, 0.06 * kRows);
  // A reservoir's rows lie anywhere.
  const std::vector<uint64_t> lowest = oracle(rows_of_all(10'000, 0), kRows);
  const double mean = std::accumulate(lowest.begin(), lowest.end(), 0.0) / 10'000;
  EXPECT_NEAR(mean, 0.5 * kRows, 0.015 * kRows);
}

}  // namespace
}  // namespace headrace
