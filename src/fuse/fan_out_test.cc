// Goal: who reads a fan_out, what is decoded late behind it, and what verify() refuses of it.
#include "fuse/fan_out.h"

#include <gtest/gtest.h>

#include "fuse/parse.h"
#include "plan/declared_tables.h"

namespace headrace {
namespace {

constexpr const char* kTables = "table l [a: int64, b: int64?, s: utf8] rows 1000 late\n";

// Stage 0 scans; stage 1 decodes `b` behind its filter, stage 2 reads `a` and builds the table that stage 3 probes.
constexpr const char* kProgram = R"(program result 4
sink 0 fan_out
  inputs 1 in ("a" int64, "b" int64 ?, "s" utf8) out ("a" int64, "b" int64 ?, "s" utf8)
sink 1 collect
  inputs 1 in ("b" int64 ?, "s" utf8) out ("b" int64 ?, "s" utf8)
sink 2 join_build keys 1
  inputs 1 in ("a" int64) out ("a" int64)
sink 3 fan_out
  inputs 1 in ("a" int64) out ("a" int64)
sink 4 collect
  inputs 1 in ("a" int64) out ("a" int64)
stage 0 to sink 0 input 0
  source table "l" columns (0, 1, 2)
  value v0 "a" int64
  value v1 "b" int64 ?
  value v2 "s" utf8
  output (v0, v1, v2)
stage 1 to sink 1 input 0
  source sink 0
  value v0 "a" int64
  value v1 "b" int64 ?
  value v2 "s" utf8
  compute v3 "gt" bool = gt_I64_I64(v0, 3::int64)
  cut staged mode_off
  filter v3
  cut staged mode_off
  decode v1
  cut staged mode_off
  decode v2
  cut staged mode_off
  output (v1, v2)
stage 2 to sink 2 input 0
  source sink 0
  value v0 "a" int64
  value v1 "b" int64 ?
  value v2 "s" utf8
  compute v3 "length" int64 = length_str(v2)
  cut staged mode_off
  compute v4 "gt" bool = gt_I64_I64(v3, 3::int64)
  cut staged mode_off
  filter v4
  cut staged mode_off
  output (v0)
stage 3 to sink 3 input 0
  source table "l" columns (0)
  value v0 "a" int64
  output (v0)
stage 4 to sink 4 input 0
  source sink 3
  value v0 "a" int64
  probe sink 2 semi keys (v0) carried (v0 as v1 "a" int64) fetched ()
  cut materialized breaker
  output (v1)
)";

class FanOut : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(tables_.declare(kTables).ok()); }
  Result<Program> parse(const std::string& text) { return parse_program(text, tables_); }
  Program program() {
    auto parsed = parse(kProgram);
    if (!parsed.ok()) ADD_FAILURE() << to_text(parsed.error());
    return std::move(parsed.value());
  }
  // The error of the program in which `from` is `to`.
  std::string refused(std::string_view from, std::string_view to) {
    std::string text = kProgram;
    const size_t at = text.find(from);
    if (at == std::string::npos) return "no such text";
    text.replace(at, from.size(), to);
    const auto parsed = parse(text);
    return parsed.ok() ? "accepted" : parsed.error().message;
  }
  DeclaredTables tables_;
};

TEST_F(FanOut, StagesThatReadItRunWithTheOneInFront) {
  const Program one = program();
  EXPECT_EQ(readers_of(one, 0), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(running_stage(one, 0), 0u);
  EXPECT_EQ(running_stage(one, 2), 0u);
  EXPECT_EQ(running_stage(one, 4), 3u);
  EXPECT_TRUE(reads_fan_out(one, one.stages[1]));
  EXPECT_FALSE(reads_fan_out(one, one.stages[3]));
}

TEST_F(FanOut, OnlyWhatOneStageDecodesIsLeftOut) {
  const Program one = program();
  EXPECT_EQ(late_columns(one, 0), (std::vector<uint32_t>{1})) << "stage 2 reads s at once";
  EXPECT_EQ(late_columns(one, 1), (std::vector<uint32_t>{1, 2}));
  EXPECT_TRUE(late_columns(one, 3).empty());
}

TEST_F(FanOut, ReadersDoNotWaitForEachOther) {
  Program one = program();
  EXPECT_FALSE(waits_for_itself(one));
  EXPECT_TRUE(would_wait_for_itself(one, {0, 0, 0, 0, 0})) << "stage 4 waits for stage 2";
  EXPECT_FALSE(would_wait_for_itself(one, {0, 0, 0, 3, 3}));
  EXPECT_EQ(
      refused("source table \"l\" columns (0)\n  value v0 \"a\" int64\n  output (v0)",
              "source sink 0\n  value v0 \"a\" int64\n  value v1 \"b\" int64 ?\n  value v2 \"s\" utf8\n  output (v0)"),
      "stages that read one fan_out wait for each other to end");
}

TEST_F(FanOut, WhatVerifyRefuses) {
  EXPECT_EQ(refused("result 4", "result 3"), "the program's result is a fan_out, which keeps no rows");
  EXPECT_EQ(refused("stage 2 to sink 2 input 0\n  source sink 0", "stage 2 to sink 2 input 0\n  source sink 1"),
            "declares 3 columns of its source, which gives 2");
  EXPECT_NE(refused("probe sink 2", "probe sink 0").find("no join table"), std::string::npos);
}

}  // namespace
}  // namespace headrace
