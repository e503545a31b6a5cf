#include "io/format/bad_rows.h"

#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "io/test_tables.h"

namespace headrace {
namespace {

std::string text_of(FakeWorld& world, const std::string& path) {
  auto file = world.open(path);
  if (!file.ok()) return to_text(file.error());
  std::string text(file.value()->size_bytes(), '\0');
  (void)file.value()->read_at(0, text).ok();
  return text;
}

TEST(BadRows, OptionsAreTakenOut) {
  const auto taken = [](Options options) -> std::string {
    const auto result = take_bad_row_options(options, "csv");
    if (!result.ok()) return result.error().message;
    std::string text = std::to_string(static_cast<int>(result.value().policy)) + result.value().rejects_path;
    if (result.value().all_columns) text += " declared";
    for (const auto& [name, value] : options) text += " left " + name + "=" + value;
    return text;
  };
  EXPECT_EQ(taken({}), "0");
  EXPECT_EQ(taken({{"on_error", "fail"}, {"header", "true"}}), "0 left header=true");
  EXPECT_EQ(taken({{"ON_ERROR", "NULL"}, {"validate", "declared"}}), "1 declared");
  EXPECT_EQ(taken({{"ignore_errors", "true"}}), "2");
  EXPECT_EQ(taken({{"ignore_errors", "false"}, {"on_error", "null"}}), "1");
  EXPECT_EQ(taken({{"on_error", "skip"}, {"ignore_errors", "true"}}), "2");
  EXPECT_EQ(taken({{"rejects", "r.csv"}}), "3r.csv");
  EXPECT_EQ(taken({{"rejects", "r.csv"}, {"on_error", "reject"}}), "3r.csv");
  EXPECT_EQ(taken({{"on_error", "reject"}}), "csv options on_error = 'reject' and rejects = 'path' belong together");
  EXPECT_EQ(taken({{"on_error", "skip"}, {"rejects", "r"}}),
            "csv options on_error = 'reject' and rejects = 'path' belong together");
  EXPECT_EQ(taken({{"on_error", "drop"}}), "csv option 'on_error' expects fail, null, skip or reject, found \"drop\"");
  EXPECT_EQ(taken({{"validate", "all"}}), "csv option 'validate' expects referenced or declared, found \"all\"");
  EXPECT_EQ(taken({{"on_error", "null"}, {"ignore_errors", "true"}}),
            "csv option 'ignore_errors' expects no other on_error than skip beside it, found \"true\"");
}

// Two files, whose morsels end out of order.
void write_rejects(FakeWorld& world, MemoryBudget& budget, const std::string& path) {
  const auto rows = BadRows::make({BadRowPolicy::kReject, path, false}, world, budget).value();
  const uint32_t first = rows->begin_file("a.csv", 2);
  const uint32_t second = rows->begin_file("b.csv", 1);
  MorselBadRows of_second(rows, second, 0);
  EXPECT_TRUE(of_second.add({7, 1, "", "found 3 fields", "2 fields", "\xFF,x"}).ok());
  EXPECT_TRUE(of_second.finish(4).ok());
  MorselBadRows later(rows, first, 1);
  EXPECT_TRUE(later.add({100, 0, "n", "no value of the type", "int64", "x\"y,\nz"}).ok());
  EXPECT_TRUE(later.finish(3).ok());
  EXPECT_TRUE(rows->is_done(first, 1));
  EXPECT_FALSE(rows->is_done(first, 0));
  {
    MorselBadRows given_up(rows, first, 0);  // a LIMIT had enough: it is read again
    EXPECT_TRUE(given_up.add({3, 1, "n", "no value of the type", "int64", "q"}).ok());
  }
  MorselBadRows again(rows, first, 0);
  EXPECT_TRUE(again.add({3, 1, "n", "no value of the type", "int64", "q"}).ok());
  EXPECT_TRUE(again.finish(10).ok());
  EXPECT_TRUE(rows->end_file(first, 2).ok());
  EXPECT_TRUE(rows->end_file(second, 1).ok());
  EXPECT_EQ(rows->counts().left_out, 3u);
  EXPECT_EQ(world.kind(path), FileKind::kMissing);
  EXPECT_TRUE(rows->commit().ok());
}

TEST(BadRows, RejectsAreWrittenInTheOrderOfTheInput) {
  FakeWorld world;
  TestQuery query(world);
  write_rejects(world, query.budget, "r.ndjson");
  EXPECT_EQ(text_of(world, "r.ndjson"),
            "{\"file\":\"a.csv\",\"position\":3,\"line\":3,\"column\":\"n\",\"reason\":\"no value of the "
            "type\",\"expected\":\"int64\",\"raw\":\"q\"}\n"
            "{\"file\":\"a.csv\",\"position\":100,\"line\":12,\"column\":\"n\",\"reason\":\"no value of the "
            "type\",\"expected\":\"int64\",\"raw\":\"x\\\"y,\\nz\"}\n"
            "{\"file\":\"b.csv\",\"position\":7,\"line\":2,\"column\":null,\"reason\":\"found 3 "
            "fields\",\"expected\":\"2 fields\",\"raw_base64\":\"/yx4\"}\n");
  write_rejects(world, query.budget, "r.csv");
  EXPECT_EQ(text_of(world, "r.csv"),
            "file,position,line,column,reason,expected,raw\n"
            "a.csv,3,3,n,no value of the type,int64,q\n"
            "a.csv,100,12,n,no value of the type,int64,\"x\"\"y,\nz\"\n"
            "b.csv,7,2,,found 3 fields,2 fields,\"\xFF,x\"\n");
}

TEST(BadRows, WithoutCommitThereIsNoFile) {
  FakeWorld world;
  TestQuery query(world);
  {
    const auto rows = BadRows::make({BadRowPolicy::kReject, "r.ndjson", false}, world, query.budget).value();
  }
  EXPECT_EQ(world.kind("r.ndjson"), FileKind::kMissing);
  EXPECT_EQ(BadRows::make({BadRowPolicy::kReject, "r", false}, world, query.budget).ok(), true);
}

TEST(BadRows, WhatIsKeptIsReserved) {
  FakeWorld world;
  TestQuery query(world, 300'000);
  const auto rows = BadRows::make({BadRowPolicy::kReject, "r.ndjson", false}, world, query.budget).value();
  rows->begin_file("a", 1);
  MorselBadRows bad(rows, 0, 0);
  const std::string raw(1'000, 'x');
  Status status = kDone;
  for (int i = 0; i < 1'000 && status.ok(); ++i) status = bad.add({0, 0, "", "r", "e", raw});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kLimit);
}

TEST(BadRows, SkippedRecordsAreCountedOnly) {
  FakeWorld world;
  TestQuery query(world);
  const auto rows = BadRows::make({BadRowPolicy::kSkip, "", false}, world, query.budget).value();
  rows->begin_file("a", 1);
  {
    MorselBadRows bad(rows, 0, 0);
    EXPECT_TRUE(bad.add({}).ok());
    bad.add_null(2);
  }
  EXPECT_EQ(rows->counts().left_out, 1u);
  EXPECT_EQ(rows->counts().nulled, 2u);
  EXPECT_TRUE(rows->commit().ok());
}

}  // namespace
}  // namespace headrace
