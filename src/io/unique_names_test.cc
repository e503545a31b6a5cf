// Goal: names become distinct as they always did, and so many equal ones are no matter.
#include "io/unique_names.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace headrace {
namespace {

using Names = std::vector<std::string>;
using Case = UniqueNames::Case;

Names unique(const Names& names, Case tells) {
  UniqueNames taken(tells);
  Names all;
  for (const std::string& name : names) all.push_back(taken.take(name));
  return all;
}

TEST(UniqueNames, NumberTheSecondAndLaterOnes) {
  const struct {
    Names names;
    Case tells;
    Names expected;
  } cases[] = {{{"a", "b"}, Case::kTells, {"a", "b"}},
               {{"a", "a", "a"}, Case::kTells, {"a", "a_1", "a_2"}},
               {{"a", "A"}, Case::kTells, {"a", "A"}},
               {{"a", "A", "a"}, Case::kTellsNot, {"a", "A_1", "a_2"}},
               {{"a_1", "a", "a", "a"}, Case::kTells, {"a_1", "a", "a_2", "a_3"}},
               {{"a", "a", "a_1", "a", "a_1"}, Case::kTells, {"a", "a_1", "a_1_1", "a_2", "a_1_2"}},
               {{"A_1", "a", "a"}, Case::kTellsNot, {"A_1", "a", "a_2"}},
               {{"", ""}, Case::kTells, {"", "_1"}}};
  for (const auto& [names, tells, expected] : cases) EXPECT_EQ(unique(names, tells), expected);
}

// Quadratic work would take minutes.
TEST(UniqueNames, ManyEqualOnes) {
  const size_t count = 100'000;
  const Names all = unique(Names(count, "a"), Case::kTellsNot);
  EXPECT_EQ(all.back(), "a_99999");
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), count);
}

}  // namespace
}  // namespace headrace
