// Goal: patterns follow from decisions and contracts: what breaks an assumption is no instance.
#include "fuse/patterns/pattern.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fuse/parse.h"
#include "plan/declared_tables.h"

namespace headrace {
namespace {

// "compute_chain 0.0; …" of a program.
std::string found_in(const std::string& text) {
  DeclaredTables tables;
  EXPECT_TRUE(tables.declare("table rows [key: int64, note: utf8] rows 1000 late").ok());
  const auto program = parse_program(text, tables);
  if (!program.ok()) return to_text(program.error());
  std::string out;
  for (const Pattern& pattern : known_patterns())
    for (const PatternPlace& place : pattern.find(program.value()))
      out += fmt::format("{}{} {}", out.empty() ? "" : "; ", pattern.name,
                         place.cut.empty() ? "stage " + place.stage : place.cut);
  return out;
}

// In the loops behind it nobody reads v1 any more, and v3 takes over its memory.
// n, n + n, a filter by it, and behind the filter what `behind` says, all in one stage.
std::string filtered(const char* first, const char* second, const char* behind_filter) {
  return fmt::format(R"(program result 0
sink 0 collect
  inputs 1 in ("c" int64) out ("c" int64)
stage 0 to sink 0 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "a" int64 faults = add_i64_i64(v0, v0)
  cut {}
  compute v2 "b" bool = lt_I64_I64(v1, 7::int64)
  cut {}
  filter v2
  cut {}
  compute v3 "c" int64 faults = multiply_i64_i64(v0, v0)
  cut materialized breaker
  output (v3)
)",
                     first, second, behind_filter);
}

TEST(PatternPlaces, CutsInRegisters) {
  constexpr const char* kRegister = "register fused";
  EXPECT_EQ(found_in(filtered(kRegister, kRegister, kRegister)), "compute_chain 0.0; filter_project 0.2");
  EXPECT_EQ(found_in(filtered("staged cheaper_apart", kRegister, kRegister)),
            "filter_project 0.2; slow_step_apart 0.0");
  EXPECT_EQ(found_in(filtered(kRegister, kRegister, "staged selective_filter")),
            "compute_chain 0.0; selective_filter 0.2; reused_rooms stage 0");
  EXPECT_EQ(found_in(filtered("staged mode_off", "staged mode_off", "staged mode_off")), "reused_rooms stage 0")
      << "nobody has chosen what the mode asks for";
}

// Neighbours of which the second reads nothing of the first.
TEST(PatternPlaces, AChainHandsAValueOn) {
  const auto text = [](const char* argument) {
    return fmt::format(R"(program result 0
sink 0 collect
  inputs 1 in ("a" int64, "b" int64) out ("a" int64, "b" int64)
stage 0 to sink 0 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "a" int64 faults = add_i64_i64(v0, v0)
  cut register fused
  compute v2 "b" int64 faults = multiply_i64_i64(v0, {})
  cut materialized breaker
  output (v1, v2)
)",
                       argument);
  };
  EXPECT_EQ(found_in(text("v1")), "compute_chain 0.0");
  EXPECT_EQ(found_in(text("v0")), "");
}

// States by groups are no states of a fixed size, and a state in a loop of its own is not in registers.
TEST(PatternPlaces, AggregatesInTheFiltersLoop) {
  const auto text = [](const char* decision) {
    return fmt::format(R"(program result 0
sink 0 aggregate_all (sum_i64(0) decimal(38,0))
  inputs 1 in ("n" int64) out ("s" decimal(38,0) ?)
stage 0 to sink 0 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "p" bool = lt_I64_I64(v0, 7::int64)
  cut register fused
  filter v1
  cut {}
  accumulate 0 = sum_i64(v0)
  cut register fused
  output ()
)",
                       decision);
  };
  EXPECT_EQ(found_in(text("register fused")), "filter_aggregate 0.1");
  EXPECT_EQ(found_in(text("staged pinned pinned")), "selective_filter 0.1");
}

TEST(PatternPlaces, DecodingBehindAFilter) {
  const auto text = [](const char* decision) {
    return fmt::format(R"(program result 0
sink 0 collect
  inputs 1 in ("note" utf8) out ("note" utf8)
stage 0 to sink 0 input 0
  source table rows columns (0, 1)
  value v0 "key" int64
  value v1 "note" utf8
  compute v2 "p" bool = lt_I64_I64(v0, 7::int64)
  cut register fused
  filter v2
  cut {}
  decode v1
  cut materialized breaker
  output (v1)
)",
                       decision);
  };
  EXPECT_EQ(found_in(text("staged selective_filter")), "late_decode 0.1");
  EXPECT_EQ(found_in(text("register fused")), "");
}

// Rows of a probe: none go on where the stage ends behind it; a key that is a column is not computed.
TEST(PatternPlaces, JoinsThatGoOn) {
  const auto text = [](const char* key, const char* behind, const char* output) {
    return fmt::format(R"(program result 1
sink 0 join_build keys 1
  inputs 1 in ("key" int64) out ("key" int64)
sink 1 collect
  inputs 1 in ("x" int64) out ("x" int64)
stage 0 to sink 0 input 0
  source range (0, 3)
  value v0 "key" int64
  output (v0)
stage 1 to sink 1 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "k" int64 faults = add_i64_i64(v0, v0)
  cut staged expands
  probe sink 0 inner keys (v1) carried ({} as v2 "k" int64) fetched ()
{}  cut materialized breaker
  output ({})
)",
                       key, behind, output);
  };
  constexpr const char* kBehind = "  cut staged expands\n  compute v3 \"x\" int64 faults = add_i64_i64(v2, v2)\n";
  EXPECT_EQ(found_in(text("v1", kBehind, "v3")), "rows_go_on 1.1; carried_values stage 1");
  EXPECT_EQ(found_in(text("v0", kBehind, "v3")), "rows_go_on 1.1; borrowed_vectors stage 1");
  EXPECT_EQ(found_in(text("v1", "", "v2")), "carried_values stage 1");
}

// Filters side by side, and the same where the second one's loop goes on behind it.
TEST(PatternPlaces, FiltersInAnOrderThatIsChosen) {
  const auto text = [](const char* between, const char* behind) {
    return fmt::format(R"(program result 0
sink 0 collect
  inputs 1 in ("c" int64) out ("c" int64)
stage 0 to sink 0 input 0
  source table rows columns (0, 1)
  value v0 "key" int64
  value v1 "note" utf8
  compute v2 "p" bool = lt_I64_I64(v0, 7::int64)
  cut register fused
  filter v2
  cut {}
  decode v1
  cut register fused
  compute v3 "q" bool = gt_STR_STR(v1, 'f')
  cut register fused
  filter v3
  cut {}
  compute v4 "c" int64 = bit_and_of_i64_i64(v0, 1::int64)
  cut materialized breaker
  output (v4)
)",
                       between, behind);
  };
  constexpr const char* kApart = "staged selective_filter";
  EXPECT_EQ(found_in(text(kApart, kApart)),
            "selective_filter 0.4; ordered_filters 0.1; late_decode 0.1; reused_rooms stage 0");
  EXPECT_EQ(found_in(text(kApart, "register fused")), "filter_project 0.4; late_decode 0.1; reused_rooms stage 0");
  EXPECT_EQ(found_in(text("register fused", kApart)), "selective_filter 0.4; reused_rooms stage 0");
}

// A column of the source goes through two joins; a filter in front of the first, or a step that computes, makes it a copy.
TEST(PatternPlaces, ColumnsThatCrossJoinsAsTheyAre) {
  const auto text = [](const char* in_front, const char* carried) {
    return fmt::format(R"(program result 1
sink 0 join_build keys 1
  inputs 1 in ("key" int64) out ("key" int64)
sink 1 collect
  inputs 1 in ("x" int64) out ("x" int64)
stage 0 to sink 0 input 0
  source range (0, 3)
  value v0 "key" int64
  output (v0)
stage 1 to sink 1 input 0
  source range (0, 10)
  value v0 "n" int64
  compute v1 "x" {}
  cut staged expands
  probe sink 0 left keys (v0) carried ({} as v2 "c" int64) fetched ()
  cut staged expands
  probe sink 0 left keys (v2) carried (v2 as v3 "d" int64) fetched ()
  cut materialized breaker
  output (v3)
)",
                       in_front, carried);
  };
  constexpr const char* kValue = "int64 = bit_and_of_i64_i64(v0, 1::int64)";
  constexpr const char* kFilter = "bool = lt_I64_I64(v0, 7::int64)\n  cut register fused\n  filter v1";
  EXPECT_EQ(found_in(text(kValue, "v0")), "borrowed_vectors stage 1; borrowed_vectors stage 1; reused_rooms stage 1");
  EXPECT_EQ(found_in(text(kValue, "v1")), "carried_values stage 1");
  EXPECT_EQ(found_in(text(kFilter, "v0")), "") << "what the first join gives is dense, but a copy";
}

}  // namespace
}  // namespace headrace
