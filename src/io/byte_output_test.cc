// Goal: a file appears when it is complete, and what a writer left that was killed goes when the next one comes, nothing else.
#include "io/byte_output.h"

#include <gtest/gtest.h>

#include "base/fake_world.h"

namespace headrace {
namespace {

TEST(ByteOutput, AppearsWhenItIsCommitted) {
  FakeWorld world;
  world.put("d/x.csv", "old");
  auto file = make_atomic_file(world, "d/x.csv");
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file.value()->append(std::string_view("new")).ok());
  EXPECT_EQ(world.content("d/x.csv"), "old");
  ASSERT_TRUE(file.value()->commit().ok());
  file.value().reset();
  EXPECT_EQ(world.content("d/x.csv"), "new");
  EXPECT_EQ(world.paths(), std::set<std::string>{"d/x.csv"});
  ASSERT_TRUE(make_atomic_file(world, "d/x.csv").ok()) << "abandoned at once";
  EXPECT_EQ(world.paths(), std::set<std::string>{"d/x.csv"});
}

TEST(ByteOutput, WhatADeadWriterLeftIsRemoved) {
  for (const std::string around : {"d/", "d/e/"}) {
    FakeWorld world;
    const std::set<std::string> others = {around + ".y.csv.1f-0.partial", around + ".x.csv.partial",
                                          around + ".x.csv.mine.partial", around + ".x.csv.1f.partial",
                                          around + ".x.csv.1f-0.backup",  around + "x.csv.1f-0.partial",
                                          around + ".x.csv2.1f-0.partial"};
    for (const std::string& name : others) world.put(name, "someone's");
    world.put(around + ".x.csv.1f-0.partial", "left behind");
    world.put(around + ".x.csv.a5f00b-12.partial", "left behind");
    auto file = make_atomic_file(world, around + "x.csv");
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file.value()->commit().ok());
    file.value().reset();
    std::set<std::string> expected = others;
    expected.insert(around + "x.csv");
    EXPECT_EQ(world.paths(), expected);
  }
}

TEST(ByteOutput, ALivingWriterIsLeftAlone) {
  FakeWorld world;
  auto first = make_atomic_file(world, "x.csv");
  ASSERT_TRUE(first.ok() && first.value()->append(std::string_view("first")).ok());
  auto second = make_atomic_file(world, "x.csv");
  ASSERT_TRUE(second.ok() && second.value()->append(std::string_view("second")).ok());
  ASSERT_TRUE(second.value()->commit().ok());
  EXPECT_EQ(world.content("x.csv"), "second");
  ASSERT_TRUE(first.value()->commit().ok());
  EXPECT_EQ(world.content("x.csv"), "first");
}

TEST(ByteOutput, ErrorsNameTheFile) {
  FakeWorld world;
  world.create_fails = true;
  const auto failed = make_atomic_file(world, "d/x.csv");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().where, "d/x.csv");
  world.create_fails = false;
  ASSERT_TRUE(world.make_directory("d").ok());
  EXPECT_EQ(make_atomic_file(world, "d").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace headrace
