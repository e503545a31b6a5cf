// Goal: a program's text holds all of the program but prices: it reads back to the same text, and damage is an error.
#include <gtest/gtest.h>

#include "fuse/decide_cuts.h"
#include "fuse/parse.h"
#include "fuse/test_stages.h"
#include "plan/declared_tables.h"

namespace headrace {
namespace {

TEST(ProgramText, RandomProgramsReadBack) {
  Random random(11);
  DeclaredTables tables;
  for (uint32_t round = 0; round < 300; ++round) {
    Program program = RandomProgram(random, 20).take();
    const FusionMode mode = round % 2 == 0 ? FusionMode::kOn : FusionMode::kFull;
    ASSERT_TRUE(decide_cuts(program, {mode, {}}).ok());
    const std::string text = to_text(program);
    const auto again = parse_program(text, tables);
    ASSERT_TRUE(again.ok()) << to_text(again.error()) << "\n" << text;
    EXPECT_EQ(to_text(again.value()), text);
    const Stage& stage = program.stages[1];
    const Stage& read = again.value().stages[1];
    ASSERT_EQ(read.steps.size(), stage.steps.size());
    EXPECT_EQ(read.source_values, stage.source_values);
    for (size_t i = 0; i < stage.steps.size(); ++i) {
      EXPECT_EQ(read.steps[i].where.line, stage.steps[i].where.line);
      EXPECT_EQ(read.cuts[i].decision, stage.cuts[i].decision);
      EXPECT_EQ(read.cuts[i].reason, stage.cuts[i].reason);
    }
    for (size_t i = 0; i < stage.values.size(); ++i) {
      EXPECT_EQ(read.values[i].name, stage.values[i].name);
      EXPECT_EQ(read.values[i].type, stage.values[i].type);
      EXPECT_EQ(read.values[i].nullable, stage.values[i].nullable);
    }
  }
}

// Every kind of source and sink, with every option that it has.
constexpr const char* kPrograms[] = {
    R"(program result 0
sink 0 collect inputs 1 in () out ()
stage 0 to sink 0 input 0
  source one_row
  output ()
)",
    R"(program result 0
sink 0 limit 5 offset 2 ordered
  inputs 2 in ("n" int64) out ("n" int64)
stage 0 to sink 0 input 0
  source range (-3, 9)
  value v0 "n" int64
  output (v0)
stage 1 to sink 0 input 1
  source table "t" columns (1)
  value v0 "n" int64
  output (v0)
)",
    R"(program result 1
sink 0 sort (1 desc nulls_first, 0) rows 10 offset 3 ordered
  inputs 1 in ("a" int64, "b ""b""" utf8 ?) out ("a" int64, "b ""b""" utf8 ?)
sink 1 write 'it''s.csv' format 'csv' options ('delimiter' = ';') ordered
  inputs 1 in ("a" int64) out ("rows" int64)
stage 0 to sink 0 input 0
  source file 't.csv' format 'csv' options ('header' = 'false', 'null' = '') columns (1, 2) pruning ((n#0 > 7::int64))
  value v0 "n" int64
  value v1 "b" utf8 ?
  output (v0, v1)
stage 1 to sink 1 input 0
  source sink 0
  value v0 "a" int64
  value v1 "b" utf8 ?
  output (v0)
)",
    R"(program result 1
sink 0 aggregate keys 1 window 60000000 (sum_i64(1) decimal(38,0) or null, count_none(*) int64)
  inputs 1 in ("t" timestamp, "n" int64) out ("t" timestamp, "s" decimal(38,0) ?, "c" int64)
sink 1 aggregate_all (max_DEC(0) decimal(38,0))
  inputs 1 in ("s" decimal(38,0) ?) out ("m" decimal(38,0) ?)
stage 0 to sink 0 input 0
  source stream
  value v0 "t" timestamp
  value v1 "n" int64
  output (v0, v1)
stage 1 to sink 1 input 0
  source sink 0
  value v0 "t" timestamp
  value v1 "s" decimal(38,0) ?
  value v2 "c" int64
  accumulate 0 = max_DEC(v1) @ 3 : 14
  cut register fused
  output ()
)",
};

TEST(ProgramText, EverySourceAndSinkReadsBack) {
  DeclaredTables tables;
  ASSERT_TRUE(tables.declare("table t [m: int32, n: int64, b: utf8?] rows 10").ok());
  for (const char* text : kPrograms) {
    const auto program = parse_program(text, tables);
    ASSERT_TRUE(program.ok()) << to_text(program.error()) << "\n" << text;
    const std::string printed = to_text(program.value());
    const auto again = parse_program(printed, tables);
    ASSERT_TRUE(again.ok()) << to_text(again.error()) << "\n" << printed;
    EXPECT_EQ(to_text(again.value()), printed);
    // Nothing was dropped: without line breaks the texts are the same.
    const auto words = [](std::string_view from) {
      std::string out;
      for (const char c : from)
        if (c != '\n' && c != ' ') out += c;
      return out;
    };
    EXPECT_EQ(words(printed), words(text));
  }
}

// Each text with a piece cut out or doubled: an error, or another sound program.
TEST(ProgramText, DamageIsAnErrorOrASoundProgram) {
  DeclaredTables tables;
  ASSERT_TRUE(tables.declare("table t [m: int32, n: int64, b: utf8?] rows 10").ok());
  Random random(12);
  uint32_t errors = 0;
  for (uint32_t round = 0; round < 4'000; ++round) {
    std::string text =
        round % 2 == 0 ? kPrograms[random() % std::size(kPrograms)] : to_text(RandomProgram(random, 6).take());
    const size_t at = random() % text.size();
    const size_t size = std::min<size_t>(random() % 12, text.size() - at);
    if (random() % 2 == 0) {
      text.erase(at, size);
    } else {
      text.insert(random() % text.size(), text.substr(at, size));
    }
    const auto program = parse_program(text, tables);
    if (program.ok()) {
      EXPECT_TRUE(verify(program.value()).ok()) << text;
    } else {
      EXPECT_FALSE(program.error().message.empty());
      ++errors;
    }
  }
  EXPECT_GT(errors, 2'000U);
}

}  // namespace
}  // namespace headrace
