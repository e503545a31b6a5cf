#include "base/world.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/fake_world.h"

namespace headrace {
namespace {

std::span<const char> bytes(std::string_view text) { return {text.data(), text.size()}; }

std::string read_all(World& world, const std::string& path) {
  auto file = world.open(path);
  if (!file.ok()) return to_text(file.error());
  std::string text(file.value()->size_bytes() + 10, '\0');
  const Result<uint64_t> got = file.value()->read_at(0, text);
  if (!got.ok()) return to_text(got.error());
  return text.substr(0, got.value());
}

// What both worlds promise, below `directory`, which exists.
void check_contract(World& world, const std::string& directory) {
  const std::string a = directory + "/a", b = directory + "/b";
  EXPECT_EQ(world.kind(a), FileKind::kMissing);
  auto file = world.create(a);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file.value()->append(bytes("hello ")).ok());
  EXPECT_TRUE(file.value()->append(bytes("world")).ok());
  EXPECT_TRUE(file.value()->sync().ok());
  EXPECT_TRUE(file.value()->close().ok());
  EXPECT_EQ(world.kind(a), FileKind::kRegular);
  EXPECT_EQ(read_all(world, a), "hello world");
  auto reader = world.open(a);
  char part[5];
  EXPECT_EQ(reader.value()->read_at(6, part).value(), 5u);
  EXPECT_EQ(std::string(part, 5), "world");
  EXPECT_EQ(reader.value()->read_at(9, part).value(), 2u);
  EXPECT_EQ(reader.value()->read_at(100, part).value(), 0u);
  EXPECT_EQ(world.list(directory).value(), std::vector<std::string>{"a"});
  EXPECT_TRUE(world.rename(a, b).ok());
  EXPECT_EQ(world.kind(a), FileKind::kMissing);
  EXPECT_EQ(read_all(world, b), "hello world");
  EXPECT_TRUE(world.create(b).value()->close().ok());
  EXPECT_EQ(read_all(world, b), "") << "create truncates";
  EXPECT_TRUE(world.remove(b).ok());
  EXPECT_TRUE(world.remove(b).ok()) << "a missing file is no error";
  EXPECT_EQ(world.open(b).error().code, ErrorCode::kIo);
  EXPECT_EQ(world.open(b).error().where, b);
  EXPECT_NE(to_text(world.open(directory).error()).find("found a directory"), std::string::npos);
  EXPECT_TRUE(world.make_directory(directory).ok());

  // Directories: with parents, moved with what is in them, removed when they are empty.
  ASSERT_TRUE(world.make_directory(a + "/in/ner").ok());
  EXPECT_TRUE(world.create(a + "/in/ner/file").value()->close().ok());
  EXPECT_EQ(world.list(a + "/in").value(), std::vector<std::string>{"ner"});
  EXPECT_FALSE(world.remove(a + "/in").ok());
  EXPECT_TRUE(world.sync_directory(a + "/in").ok());
  EXPECT_TRUE(world.sync_all(a).ok());
  EXPECT_TRUE(world.rename(a, b).ok());
  EXPECT_EQ(world.kind(a), FileKind::kMissing);
  EXPECT_TRUE(world.move(b + "/in/ner/file", b + "/file").ok());
  EXPECT_FALSE(world.move(b + "/in/ner/file", b + "/file").ok());
  EXPECT_EQ(world.list(b).value(), (std::vector<std::string>{"file", "in"}));
  EXPECT_FALSE(world.is_link(b + "/file"));
  for (const char* path : {"/in/ner", "/in"}) EXPECT_TRUE(world.remove(b + path).ok()) << path;

  auto held = world.lock(b + "/file", false);
  ASSERT_TRUE(held.ok());
  ASSERT_NE(held.value(), nullptr);
  EXPECT_EQ(world.lock(b + "/file", false).value(), nullptr);
  held.value().reset();
  EXPECT_NE(world.lock(b + "/file", false).value(), nullptr);
  EXPECT_EQ(world.lock(b + "/missing", false).value(), nullptr);
  EXPECT_TRUE(world.remove(b + "/file").ok());
  EXPECT_TRUE(world.remove(b).ok());
}

TEST(World, AFakeRestartForgetsWhatWasNotSynced) {
  FakeWorld world;
  world.put("d/old", "old");
  const auto write = [&](const std::string& path, bool sync) {
    auto file = world.create(path);
    return file.value()->append(bytes("new")).ok() && (!sync || file.value()->sync().ok());
  };
  ASSERT_TRUE(write("d/old", true) && write("d/x", true) && write("e/y", true) && write("e/z", false));
  ASSERT_TRUE(world.sync_directory("e").ok());
  ASSERT_TRUE(world.move("e/y", "e/w").ok());
  world.changes_left = 0;
  EXPECT_FALSE(world.remove("d/old").ok());
  world.restart();
  EXPECT_EQ(world.paths(), (std::set<std::string>{"d/old", "e/y", "e/z"}));
  EXPECT_EQ(world.content("d/old"), "old");
  EXPECT_EQ(world.content("e/y"), "new");
  EXPECT_EQ(world.content("e/z"), "");
}

TEST(World, RealAndFakeKeepTheSameContract) {
  FakeWorld fake;
  ASSERT_TRUE(fake.make_directory("/d").ok());
  check_contract(fake, "/d");

  const std::string base = real_world().temporary_directory() + "/headrace-world-test-" + std::to_string(::getpid());
  ASSERT_TRUE(real_world().make_directory(base + "/deep/er").ok());
  check_contract(real_world(), base + "/deep/er");
  for (const char* part : {"/deep/er", "/deep", ""}) EXPECT_TRUE(real_world().remove(base + part).ok());
}

TEST(World, RealErrorsSayWhatAndWhere) {
  World& world = real_world();
  EXPECT_EQ(to_text(world.create("/nowhere/x").error()),
            "error: cannot create the file: No such file or directory\n  at /nowhere/x\n  hint: check the spelling; "
            "relative paths start at the working directory");
  auto full = world.create("/dev/full");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(to_text(full.value()->append(bytes("x")).error()),
            "error: cannot write the file: no space left on the device\n  at /dev/full\n  hint: free some space, or "
            "write to another disk");
  EXPECT_EQ(world.kind("/dev/full"), FileKind::kOther);
  EXPECT_NE(to_text(world.make_directory("/dev/null/x").error()).find("Not a directory"), std::string::npos);
  EXPECT_FALSE(world.list("/nowhere").ok());
  EXPECT_FALSE(world.rename("/nowhere/a", "/nowhere/b").ok());
}

TEST(World, ClocksAdvance) {
  World& world = real_world();
  const int64_t before = world.monotonic_ns();
  EXPECT_GE(world.monotonic_ns(), before);
  EXPECT_GT(world.wall_clock_us(), int64_t{1'700'000'000'000'000});
}

TEST(FakeWorld, FailuresOnDemand) {
  FakeWorld world;
  world.disk_bytes_max = 3;
  auto file = world.create("f");
  EXPECT_NE(to_text(file.value()->append(bytes("hello")).error()).find("no space left"), std::string::npos);
  EXPECT_EQ(world.content("f"), "hel");
  world.rename_fails = true;
  EXPECT_FALSE(world.rename("f", "g").ok());
  EXPECT_EQ(world.paths(), std::set<std::string>{"f"});
  world.sync_fails = true;
  EXPECT_FALSE(file.value()->sync().ok());
  world.read_fails_from_byte = 2;
  char part[3];
  EXPECT_FALSE(world.open("f").value()->read_at(0, part).ok());
  EXPECT_EQ(world.open("f").value()->read_at(0, {part, 2}).value(), 2u);
  world.create_fails = true;
  EXPECT_FALSE(world.create("h").ok());
  world.now_ns = 5'000;
  EXPECT_EQ(world.wall_clock_us(), 5);
}

}  // namespace
}  // namespace headrace
