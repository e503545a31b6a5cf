// Goal: every pair of operators between which rows or values pass is one edge, with the cut that decided.
#include "fuse/edges.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "fuse/contracts.h"
#include "fuse/parse.h"
#include "plan/declared_tables.h"

namespace headrace {
namespace {

Program program_of(std::string_view text) {
  DeclaredTables tables;
  auto program = parse_program(text, tables);
  if (program.ok()) return std::move(program.value());
  ADD_FAILURE() << to_text(program.error());
  return {};
}

std::string edges_text(const char* text) {
  std::string out;
  for (const Edge& edge : edges_of(program_of(text)))
    out += fmt::format("{} -> {}: {} {} {}\n", edge.from, edge.to, decision_name(edge.decision),
                       reason_name(edge.reason), edge.cut.empty() ? "-" : edge.cut);
  return out;
}

// A value that skips a step crosses both cuts: the strongest decides, the first of equals. A filter is the producer of the
// step behind it.
TEST(Edges, StrongestCutOnTheWayDecides) {
  EXPECT_EQ(edges_text(R"(program result 0
sink 0 collect
  inputs 1 in ("a" int64, "n" int64) out ("a" int64, "n" int64)
stage 0 to sink 0 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "a" int64 faults = add_i64_i64(v0, v0)
  cut register fused
  compute v2 "b" bool = lt_I64_I64(v0, v1)
  cut staged pinned pinned
  filter v2
  cut register fused
  compute v3 "c" int64 faults = add_i64_i64(v1, v1)
  cut materialized breaker
  output (v3, v0)
)"),
            R"(stage 0 range(0, 10) -> stage 0 #0 add_i64_i64: staged source_vectors -
stage 0 #0 add_i64_i64 -> stage 0 #1 lt_I64_I64: register fused 0.0
stage 0 range(0, 10) -> stage 0 #1 lt_I64_I64: staged source_vectors -
stage 0 #1 lt_I64_I64 -> stage 0 #2 filter: staged pinned 0.1
stage 0 #0 add_i64_i64 -> stage 0 #3 add_i64_i64: staged pinned 0.1
stage 0 #2 filter -> stage 0 #3 add_i64_i64: register fused 0.2
stage 0 #3 add_i64_i64 -> sink 0 collect: materialized breaker -
stage 0 range(0, 10) -> sink 0 collect: staged source_vectors -
)");
}

// Two chains: nothing that #1 makes is read by #2, and yet their cut is free.
TEST(Edges, ACutThatNoValueCrossesAloneIsAnEdgeToo) {
  EXPECT_EQ(edges_text(R"(program result 0
sink 0 collect
  inputs 1 in ("a" int64, "b" int64) out ("a" int64, "b" int64)
stage 0 to sink 0 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "a" int64 faults = add_i64_i64(v0, v0)
  cut register fused
  compute v2 "b" int64 faults = multiply_i64_i64(v0, v0)
  cut materialized breaker
  output (v1, v2)
)"),
            R"(stage 0 range(0, 10) -> stage 0 #0 add_i64_i64: staged source_vectors -
stage 0 range(0, 10) -> stage 0 #1 multiply_i64_i64: staged source_vectors -
stage 0 #0 add_i64_i64 -> stage 0 #1 multiply_i64_i64: register fused 0.0
stage 0 #0 add_i64_i64 -> sink 0 collect: materialized breaker -
stage 0 #1 multiply_i64_i64 -> sink 0 collect: materialized breaker -
)");
}

// A loop of three steps: its gain is that of two cuts.
TEST(Edges, AMeasuredGainIsSharedByTheCutsOfALoop) {
  const Program program = program_of(R"(program result 0
sink 0 collect
  inputs 1 in ("d" int64) out ("d" int64)
stage 0 to sink 0 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "a" int64 faults = add_i64_i64(v0, v0)
  cut register fused
  compute v2 "b" int64 faults = add_i64_i64(v1, v1)
  cut register fused
  compute v3 "c" int64 faults = add_i64_i64(v2, v2)
  cut staged pinned pinned
  compute v4 "d" int64 faults = add_i64_i64(v3, v3)
  cut materialized breaker
  output (v4)
)");
  const StageKnowledge known{{}, {1.5, 2}, {1, 2, 4.5, 3}, {}, {}, {}};
  double gain_ns = 0;
  uint32_t cuts = 0;
  for (const Edge& edge : edges_of(program, usual_machine(), {known})) {
    cuts += edge.measured_gain_ns_per_row.has_value() ? 1 : 0;
    gain_ns += edge.measured_gain_ns_per_row.value_or(0);
  }
  EXPECT_EQ(cuts, 2U);
  EXPECT_DOUBLE_EQ(gain_ns, 1 + 2 + 4.5 - 1.5);
}

// A probe looks into what the build side is known to give: beyond the caches a row takes longer.
TEST(Edges, ProbesArePricedByTheirTable) {
  const auto probe_ns = [](const char* build_rows) {
    const Program program = program_of(fmt::format(R"(program result 1
sink 0 join_build keys 1
  inputs 1 in ("k" int64) out ("k" int64)
sink 1 collect
  inputs 1 in ("n" int64) out ("n" int64)
stage 0 to sink 0 input 0
  source range (0, {})
  value v0 "k" int64
  output (v0)
stage 1 to sink 1 input 0
  source range (0, 10)
  value v0 "n" int64
  probe sink 0 inner keys (v0) carried (v0 as v1 "n" int64) fetched ()
  cut materialized breaker
  output (v1)
)",
                                                   build_rows));
    for (const Edge& edge : edges_of(program))
      if (edge.from.starts_with("sink 0")) return edge.predicted_ns_per_row;
    return 0.0;
  };
  const Machine& machine = usual_machine();
  EXPECT_NEAR(probe_ns("100000000") - probe_ns("10"), machine.state_ns(uint64_t{1} << 40) - machine.state_ns(1), 1e-9);
}

// Where the cut may be the other way, both prices stand beside what was measured of the loops on its sides.
TEST(Edges, PricesAreThoseOfTheLoopsOnBothSides) {
  const Program program = program_of(R"(program result 0
sink 0 collect
  inputs 1 in ("b" int64) out ("b" int64)
stage 0 to sink 0 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "a" int64 faults = add_i64_i64(v0, v0)
  cut register fused
  compute v2 "b" int64 faults = multiply_i64_i64(v1, v0)
  cut staged cheaper_apart
  compute v3 "c" int64 faults = add_i64_i64(v2, v0)
  cut materialized breaker
  output (v3)
)");
  const std::vector<StageKnowledge> known = {{{1, 1, 1, 1}, {1.5, 0.25}}};
  const std::vector<Edge> edges = edges_of(program, usual_machine(), known);
  const auto of_cut = [&](std::string_view cut) { return *std::ranges::find(edges, cut, &Edge::cut); };
  const Edge fused = of_cut("0.0"), staged = of_cut("0.1");
  EXPECT_EQ(fused.measured_ns_per_row, 1.5);
  EXPECT_EQ(fused.alternative->decision, Decision::kStaged);
  EXPECT_GT(fused.alternative->predicted_ns_per_row, fused.predicted_ns_per_row);
  EXPECT_EQ(staged.measured_ns_per_row, 1.75);
  EXPECT_EQ(staged.alternative->decision, Decision::kRegister);
}

// What crosses into a stage and out of it has the bytes of its values, and what its ends took.
TEST(Edges, EndsOfAStageHavePricesToo) {
  const Program program = program_of(R"(program result 0
sink 0 collect
  inputs 1 in ("b" int64) out ("b" int64)
stage 0 to sink 0 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "a" int64 faults = add_i64_i64(v0, v0)
  cut materialized breaker
  output (v1)
)");
  const std::vector<StageKnowledge> known = {{{1, 0.5}, {}, {}, {3, 2, 4}}};
  const std::vector<Edge> edges = edges_of(program, usual_machine(), known);
  ASSERT_EQ(edges.size(), 2U);
  EXPECT_EQ(edges[0].live_bytes_per_row, 8U);
  EXPECT_EQ(edges[0].measured_ns_per_row, 2);
  EXPECT_EQ(edges[1].predicted_ns_per_row, 0.5 * contract_of(program.sinks[0].node).cost_ns);
  EXPECT_EQ(edges[1].measured_ns_per_row, 4);
  EXPECT_EQ(edges[1].live_bytes_per_row, 8U);
  EXPECT_FALSE(edges[1].alternative.has_value());
}

TEST(Edges, TablesAndStatesAreEdgesToo) {
  EXPECT_EQ(edges_text(R"(program result 1
sink 0 join_build keys 1
  inputs 1 in ("key" int64) out ("key" int64)
sink 1 aggregate_all (count_none(*) int64)
  inputs 1 in () out ("c" int64)
sink 2 collect
  inputs 1 in () out ()
stage 0 to sink 0 input 0
  source stream
  value v0 "key" int64
  output (v0)
stage 1 to sink 1 input 0
  source range (0, 10)
  value v0 "n" int64
  probe sink 0 inner keys (v0) carried () fetched ()
  cut staged expands
  accumulate 0 = count_none(*)
  cut register fused
  output ()
stage 2 to sink 2 input 0
  source sink 1
  value v0 "c" int64
  output ()
)"),
            R"(stage 0 stream -> sink 0 join build: staged source_vectors -
sink 0 join build -> stage 1 #0 probe sink 0: materialized breaker -
stage 1 range(0, 10) -> stage 1 #0 probe sink 0: staged source_vectors -
stage 1 #0 probe sink 0 -> stage 1 #1 count_none: staged expands 1.0
stage 1 #1 count_none -> sink 1 aggregate all: register fused -
stage 2 sink 1 aggregate all -> sink 2 collect: materialized breaker -
)");
}

}  // namespace
}  // namespace headrace
