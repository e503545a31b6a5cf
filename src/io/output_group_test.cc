// Goal: outputs in several directories appear together or not at all, whatever ends the process or the machine, and whichever of the
// directories is looked at next.
#include "io/output_group.h"

#include <map>

#include <gtest/gtest.h>

#include "base/fake_world.h"

namespace headrace {
namespace {

using Files = std::map<std::string, std::string>;

Status write_file(Result<std::unique_ptr<ByteOutput>> file, const std::string& content) {
  TRY(output, std::move(file));
  TRY_STATUS(output->append(content));
  return output->commit();
}

// Two files of one directory, one of another, a directory that is not there yet and one whose files are replaced.
Status write_group(World& world) {
  OutputGroup group(world);
  TRY_STATUS(write_file(group.file("top/a/one.csv"), "new one"));
  TRY_STATUS(write_file(group.file("top/a/two.csv"), "new two"));
  TRY_STATUS(write_file(group.file("top/b/three.csv"), "new three"));
  TRY(fresh, group.directory("top/b/parts", OutputMode::kNew));
  TRY_STATUS(write_file(fresh->file("k=1/data_0.csv"), "new part"));
  TRY(replaced, group.directory("top/c", OutputMode::kReplaceAll));
  TRY_STATUS(write_file(replaced->file("k=2/data_0.csv"), "new c"));
  return group.commit();
}

const Files kOld = {{"top/a/one.csv", "old one"}, {"top/c/k=1/data_0.csv", "old c"}};
const Files kNew = {{"top/a/one.csv", "new one"},
                    {"top/a/two.csv", "new two"},
                    {"top/b/three.csv", "new three"},
                    {"top/b/parts/k=1/data_0.csv", "new part"},
                    {"top/c/k=2/data_0.csv", "new c"}};

std::unique_ptr<FakeWorld> old_world() {
  auto world = std::make_unique<FakeWorld>();
  for (const char* directory : {"top/a", "top/b", "top/c"}) EXPECT_TRUE(world->make_directory(directory).ok());
  OutputGroup group(*world);
  EXPECT_TRUE(write_file(group.file("top/a/one.csv"), "old one").ok());
  const auto parts = group.directory("top/c", OutputMode::kAppend);
  EXPECT_TRUE(parts.ok() && write_file(parts.value()->file("k=1/data_0.csv"), "old c").ok());
  EXPECT_TRUE(group.commit().ok());
  return world;
}

Files visible(FakeWorld& world) {
  Files files;
  for (const std::string& path : world.paths())
    if (path.find("/.headrace/") == std::string::npos) files[path] = *world.content(path);
  return files;
}

bool has_staging(FakeWorld& world) {
  for (const char* directory : {"top/a", "top/b", "top/c"})
    if (world.kind(std::string(directory) + "/.headrace") != FileKind::kMissing) return true;
  return false;
}

TEST(OutputGroup, AppearsAtCommit) {
  const auto world = old_world();
  EXPECT_EQ(visible(*world), kOld);
  ASSERT_TRUE(write_group(*world).ok());
  EXPECT_EQ(visible(*world), kNew);
  EXPECT_FALSE(has_staging(*world));
}

TEST(OutputGroup, AnEndAtAnyChangeShowsAllOrNothing) {
  for (const bool machine : {false, true})
    for (const char* next : {"top/a", "top/b", "top/c", "top/b/parts"}) {
      uint32_t old_states = 0, new_states = 0;
      bool ended = false;
      for (uint64_t changes = 0; !ended; ++changes) {
        const auto world = old_world();
        world->changes_left = changes;
        ended = write_group(*world).ok();
        if (machine)
          world->restart();
        else
          world->changes_left.reset();
        ASSERT_TRUE(recover_outputs_around(*world, next).ok());
        for (const char* other : {"top/a", "top/b", "top/c"}) ASSERT_TRUE(recover_outputs_around(*world, other).ok());
        const Files found = visible(*world);
        ASSERT_TRUE(found == kNew || (!ended && found == kOld))
            << next << " behind " << changes << " changes: " << testing::PrintToString(found);
        ASSERT_FALSE(has_staging(*world)) << next << " " << changes;
        (found == kNew ? new_states : old_states) += 1;
      }
      EXPECT_GT(old_states, 20u);
      EXPECT_GT(new_states, 10u) << "rolled forward";
    }
}

// All of them are completed by whoever meets one.
TEST(OutputGroup, OneDirectoryIsEnoughToCompleteAll) {
  for (const char* next : {"top/a", "top/b", "top/c"}) {
    uint32_t completed = 0;
    bool ended = false;
    for (uint64_t changes = 0; !ended; ++changes) {
      const auto world = old_world();
      world->changes_left = changes;
      ended = write_group(*world).ok();
      world->restart();
      ASSERT_TRUE(recover_outputs_around(*world, next).ok());
      const Files found = visible(*world);
      if (found == kNew) ++completed;
      ASSERT_TRUE(found == kNew || found == kOld) << next << " behind " << changes << testing::PrintToString(found);
    }
    EXPECT_GT(completed, 10u);
  }
}

TEST(OutputGroup, RecoveryMayEndToo) {
  for (uint64_t first = 30; first < 110; ++first)
    for (uint64_t second = 0; second < 24; ++second) {
      const auto world = old_world();
      world->changes_left = first;
      (void)write_group(*world).ok();
      world->restart();
      world->changes_left = second;
      (void)recover_outputs_around(*world, second % 2 == 0 ? "top/c" : "top/a").ok();
      world->restart();
      for (const char* next : {"top/b", "top/a", "top/c"}) ASSERT_TRUE(recover_outputs_around(*world, next).ok());
      ASSERT_TRUE(visible(*world) == kOld || visible(*world) == kNew)
          << first << " " << second << testing::PrintToString(visible(*world));
    }
}

TEST(OutputGroup, FailuresLeaveWhatWasThere) {
  const auto world = old_world();
  const auto refused = [&] {
    const Status status = write_group(*world);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(visible(*world), kOld);
    EXPECT_FALSE(has_staging(*world));
  };
  world->disk_bytes_max = 30;
  refused();
  world->disk_bytes_max.reset();
  world->sync_fails = true;
  refused();
  world->sync_fails = false;
  world->rename_fails = true;
  refused();
  world->rename_fails = false;
  EXPECT_TRUE(write_group(*world).ok());
}

TEST(OutputGroup, NoOutputIsAnotherOneOrLiesInIt) {
  const auto world = old_world();
  OutputGroup group(*world);
  ASSERT_TRUE(group.file("top/a/x.csv").ok());
  EXPECT_EQ(group.file("top/a/x.csv").error().code, ErrorCode::kInvalidPlan);
  ASSERT_TRUE(group.directory("top/b/parts", OutputMode::kNew).ok());
  EXPECT_EQ(group.directory("top/b/parts", OutputMode::kNew).error().code, ErrorCode::kInvalidPlan);
  EXPECT_EQ(group.directory("top/b", OutputMode::kAppend).error().code, ErrorCode::kInvalidPlan);
  const auto missing = group.file("top/nowhere/x.csv");
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
  EXPECT_EQ(missing.error().where, "top/nowhere/x.csv");
}

}  // namespace
}  // namespace headrace
