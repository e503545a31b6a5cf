#include "io/output_set.h"

#include <map>

#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "io/output_journal.h"

namespace headrace {
namespace {

using Files = std::map<std::string, std::string>;

Status write_file(OutputSet& set, const std::string& name, const std::string& content) {
  TRY(file, set.file(name));
  TRY_STATUS(file->append(content));
  return file->commit();
}

Status write_set(World& world, OutputMode mode, const Files& files) {
  TRY(set, OutputSet::make(world, "top/out", mode));
  for (const auto& [name, content] : files) TRY_STATUS(write_file(*set, name, content));
  return set->commit();
}

// What a reader of the directory finds, staging aside.
Files visible(FakeWorld& world) {
  Files files;
  for (const std::string& path : world.paths())
    if (path.starts_with("top/out/") && path.find("/.headrace/") == std::string::npos)
      files[path.substr(8)] = *world.content(path);
  return files;
}

const Files kOld = {{"a=1/data_0.csv", "old 1"}, {"a=2/data_0.csv", "old 2"}, {"a=2/deep/data_0.csv", "old 3"}};
const Files kNew = {{"a=1/data_0.csv", "new 1"}, {"a=3/data_0.csv", "new 3"}, {"top.csv", "new top"}};

Files merged(Files files, const Files& other) {
  for (const auto& [name, content] : other) files[name] = content;
  return files;
}

std::unique_ptr<FakeWorld> world_with(const Files& files) {
  auto world = std::make_unique<FakeWorld>();
  EXPECT_TRUE(world->make_directory("top").ok());
  if (!files.empty()) EXPECT_TRUE(write_set(*world, OutputMode::kNew, files).ok());
  return world;
}

TEST(OutputSet, ModesSayWhatStays) {
  struct Case {
    Files before;
    OutputMode mode;
    Files after;  // empty: refused
  };
  const Case cases[] = {{{}, OutputMode::kNew, kNew},
                        {kOld, OutputMode::kNew, {}},
                        {{}, OutputMode::kReplaceAll, kNew},
                        {kOld, OutputMode::kReplaceAll, kNew},
                        {{}, OutputMode::kReplaceFiles, kNew},
                        {kOld, OutputMode::kReplaceFiles, merged(kOld, kNew)},
                        {kOld, OutputMode::kAppend, merged(kOld, kNew)}};
  for (const Case& one : cases) {
    const auto world = world_with(one.before);
    const Status status = write_set(*world, one.mode, kNew);
    EXPECT_EQ(status.ok(), !one.after.empty());
    EXPECT_EQ(visible(*world), status.ok() ? one.after : one.before);
    for (const std::string& path : world->paths()) EXPECT_EQ(path.find(".headrace"), std::string::npos) << path;
    EXPECT_EQ(world->kind("top/.headrace"), FileKind::kMissing);
    EXPECT_EQ(world->kind("top/out/.headrace"), FileKind::kMissing);
    if (one.mode == OutputMode::kReplaceAll) EXPECT_EQ(world->kind("top/out/a=2"), FileKind::kMissing);
  }
}

// The process or the machine ends after each change of the disk, one after the other: what the next start finds is the old
// state or the new one.
TEST(OutputSet, AnEndAtAnyChangeShowsAllOrNothing) {
  for (const OutputMode mode : {OutputMode::kNew, OutputMode::kReplaceFiles, OutputMode::kReplaceAll}) {
    const Files before = mode == OutputMode::kNew ? Files() : kOld;
    const Files after = mode == OutputMode::kReplaceFiles ? merged(kOld, kNew) : kNew;
    for (const bool power_fails : {false, true}) {
      bool ended = false;
      uint64_t shown = 0;
      for (uint64_t changes = 0; !ended; ++changes) {
        const auto world = world_with(before);
        world->changes_left = changes;
        ended = write_set(*world, mode, kNew).ok();
        if (power_fails)
          world->restart();
        else
          world->changes_left.reset();
        ASSERT_TRUE(recover_outputs_around(*world, "top/out").ok());
        const Files found = visible(*world);
        ASSERT_TRUE(found == before || found == after) << changes << " changes, " << testing::PrintToString(found);
        shown += found == after ? 1 : 0;
        if (ended) ASSERT_EQ(found, after);
        // The next write succeeds, and leaves nothing of the one that ended.
        ASSERT_TRUE(write_set(*world, OutputMode::kReplaceAll, {{"z", "z"}}).ok());
        ASSERT_EQ(world->paths(), std::set<std::string>{"top/out/z"}) << changes;
      }
      if (mode != OutputMode::kNew) EXPECT_GT(shown, 5u) << "rolled forward";
    }
  }
}

// Many files are synced by one call.
TEST(OutputSet, PowerMayFailBehindManyFiles) {
  Files many;
  for (int i = 0; i < 40; ++i) many["k=" + std::to_string(i) + "/data_0.csv"] = "content " + std::to_string(i);
  bool ended = false;
  for (uint64_t changes = 200; !ended; ++changes) {
    const auto world = world_with(kOld);
    world->changes_left = changes;
    ended = write_set(*world, OutputMode::kReplaceAll, many).ok();
    world->restart();
    ASSERT_TRUE(recover_outputs_around(*world, "top/out").ok());
    ASSERT_TRUE(visible(*world) == many || (!ended && visible(*world) == kOld)) << changes;
  }
}

TEST(OutputSet, RecoveryMayEndToo) {
  for (uint64_t first = 10; first < 60; ++first)
    for (uint64_t second = 0; second < 12; ++second) {
      const auto world = world_with(kOld);
      world->changes_left = first;
      (void)write_set(*world, OutputMode::kReplaceAll, kNew).ok();
      world->restart();
      world->changes_left = second;
      (void)recover_outputs_around(*world, "top/out").ok();
      world->restart();
      ASSERT_TRUE(recover_outputs_around(*world, "top/out").ok());
      ASSERT_TRUE(visible(*world) == kOld || visible(*world) == kNew)
          << first << " " << second << testing::PrintToString(visible(*world));
    }
}

TEST(OutputSet, FailuresLeaveWhatWasThere) {
  const auto world = world_with(kOld);
  const auto refused = [&] {
    const Status status = write_set(*world, OutputMode::kReplaceAll, kNew);
    EXPECT_EQ(status.error().code, ErrorCode::kIo);
    EXPECT_EQ(visible(*world), kOld);
    EXPECT_EQ(world->kind("top/out/.headrace"), FileKind::kMissing);
    return status.ok() ? "" : status.error().message;
  };
  world->disk_bytes_max = 20;
  EXPECT_EQ(refused(), "cannot write the file: no space left on the device");
  world->disk_bytes_max.reset();
  world->sync_fails = true;
  EXPECT_EQ(refused(), "cannot write the file to stable storage");
  world->sync_fails = false;
  world->create_fails = true;
  refused();
  world->create_fails = false;
  world->rename_fails = true;
  refused();
  world->rename_fails = false;
  EXPECT_TRUE(write_set(*world, OutputMode::kReplaceAll, kNew).ok());
}

TEST(OutputSet, ALivingWriterIsLeftAlone) {
  const auto world = world_with(kOld);
  auto set = OutputSet::make(*world, "top/out", OutputMode::kAppend);
  ASSERT_TRUE(set.ok());
  ASSERT_TRUE(write_file(*set.value(), "b/data.csv", "mine").ok());
  ASSERT_TRUE(write_set(*world, OutputMode::kAppend, {{"c/data.csv", "other"}}).ok());
  EXPECT_EQ(visible(*world), merged(kOld, {{"c/data.csv", "other"}}));
  ASSERT_TRUE(set.value()->commit().ok());
  EXPECT_EQ(visible(*world), merged(kOld, {{"c/data.csv", "other"}, {"b/data.csv", "mine"}}));
  const auto twice = OutputSet::make(*world, "top/out", OutputMode::kAppend);
  ASSERT_TRUE(write_file(*twice.value(), "d", "").ok());
  EXPECT_EQ(twice.value()->file("d").error().code, ErrorCode::kInvalidPlan);
}

TEST(OutputJournal, DamagedOnesAreRefused) {
  const OutputJournal journal{{"a=1/x", "b"}, {"a=2/line\nbreak %41", "c d"}};
  const std::string text = journal_text(journal);
  const auto parsed = parse_journal(text, "j");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().removed, journal.removed);
  EXPECT_EQ(parsed.value().moved, journal.moved);
  for (size_t cut = 0; cut < text.size(); ++cut) EXPECT_FALSE(parse_journal(text.substr(0, cut), "j").ok()) << cut;
  for (size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(parse_journal(changed, "j").ok()) << at;
  }
  for (const char* path : {"../x", "/etc/x", "a/../../x", "a//b", ".", ".headrace/x", "a/", ""}) {
    EXPECT_FALSE(parse_journal(journal_text({{path}, {}}), "j").ok()) << path;
    EXPECT_FALSE(parse_journal(journal_text({{}, {path}}), "j").ok()) << path;
  }
}

}  // namespace
}  // namespace headrace
