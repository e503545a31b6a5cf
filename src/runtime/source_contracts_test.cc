// Goal: sources that read no files keep what their contracts promise, and a contract that promises something else is found out.
// Method: runtime/test_sources.h. Sources of tables and files: io/source_contracts_test.cc, streams from outside: engine/stream_contracts_test.cc.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "fuse/contracts.h"
#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "runtime/operators/join_build.h"
#include "runtime/operators/list.h"
#include "runtime/range_source.h"
#include "runtime/recursion_rows.h"
#include "runtime/recursion_source.h"
#include "runtime/test_sources.h"
#include "runtime/values_source.h"

namespace headrace {
namespace {

const Schema kColumns = {{"key", kInt64, false}, {"t", kUtf8, true}, {"times", kInt64, false}};

std::vector<Row> numbered_rows(int64_t count) {
  std::vector<Row> rows;
  for (int64_t key = 0; key < count; ++key)
    rows.push_back({{kInt64, key},
                    key % 7 == 0 ? null_value(kUtf8) : Value{kUtf8, fmt::format("a text of row number {}", key)},
                    {kInt64, int64_t{2}}});
  return rows;
}

std::vector<std::string> texts(const std::vector<Row>& rows) {
  std::vector<std::string> texts;
  for (const Row& row : rows) texts.push_back(row_text(row));
  return texts;
}

// The rows of a finished sink, which has a part of the query's life.
SourceCase of_sink(const char* name, const SinkNode& node, Schema output = kColumns, std::optional<uint32_t> key = 0) {
  const bool is_aggregate = std::holds_alternative<AggregateSink>(node);
  return {name,
          [node, output = std::move(output)](int64_t count, QueryContext& context, std::shared_ptr<void>& keeps) {
            Random random(1);
            auto made = make_sink({node, kColumns, output, 1}, context);
            CHECK(made.ok());
            std::shared_ptr<Sink> sink = std::move(made.value());
            const auto batches = cut_into_batches(kColumns, numbered_rows(count), random, 2'000);
            CHECK(run_sink(*sink, batches, 2, random).ok() && sink->finish().ok());
            keeps = sink;
            auto source = sink->output();
            CHECK(source.ok());
            return std::move(source.value());
          },
          6'000,
          {},
          key,
          false,
          is_aggregate,
          true};
}

// Numbers up to `rows`, and once more some of them, of which two are there already.
Program recursion_program(int64_t rows, bool distinct) {
  DeclaredTables tables;
  auto program = parse_program(fmt::format(R"(program result 0
sink 0 collect ordered
  inputs 1 in ("n" int64 ?) out ("n" int64 ?)
stage 0 to sink 0 input 0
  source recursion 0{1} ("n" int64 ?) base (
    program result 0
    sink 0 collect ordered
      inputs 1 in ("n" int64) out ("n" int64)
    stage 0 to sink 0 input 0
      source range (0, {0})
      value v0 "n" int64
      output (v0)
  ) step (
    program result 0
    sink 0 collect ordered
      inputs 1 in ("n" int64 ?) out ("n" int64 ?)
    stage 0 to sink 0 input 0
      source working 0 ("n" int64 ?)
      value v0 "n" int64 ?
      compute v1 "lt" bool ? = lt_I64_I64(v0, {0}::int64)
      cut staged mode_off
      filter v1
      cut staged mode_off
      compute v2 "add" int64 ? faults = add_i64_i64(v0, {2}::int64)
      cut staged mode_off
      output (v2)
  )
  value v0 "n" int64 ?
  output (v0)
)",
                                           rows, distinct ? " distinct" : "", rows - 1),
                               tables);
  if (!program.ok()) ADD_FAILURE() << to_text(program.error());
  CHECK(program.ok());
  return std::move(program.value());
}

SourceCase of_recursion(const char* name, bool distinct) {
  struct Kept {
    Program program;
    Scheduler scheduler{real_world(), 2};
  };
  return {name,
          [distinct](int64_t rows, QueryContext& context, std::shared_ptr<void>& keeps) -> std::unique_ptr<Source> {
            auto kept = std::make_shared<Kept>();
            kept->program = recursion_program(rows, distinct);
            keeps = kept;
            const auto& spec = std::get<RecursionSource>(kept->program.stages[0].source);
            return std::make_unique<RecursionRun>(spec, context, kept->scheduler, nullptr, nullptr);
          },
          4'000,
          {},
          0,
          distinct};
}

SourceCase of_values() {
  return {"values",
          [](int64_t rows, QueryContext&, std::shared_ptr<void>&) {
            return make_values_source({kColumns, numbered_rows(rows)});
          },
          3'000, [](int64_t rows) { return texts(numbered_rows(rows)); }};
}

SourceCase of_range() {
  return {"range", [](int64_t rows, QueryContext&, std::shared_ptr<void>&) { return make_range_source(0, rows); },
          140'000,
          [](int64_t rows) {
            std::vector<std::string> numbers;
            for (int64_t number = 0; number < rows; ++number) numbers.push_back(row_text({{kInt64, number}}));
            return numbers;
          }};
}

SourceCase of_one_row() {
  return {"one row",
          [](int64_t, QueryContext&, std::shared_ptr<void>&) { return make_one_row_source(); },
          1,
          [](int64_t) { return std::vector<std::string>{""}; },
          {}};
}

SourceCase of_working_rows() {
  struct Kept {
    std::vector<Batch> batches;
    WorkingRound round{0, 1, batches, nullptr};
  };
  return {"working rows",
          [](int64_t rows, QueryContext&, std::shared_ptr<void>& keeps) {
            Random random(1);
            auto kept = std::make_shared<Kept>();
            kept->batches = cut_into_batches(kColumns, numbered_rows(rows), random, 2'000);
            keeps = kept;
            return make_working_source(kept->round);
          },
          20'000, [](int64_t rows) { return texts(numbered_rows(rows)); }};
}

struct CaseOfSpec {
  SourceCase source;
  SourceSpec spec = SinkSource{0};
  SinkNode sink = CollectSink{true};

  Contract contract() const {
    Program program;
    program.sinks.push_back({sink, {}, {}, 1});
    return contract_of(program, spec);
  }
};

CaseOfSpec of_rows(const char* name, const SinkNode& sink, Schema output = kColumns, std::optional<uint32_t> key = 0) {
  return {of_sink(name, sink, std::move(output), key), SinkSource{0}, sink};
}

std::vector<CaseOfSpec> cases() {
  const GroupAggregate sum{find_aggregate_overload("sum_i64"), {2}, decimal(38, 0)};
  const Schema sums = {{"key", kInt64, false}, {"t", kUtf8, true}, {"sum", decimal(38, 0), true}};
  return {{of_range(), RangeSource{0, 1}},
          {of_one_row(), OneRowSource{}},
          {of_values(), ValuesSource{}},
          {of_working_rows(), WorkingSource{0, {}}},
          {of_recursion("recursion, distinct", true), RecursionSource{0, true, {}, nullptr, nullptr}},
          {of_recursion("recursion", false), RecursionSource{0, false, {}, nullptr, nullptr}},
          of_rows("collected rows", CollectSink{true}),
          of_rows("collected rows, any order", CollectSink{false}),
          of_rows("limited rows", LimitSink{1'000, 0, true}),
          of_rows("sampled rows", SampleSink{SampleSpec{.rows = 500}}),
          of_rows("sorted rows", SortSink{.keys = {{0, true, false}}, .rows_max = {}}),
          of_rows("groups", AggregateSink{2, {sum}}, sums),
          of_rows("repeated rows", RepeatSink{2}, kColumns, {}),
          of_rows("rows without a match", JoinBuildSink{1, {}, true})};
}

// Looked at once.
const Seen& seen_of(const CaseOfSpec& one) {
  static std::map<std::string, Seen> seen;
  const auto at = seen.find(one.source.name);
  return at != seen.end() ? at->second : seen.emplace(one.source.name, SourceLook(one.source).look()).first->second;
}

TEST(Contracts, SourcesKeepTheirs) {
  for (const CaseOfSpec& one : cases())
    EXPECT_EQ(broken_promises(one.contract(), seen_of(one)), std::set<std::string>()) << one.source.name;
}

TEST(Contracts, WrongOnesOfSourcesAreFound) {
  const std::vector<std::pair<const char*, std::vector<WrongPromise>>> wrong = {
      {"range",
       {{[](Contract& c) { c.order = RowOrder::kFree; }, "order"},
        {[](Contract& c) { c.keys = UniqueKeys::kLost; }, "keys"},
        {[](Contract& c) { c.state = StateGrowth::kFixed; }, "state"},
        {[](Contract& c) { c.lifetime = Lifetime::kQuery; }, "lifetime"},
        {[](Contract& c) { c.purity = Purity::kImpure; }, "purity"},
        {[](Contract& c) { c.side_effects = SideEffects::kExternal; }, "side effects"},
        {[](Contract& c) { c.determinism = Determinism::kPerQuery; }, "determinism"}}},
      {"recursion",
       {{[](Contract& c) { c.keys = UniqueKeys::kMade; }, "keys"},
        {[](Contract& c) { c.state = StateGrowth::kNone; }, "state"}}},
      {"recursion, distinct", {{[](Contract& c) { c.keys = UniqueKeys::kLost; }, "keys"}}},
      {"groups",
       {{[](Contract& c) { c.order = RowOrder::kKept; }, "order"},
        {[](Contract& c) { c.state = StateGrowth::kNone; }, "state"}}},
      {"sorted rows", {{[](Contract& c) { c.lifetime = Lifetime::kQuery; }, "lifetime"}}},
  };
  const std::vector<CaseOfSpec> all = cases();
  for (const auto& [name, changes] : wrong) {
    const auto one =
        std::ranges::find_if(all, [&](const CaseOfSpec& other) { return std::string_view(other.source.name) == name; });
    ASSERT_NE(one, all.end()) << name;
    for (const WrongPromise& change : changes)
      EXPECT_TRUE(is_found(change, one->contract(), seen_of(*one))) << name << ", " << change.field;
  }
}

// Whose rows are others whenever it is asked, or whoever asks.
class Unsteady final : public Source {
 public:
  explicit Unsteady(int64_t rows) : source_(make_range_source(0, rows + ++asked_)) {}
  Result<Claim> claim() override { return source_->claim(); }
  bool ordered() const override { return false; }
  std::string locate(uint64_t, uint64_t) const override { return ""; }

 private:
  inline static int64_t asked_ = 0;
  std::unique_ptr<Source> source_;
};

TEST(Contracts, SourcesOfAnotherKindAreFound) {
  const SourceCase one{"unsteady",
                       [](int64_t rows, QueryContext&, std::shared_ptr<void>&) -> std::unique_ptr<Source> {
                         return std::make_unique<Unsteady>(rows);
                       },
                       1'000};
  const std::set<std::string> broken =
      broken_promises(contract_of(Program{}, RangeSource{0, 1}), SourceLook(one).look());
  for (const char* field : {"determinism", "order", "concurrency", "purity"})
    EXPECT_TRUE(std::ranges::any_of(broken, [&](const std::string& text) { return text.starts_with(field); })) << field;
}

}  // namespace
}  // namespace headrace
