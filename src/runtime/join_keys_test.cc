// Goal: a scan is told what the build sides of its joins have keys for, and nothing that would drop a row which matters or faults.
#include "runtime/join_keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "runtime/operators/join_build.h"
#include "runtime/operators/list.h"
#include "runtime/test_context.h"

namespace headrace {
namespace {

// A table of the keys, and of a text beside them.
std::unique_ptr<Sink> build(const std::vector<Value>& keys, TestContext& test) {
  const Schema schema{{"k", kInt64, true}, {"t", kUtf8, true}};
  Random random(1);
  std::vector<Row> rows;
  for (const Value& key : keys) rows.push_back({key, Value{kUtf8, std::string("x")}});
  auto sink = make_sink({JoinBuildSink{1}, schema, schema, 1}, test.context);
  CHECK(sink.ok());
  CHECK(run_sink(*sink.value(), cut_into_batches(schema, rows, random), 1, random).ok());
  CHECK(sink.value()->finish().ok());
  return std::move(sink.value());
}

std::vector<Value> numbers(int64_t first, int64_t last) {
  std::vector<Value> keys{null_value(kInt64)};
  for (int64_t key = first; key <= last; ++key) keys.push_back({kInt64, key});
  return keys;
}

// `steps` come between the source's columns a and b and the output, which is a.
std::string conditions(const std::string& steps, const std::vector<Value>& keys, int out = 2) {
  DeclaredTables tables;
  auto program = parse_program(fmt::format(R"(program result 1
sink 0 join_build keys 1
  inputs 1 in ("k" int64 ?, "t" utf8 ?) out ("k" int64 ?, "t" utf8 ?)
sink 1 collect ordered
  inputs 1 in ("a" int64 ?) out ("a" int64 ?)
stage 0 to sink 0 input 0
  source stream
  value v0 "k" int64 ?
  value v1 "t" utf8 ?
  output (v0, v1)
stage 1 to sink 1 input 0
  source stream
  value v0 "a" int64 ?
  value v1 "b" int64 ?
{}  output (v{})
)",
                                           steps, out),
                               tables);
  if (!program.ok()) return to_text(program.error());
  TestContext test;
  const auto sink = build(keys, test);
  std::string text;
  for (const ExprPtr& one : conditions_of_joins(program.value().stages[1], {&join_table_of(*sink), nullptr}))
    text += (text.empty() ? "" : " and ") + to_text(*one);
  return text;
}

std::string probe(const char* kind, int out = 2) {
  return fmt::format("  probe sink 0 {} keys (v0) carried (v0 as v{} \"a\" int64 ?) fetched ()\n  cut staged breaker\n",
                     kind, out);
}

TEST(JoinKeys, FewKeysAreListedOthersHaveBounds) {
  EXPECT_EQ(conditions(probe("inner"), numbers(5, 6)), "((a#0 = 5::int64) or (a#0 = 6::int64))");
  EXPECT_EQ(conditions(probe("semi"), numbers(5, 5)), "(a#0 = 5::int64)");
  EXPECT_EQ(conditions(probe("inner"), numbers(100, 2'000)), "(a#0 >= 100::int64) and (a#0 <= 2000::int64)");
  EXPECT_EQ(conditions(probe("inner"), numbers(1, 0)), "false");
}

TEST(JoinKeys, JoinsThatKeepRowsSayNothing) {
  for (const char* kind : {"left", "anti"}) EXPECT_EQ(conditions(probe(kind), numbers(5, 5)), "") << kind;
}

TEST(JoinKeys, WhatMayFaultInFrontOfAJoinFaultsForAllRows) {
  const std::string add = "  compute v2 \"sum\" int64 ? faults = add_i64_i64(v0, v1)\n  cut staged breaker\n";
  EXPECT_EQ(conditions(add + probe("inner", 3), numbers(5, 5), 3), "");
}

}  // namespace
}  // namespace headrace
