// Goal: docs/contracts.md is what kernels, steps, sinks and sources declare.
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_page.h"
#include "fuse/contracts.h"
#include "kernel/test_contract_names.h"

namespace headrace {
namespace {

constexpr const char* kDocument = "docs/contracts.md";
constexpr const char* kPreface = R"(# Contracts

Printed from what is declared (`src/kernel/list.def`, `src/fuse/contracts.cc`) by `src/fuse/contracts_document_test.cc`; `UPDATE_GOLDEN=1` rewrites
this page. What may share a loop follows from it alone (`src/fuse/legality.h`); no field has a default (`src/kernel/contract.h`). Tests hold the
declarations against what is done with drawn rows (`src/kernel/contract_test.cc`, `src/runtime/step_contracts_test.cc`,
`src/runtime/operators/sink_contracts_test.cc`, `only_row_contracts_test.cc` beside it, `src/runtime/fan_out_contracts_test.cc`,
`src/runtime/source_contracts_test.cc`, `src/io/source_contracts_test.cc`, `src/engine/stream_contracts_test.cc`).

Types, of arguments and results, are in [functions.md](functions.md); of steps, sinks and sources they are those of the stage's values. The shape is a vector of at
most 2,048 rows of the type, wherever nothing else is said.

| column | says |
|---|---|
| rows | out for rows in; *anew*: those behind are others, so that it runs alone and can be resumed |
| order | kept; needed: what comes out depends on it; free: neither |
| keys | whether columns that tell all rows apart still do so behind it; made: some do there |
| nulls | passed: null in, null out; seen: it decides itself |
| faults | that it can set on its own; those of its arguments are the row's |
| algebra | c commutative, a associative, i idempotent, v invertible, d distributive over its dual (and over or, bits alike) |
| state | what is remembered from batch to batch: nothing, of a fixed size (of so many bytes, if the plan does not say), with the number of groups, with that of rows |
| bytes | of texts that it gives: in the value, perhaps those of an input (borrows), its own (owns); there up to the next batch, as long as somebody holds them, or up to the end of the query |
| effects | pure; reads: its answer depends on more than its arguments; writes: it acts on the outside |
| again | whether the same arguments give the same again |
| at once | how many may run |
| ns | a row, vectorised, data in L1; a hint |
)";

std::string algebra_text(uint8_t algebra) {
  std::string text;
  for (const AlgebraName& one : kAlgebraNames)
    if ((algebra & one.property) != 0) text += one.letter;
  return text;
}

std::string rows_text(const Contract& contract) {
  const char* const texts[] = {"1 : 1", "1 : 0..1", "1 : n", "n : 1"};
  return fmt::format("{}{}", texts[static_cast<size_t>(contract.cardinality.value)],
                     contract.domain == Domain::kOther ? " anew" : "");
}

std::string bytes_text(const Contract& contract) {
  const char* const lifetimes[] = {"batch", "held", "query"};
  if (contract.buffers == Buffers::kByValue) return "value";
  return fmt::format("{}, {}", contract.buffers == Buffers::kOwns ? "owns" : "borrows",
                     lifetimes[static_cast<size_t>(contract.lifetime.value)]);
}

std::string effects_text(const Contract& contract) {
  if (contract.side_effects == SideEffects::kExternal) return "writes";
  return contract.purity == Purity::kPure ? "pure" : "reads";
}

std::string state_text(const Contract& contract) {
  const char* const states[] = {"nothing", "fixed", "groups", "rows"};
  const std::string text = states[static_cast<size_t>(contract.state.value)];
  return contract.state_bytes > 0 ? fmt::format("{}, {} B", text, uint32_t{contract.state_bytes}) : text;
}

std::string line(std::string_view name, const Contract& contract) {
  const char* const orders[] = {"kept", "needed", "free"};
  const char* const keys[] = {"kept", "made", "lost"};
  const char* const again[] = {"same", "same in a query", "may differ"};
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", name, rows_text(contract),
                     orders[static_cast<size_t>(contract.order.value)], keys[static_cast<size_t>(contract.keys.value)],
                     contract.nulls == Nulls::kSees ? "seen" : "passed", faults_text(contract.faults),
                     algebra_text(contract.algebra), state_text(contract), bytes_text(contract), effects_text(contract),
                     again[static_cast<size_t>(contract.determinism.value)],
                     contract.concurrency == Concurrency::kOne ? "1" : "any", double{contract.cost_ns});
}

std::string section(std::string_view title, const std::vector<std::pair<std::string, Contract>>& lines) {
  std::string text = fmt::format(
      "\n## {}\n\n| | rows | order | keys | nulls | faults | algebra | state | bytes | effects | again | at once | ns "
      "|\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
      title);
  for (const auto& [name, contract] : lines) text += line(name, contract);
  return text;
}

// One of each kind, and of those that promise different things.
std::vector<std::pair<std::string, Contract>> steps() {
  Stage stage;
  const auto of_probe = [&](JoinKind kind) {
    stage.steps.assign(1, Step{Probe{0, kind, {}, {}, {}}, {}});
    return contract_of(stage, stage.steps[0]);
  };
  const auto of_match = [&](JoinKind kind) {
    of_probe(kind);
    return contract_of(stage, Step{Match{0, {}, {}, {}}, {}});
  };
  return {{"compute", find_function("add")->contract},          {"filter", contract_of(stage, Step{FilterRows{}, {}})},
          {"decode", contract_of(stage, Step{Decode{0}, {}})},  {"probe, inner and left", of_probe(JoinKind::kInner)},
          {"probe, right and full", of_probe(JoinKind::kFull)}, {"probe, semi and anti", of_probe(JoinKind::kSemi)},
          {"probe, mark", of_probe(JoinKind::kMark)},           {"match", of_match(JoinKind::kInner)},
          {"match, right and full", of_match(JoinKind::kFull)}, {"expand", contract_of(stage, Step{Expand{}, {}})},
          {"accumulate", find_aggregate("sum")->contract}};
}

std::vector<std::pair<std::string, Contract>> sinks() {
  const GroupAggregate sum{find_aggregate_overload("sum_i64"), {0}, decimal(38, 0)};
  GroupAggregate list{find_aggregate_overload("list_I64"), {0}, kInt64};
  list.by_input = true;
  std::vector<std::pair<std::string, Contract>> lines;
  const auto add = [&](const char* name, const SinkNode& node) { lines.emplace_back(name, contract_of(node)); };
  add("collect", CollectSink{true});
  add("collect, any order", CollectSink{false});
  add("limit", LimitSink{1, 0, true});
  add("sample of rows", SampleSink{SampleSpec{.rows = 5}});
  add("sample of a share", SampleSink{});
  add("sort", SortSink{});
  add("top-n", SortSink{.keys = {}, .rows_max = 3});
  add("aggregate: sum", AggregateSink{1, {sum}});
  add("aggregate: list", AggregateSink{1, {list}});
  add("aggregate all: sum", AggregateAllSink{{sum}});
  add("repeat", RepeatSink{0});
  add("only row", OnlyRowSink{});
  add("join build", JoinBuildSink{1});
  add("write", WriteSink{"out.csv", "csv", {}, true});
  add("write, any order", WriteSink{"out.csv", "csv", {}, false});
  add("fan-out", FanOutSink{});
  return lines;
}

class OneTable final : public Table {
 public:
  const Schema& schema() const override { return schema_; }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }
  bool ordered() const override { return true; }
  std::string describe() const override { return "t"; }

 private:
  const Schema schema_ = {{"a", kInt64, true}};
};

std::vector<std::pair<std::string, Contract>> sources() {
  const auto table = std::make_shared<OneTable>();
  FileRef file, rejecting;
  file.path = rejecting.path = "t.csv";
  rejecting.options.emplace_back("rejects", "bad.ndjson");
  std::vector<std::pair<std::string, Contract>> lines;
  Program program;
  program.sinks = {{CollectSink{true}, {}, {}, 1}, {CollectSink{false}, {}, {}, 1}, {AggregateSink{}, {}, {}, 1}};
  const auto add = [&](const char* name, const SourceSpec& source) {
    lines.emplace_back(name, contract_of(program, source));
  };
  add("file, of one column", TableSource{table, file, "", {0}, {}});
  add("file with rejects", TableSource{table, rejecting, "", {0}, {}});
  add("table in memory, of one column", TableSource{table, {}, "t", {0}, {}});
  add("range", RangeSource{0, 1});
  add("one row", OneRowSource{});
  add("values", ValuesSource{});
  add("sink", SinkSource{0});
  add("sink, collected in any order", SinkSource{1});
  add("sink of groups", SinkSource{2});
  add("recursion", RecursionSource{0, true, {}, nullptr, nullptr});
  add("recursion, UNION ALL", RecursionSource{0, false, {}, nullptr, nullptr});
  add("working rows of a recursion", WorkingSource{0, {}});
  add("stream", StreamSource{});
  return lines;
}

template <class Items>
std::vector<std::pair<std::string, Contract>> named(const Items& items) {
  std::vector<std::pair<std::string, Contract>> lines;
  for (const auto& item : items) lines.emplace_back(fmt::format("[{0}](functions.md#{0})", item.name), item.contract);
  return lines;
}

TEST(Contracts, DocumentIsWhatIsDeclared) {
  const std::string expected = kPreface + section("Steps", steps()) + section("Sinks", sinks()) +
                               section("Sources", sources()) + section("Aggregates", named(aggregates())) +
                               section("Functions", named(functions()));
  EXPECT_EQ(page_text(kDocument, expected), expected)
      << kDocument << " is not what is declared; UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace
}  // namespace headrace
