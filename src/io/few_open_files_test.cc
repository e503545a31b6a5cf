// Goal: many files are read with few of them open, and never another file in the place of the one that was opened.
#include "io/few_open_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "io/test_tables.h"

namespace headrace {
namespace {

uint64_t descriptors() {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  return static_cast<uint64_t>(std::distance(begin(open), end(open)));
}

std::string text_of(ReadableFile& file, uint64_t offset) {
  char text[2];
  const auto got = file.read_at(offset, text);
  return got.ok() ? std::string(text, got.value()) : to_text(got.error());
}

TEST(FewOpenFiles, ReadsManyFilesInTurn) {
  TestDirectory directory;
  FewOpenFiles world(real_world(), 3);
  const uint64_t before = descriptors();
  std::vector<std::unique_ptr<ReadableFile>> files;
  for (int i = 0; i < 10; ++i) {
    auto file = world.open(directory.put(std::to_string(i), "text " + std::to_string(i)));
    ASSERT_TRUE(file.ok());
    files.push_back(std::move(file.value()));
  }
  for (const uint64_t offset : {0, 5, 3})
    for (size_t i = 0; i < files.size(); ++i)
      EXPECT_EQ(text_of(*files[i], offset), ("text " + std::to_string(i)).substr(offset, 2));
  EXPECT_LE(descriptors(), before + 3);
  files.clear();
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(error_text(world.open(directory / "none")), error_text(real_world().open(directory / "none")));
}

TEST(FewOpenFiles, RefusesAFileThatIsAnotherOne) {
  TestDirectory directory;
  FewOpenFiles world(real_world(), 1);
  const auto first = world.open(directory.put("a", "abcd"));
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(real_world().rename(directory.put("b", "efgh"), directory / "a").ok());
  EXPECT_EQ(text_of(*first.value(), 0), "ab") << "it is still open";
  const auto second = world.open(directory.put("c", "ijkl"));
  ASSERT_TRUE(second.ok());
  EXPECT_NE(text_of(*first.value(), 0).find("written or replaced while it was read"), std::string::npos);
  EXPECT_EQ(text_of(*second.value(), 0), "ij");
}

}  // namespace
}  // namespace headrace
