// Goal: verify() finds each way in which a stage can be broken, and names it.
#include <gtest/gtest.h>

#include <algorithm>

#include "fuse/parse.h"
#include "fuse/stage.h"
#include "plan/declared_tables.h"

namespace headrace {
namespace {

constexpr const char* kSound = R"(program result 2
sink 0 join_build keys 1
  inputs 1 in ("key" int64, "text" utf8 ?) out ("key" int64, "text" utf8 ?)
sink 1 aggregate_all (sum_i64(0) decimal(38,0))
  inputs 1 in ("n" int64) out ("s" decimal(38,0) ?)
sink 2 collect
  inputs 1 in ("s" decimal(38,0) ?) out ("s" decimal(38,0) ?)
stage 0 to sink 0 input 0
  source stream
  value v0 "key" int64
  value v1 "text" utf8 ?
  output (v0, v1)
stage 1 to sink 1 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "sum" int64 faults = add_i64_i64(v0, 2::int64)
  cut staged mode_off
  compute v2 "less" bool = lt_I64_I64(v0, v1)
  cut staged mode_off
  filter v2
  cut staged mode_off
  probe sink 0 left keys (v1) carried (v0 as v3 "n" int64) fetched (1 as v4 "text" utf8 ?)
  cut staged expands
  accumulate 0 = sum_i64(v3)
  cut register fused
  output ()
stage 2 to sink 2 input 0
  source sink 1
  value v0 "s" decimal(38,0) ?
  output (v0)
)";

Program sound() {
  DeclaredTables tables;
  auto program = parse_program(kSound, tables);
  if (!program.ok()) ADD_FAILURE() << to_text(program.error());
  return std::move(program.value());
}

struct Breakage {
  const char* expected;  // in the message
  void (*damage)(Program& program);
};

template <class Node>
Node& node(Program& program, uint32_t step) {
  return std::get<Node>(program.stages[1].steps[step].node);
}

constexpr Breakage kBreakages[] = {
    {"result is a sink that does not exist", [](Program& p) { p.result = 3; }},
    {"sink that does not exist", [](Program& p) { p.stages[0].sink = 3; }},
    {"an input that its sink does not have", [](Program& p) { p.stages[0].sink_input = 1; }},
    {"fewer values than its source", [](Program& p) { p.stages[1].source_values = 6; }},
    {"one cut behind each step", [](Program& p) { p.stages[1].cuts.pop_back(); }},
    {"one cut behind each step", [](Program& p) { p.stages[0].cuts.resize(1); }},
    {"reads sink 9, which does not exist", [](Program& p) { p.stages[2].source = SinkSource{9}; }},
    {"reads sink 2 before it is complete", [](Program& p) { p.stages[2].source = SinkSource{2}; }},
    {"reads sink 0 before it is complete", [](Program& p) { std::swap(p.stages[0], p.stages[1]); }},
    {"uses a constant that does not exist", [](Program& p) { node<Compute>(p, 0).arguments[1] = {true, 1}; }},
    {"uses v2 before it is defined", [](Program& p) { node<Compute>(p, 0).arguments[1] = {false, 2}; }},
    {"uses v9 before it is defined", [](Program& p) { node<Compute>(p, 0).arguments[1] = {false, 9}; }},
    {"expects 2 arguments, found 1", [](Program& p) { node<Compute>(p, 0).arguments.pop_back(); }},
    {"expects int64, found utf8", [](Program& p) { p.stages[1].constants[0].value = {kUtf8, std::string("2")}; }},
    {"gives a value of another type", [](Program& p) { node<Compute>(p, 0).out = 2; }},
    {"gives a value of another type", [](Program& p) { node<Compute>(p, 0).out = 99; }},
    {"defines a value twice", [](Program& p) { node<Compute>(p, 0).out = 0; }},
    {"filter expects bool, found int64", [](Program& p) { node<FilterRows>(p, 2).predicate = {false, 0}; }},
    {"reads sink 7, which does not exist", [](Program& p) { node<Probe>(p, 3).table = 7; }},
    {"reads sink 2 before it is complete", [](Program& p) { node<Probe>(p, 3).table = 2; }},
    {"probes what is no join table", [](Program& p) { p.sinks[0].node = CollectSink{true}; }},
    {"probes what is no join table of as many keys", [](Program& p) { node<Probe>(p, 3).keys.clear(); }},
    {"probe expects int64, found bool", [](Program& p) { node<Probe>(p, 3).keys[0] = {false, 2}; }},
    {"probe expects int64, found bool", [](Program& p) { node<Probe>(p, 3).carried[0].first = 2; }},
    {"carries into a value that does not exist", [](Program& p) { node<Probe>(p, 3).carried[0].second = 5; }},
    {"column that the join table does not have", [](Program& p) { node<Probe>(p, 3).fetched[0].first = 2; }},
    {"column that the join table does not have", [](Program& p) { node<Probe>(p, 3).fetched[0].first = 0; }},
    {"column that the join table does not have", [](Program& p) { node<Probe>(p, 3).fetched[0].second = 5; }},
    {"defines a value twice", [](Program& p) { node<Probe>(p, 3).carried.push_back({0, 3}); }},
    {"an aggregate lacks its argument", [](Program& p) { node<Accumulate>(p, 4).arguments.clear(); }},
    {"sum_i64 expects int64, found utf8", [](Program& p) { node<Accumulate>(p, 4).arguments = {Operand{false, 4}}; }},
    {"gives 1 columns, its sink takes 0", [](Program& p) { p.stages[1].outputs = {{false, 3}}; }},
    {"gives 0 columns, its sink takes 1", [](Program& p) { p.stages[2].outputs.clear(); }},
    {"column 0 is decimal(38,0), its sink takes int64", [](Program& p) { p.sinks[2].input[0].type = kInt64; }},
    {"accumulates into slot 700, its sink has 1", [](Program& p) { node<Accumulate>(p, 4).slot = 700; }},
    {"accumulates, but its sink takes rows", [](Program& p) { p.sinks[1].node = CollectSink{true}; }},
    {"accumulates 0 states, its sink takes 1",
     [](Program& p) {
       p.stages[1].steps.pop_back();
       p.stages[1].cuts.pop_back();
     }},
    {"v0 is declared float64, its source gives int64", [](Program& p) { p.stages[1].values[0].type = kFloat64; }},
    {"declares 2 columns of its source, which gives 1", [](Program& p) { p.stages[1].source_values = 2; }},
    {"v0 is declared without nulls, its source may", [](Program& p) { p.stages[2].values[0].nullable = false; }},
    {"v4 is declared without nulls, the join may", [](Program& p) { p.stages[1].values[4].nullable = false; }},
    {"v1 is declared without faults", [](Program& p) { p.stages[1].values[1].may_fault = false; }},
    {"v3 is carried, its faults are settled", [](Program& p) { p.stages[1].values[3].may_fault = true; }},
    {"uses v0 where rows are others", [](Program& p) { node<Accumulate>(p, 4).arguments = {Operand{false, 0}}; }},
    {"the cut behind step 2 must be staged", [](Program& p) { p.stages[1].cuts[2].decision = Decision::kRegister; }},
    {"v1 cannot have a range", [](Program& p) { p.stages[1].values[1].range = ValueRange{0, 9}; }},
    {"declares ranges of values that its source", [](Program& p) { p.stages[1].values[0].range = ValueRange{0, 3}; }},
    {"has 2 inputs, 1 stages flow into it", [](Program& p) { p.sinks[0].inputs = 2; }},
    {"sorts by column 9 of 1",
     [](Program& p) { p.sinks[2].node = SortSink{.keys = {{9, false, false}}, .rows_max = {}}; }},
    {"a bernoulli sample takes a percentage, not a number of rows",
     [](Program& p) { p.sinks[2].node = SampleSink{{SampleMethod::kBernoulli, 5, 0, 0}}; }},
    {"takes 0 to 100 percent, found 100.5",
     [](Program& p) { p.sinks[2].node = SampleSink{{SampleMethod::kSystem, std::nullopt, 100.5, 0}}; }},
    {"more rows than int64 holds",
     [](Program& p) { p.sinks[2].node = SampleSink{{SampleMethod::kReservoir, UINT64_MAX, 0, 0}}; }},
    {"has 9 keys among 1 columns", [](Program& p) { p.sinks[2].node = AggregateSink{9, {}}; }},
    {"has 0 keys among 1 columns", [](Program& p) { p.sinks[2].node = AggregateSink{0, {}}; }},
    {"windows need a positive length", [](Program& p) { p.sinks[2].node = AggregateSink{1, {}, 5}; }},
    {"output's column 0 is declared without nulls", [](Program& p) { p.sinks[2].output[0].nullable = false; }},
    {"declares 2 columns of output, it gives 1", [](Program& p) { p.sinks[2].output.push_back({"x", kInt64, true}); }},
    {"cast_to_utf8_dec_i32 from decimal(38,0) to utf8 expects the literal 0 as argument 2",
     [](Program& p) {
       Stage& stage = p.stages[2];
       const Function& cast = *find_function("cast_to_utf8");
       const auto kernel = std::ranges::find_if(
           cast.overloads, [](const Overload& o) { return o.arguments[0] == TypeId::kDecimal128; });
       stage.constants.push_back({{kInt32, int32_t{255}}, true});
       stage.values.push_back({.name = "t", .type = kUtf8, .nullable = true, .may_fault = true});
       stage.steps.push_back({Compute{&*kernel, {{false, 0}, {true, 0}}, 1}, {}});
       stage.cuts.push_back({});
     }},
    {"result is a join table", [](Program& p) { p.result = 0; }},
};

TEST(VerifyStages, FindsEachBreakage) {
  const Status untouched = verify(sound());
  ASSERT_TRUE(untouched.ok()) << to_text(untouched.error());
  for (const Breakage& breakage : kBreakages) {
    Program program = sound();
    breakage.damage(program);
    const Status status = verify(program);
    ASSERT_FALSE(status.ok()) << "not found: " << breakage.expected;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidPlan);
    EXPECT_NE(status.error().message.find(breakage.expected), std::string::npos)
        << "expected \"" << breakage.expected << "\", found \"" << status.error().message << "\"";
  }
}

TEST(Verify, LooksIntoRecursions) {
  DeclaredTables tables;
  const std::string part = R"( (program result 0
sink 0 collect ordered
  inputs 1 in ("n" int64) out ("n" int64)
stage 0 to sink 0 input 0
  source range (0, 10)
  value v0 "n" int64
  output (v0)
))";
  const auto error_of = [&](const std::string& columns, const std::string& working) {
    const std::string step = R"( (program result 0
sink 0 collect ordered
  inputs 1 in ("n" int64 ?) out ("n" int64 ?)
stage 0 to sink 0 input 0
  source working )" + working +
                             R"(
  value v0 "n" int64 ?
  output (v0)
))";
    const auto program = parse_program(
        "program result 0\nsink 0 collect\n  inputs 1 in (\"n\" int64 ?) out (\"n\" int64 ?)\n"
        "stage 0 to sink 0 input 0\n  source recursion 4 distinct " +
            columns + " base" + part + " step" + step + "\n  value v0 \"n\" int64 ?\n  output (v0)\n",
        tables);
    return program.ok() ? "" : program.error().message;
  };
  EXPECT_EQ(error_of(R"(("n" int64 ?))", R"(4 ("n" int64 ?))"), "");
  EXPECT_EQ(error_of(R"(("n" int64 ?))", R"(5 ("n" int64 ?))"),
            "reads the working rows of recursion 5, which is not around it or has others");
  EXPECT_EQ(error_of(R"(("n" int64 ?))", R"(4 ("m" int64 ?))"),
            "reads the working rows of recursion 4, which is not around it or has others");
  EXPECT_EQ(error_of(R"(("n" int64))", R"(4 ("n" int64))"),
            "column 0 of a recursion is int64, expected int64 with nulls");
  EXPECT_EQ(error_of(R"(("n" int32 ?))", R"(4 ("n" int32 ?))"),
            "v0 is declared int64, its source gives int32 for column 0");
}

}  // namespace
}  // namespace headrace
