// Goal: a path falls into a directory and a name that lead to the same place.
#include "base/path_text.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(PathText, DirectoryAndName) {
  const struct {
    const char *path, *directory, *name;
  } cases[] = {{"a/b.csv", "a", "b.csv"}, {"b.csv", ".", "b.csv"}, {"/b", "/", "b"},    {"/a/b", "/a", "b"},
               {"a/b/", "a/b", ""},       {"./b", ".", "b"},       {"a//b", "a/", "b"}, {"", ".", ""}};
  for (const auto& [path, directory, name] : cases) {
    EXPECT_EQ(directory_of(path), directory) << path;
    EXPECT_EQ(name_of(path), name) << path;
  }
}

}  // namespace
}  // namespace headrace
