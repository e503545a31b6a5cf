#include "runtime/operators/collect.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/operators/aggregate_all.h"
#include "runtime/operators/list.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

const Schema kSchema = {{"a", kInt64, true}, {"b", kUtf8, true}};

std::vector<std::string> texts_of(const std::vector<Row>& rows) {
  std::vector<std::string> texts;
  for (const Row& row : rows) texts.push_back(row_text(row));
  return texts;
}

TEST(Collect, GivesRowsInInputOrder) {
  Random random(1);
  for (const bool ordered : {true, false}) {
    for (const uint64_t count : {0ull, 1ull, 100'000ull}) {
      TestContext test;
      auto sink = make_sink({CollectSink{ordered}, kSchema, kSchema, 2}, test.context);
      ASSERT_TRUE(sink.ok());
      std::vector<Row> all;
      for (const uint32_t input : {1u, 0u}) {
        const std::vector<Row> rows = random_rows(kSchema, count, 1'000'000, random);
        ASSERT_TRUE(run_sink(*sink.value(), cut_into_batches(kSchema, rows, random, 2'000), 4, random, input).ok());
        all.insert(all.begin(), rows.begin(), rows.end());
      }
      ASSERT_TRUE(sink.value()->finish().ok());
      for (const uint32_t rows_max : {64u, 2'048u}) {
        auto source = sink.value()->output();
        ASSERT_TRUE(source.ok());
        EXPECT_EQ(source.value()->ordered(), ordered);
        auto read = read_all(*source.value(), rows_max);
        ASSERT_TRUE(read.ok());
        std::vector<std::string> expected = texts_of(all), given = texts_of(read.value());
        if (!ordered) {
          std::sort(expected.begin(), expected.end());
          std::sort(given.begin(), given.end());
        }
        EXPECT_EQ(given, expected);
      }
    }
  }
}

TEST(Collect, SaysWhoNeedsTheMemory) {
  Random random(2);
  TestContext test(uint64_t{1} << 20);
  Collect sink({true}, kSchema, test.context);
  const Status status =
      run_sink(sink, cut_into_batches(kSchema, random_rows(kSchema, 100'000, 1'000, random), random), 1, random);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
  EXPECT_NE(status.error().message.find("result"), std::string::npos);
  EXPECT_FALSE(status.error().hint.empty());
}

TEST(AggregateAll, MergesStatesOfWorkersAndSavedOnes) {
  const Schema input = {{"n", kInt64, true}, {"d", decimal(10, 2), true}};
  const AggregateAllSink node{{{find_aggregate_overload("count_none"), {}, kInt64},
                               {find_aggregate_overload("sum_i64"), {0}, decimal(38, 0)},
                               {find_aggregate_overload("avg_dec"), {1}, kFloat64}}};
  for (const uint32_t locals : {0u, 1u, 5u}) {
    TestContext test;
    AggregateAll sink(node, input, test.context);
    for (uint32_t i = 0; i < locals; ++i) {
      auto local = sink.local();
      auto& mine = static_cast<AggregateAllLocal&>(*local);
      const Batch batch = make_batch(input, {{{kInt64, int64_t{i}}, {decimal(10, 2), int128{150}}},
                                             {null_value(kInt64), null_value(decimal(10, 2))}});
      for (uint32_t slot = 0; slot < 3; ++slot) {
        const GroupAggregate& aggregate = node.aggregates[slot];
        KernelContext context{&mine.arena()};
        AggregateArguments arguments;
        arguments.rows = 2;
        arguments.context = &context;
        if (!aggregate.columns.empty()) {
          arguments.data[0] = batch.columns[aggregate.columns[0]].data;
          arguments.validity[0] = batch.columns[aggregate.columns[0]].validity;
        }
        loop_table().aggregates[aggregate.overload->id].update_one(mine.state(slot), arguments);
      }
      ASSERT_TRUE(sink.merge(std::move(local)).ok());
    }
    std::string path;
    auto writer = test.files.create(sink.state_schema(), path);
    ASSERT_TRUE(sink.save({0, 2'048}, *writer.value()).ok());
    ASSERT_TRUE(sink.save({2'048, 4'096}, *writer.value()).ok());
    ASSERT_TRUE(writer.value()->close().ok());
    AggregateAll restored(node, input, test.context);
    auto reader = test.files.open(sink.state_schema(), path);
    ASSERT_TRUE(restored.load(*reader.value()).ok());
    for (Sink* one : {static_cast<Sink*>(&sink), static_cast<Sink*>(&restored)}) {
      ASSERT_TRUE(one->finish().ok());
      auto read = read_all(*one);
      ASSERT_TRUE(read.ok());
      const Row none = {{kInt64, int64_t{0}}, null_value(decimal(38, 0)), null_value(kFloat64)};
      const Row some = {
          {kInt64, int64_t{2} * locals}, {decimal(38, 0), int128{locals * (locals - 1) / 2}}, {kFloat64, 1.5}};
      EXPECT_EQ(texts_of(read.value()), texts_of({locals == 0 ? none : some}));
    }
  }
}

}  // namespace
}  // namespace headrace
