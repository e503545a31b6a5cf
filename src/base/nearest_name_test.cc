#include "base/nearest_name.h"

#include <gtest/gtest.h>
#include <array>
#include <vector>

namespace headrace {

TEST(EditDistance, CountsEachKindOfEditOnce) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("select", "SELECT"), 0u);
  EXPECT_EQ(edit_distance("selct", "select"), 1u);    // left out
  EXPECT_EQ(edit_distance("seleect", "select"), 1u);  // doubled
  EXPECT_EQ(edit_distance("selekt", "select"), 1u);   // wrong
  EXPECT_EQ(edit_distance("slect", "select"), 1u);
  EXPECT_EQ(edit_distance("seletc", "select"), 1u);   // swapped
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(NearestName, OffersPlausibleNamesOnly) {
  constexpr std::array<std::string_view, 5> known = {"threads", "vector_rows", "memory_limit", "tier", "on_error"};
  EXPECT_EQ(nearest_name("thread", known), "threads");
  EXPECT_EQ(nearest_name("TEIR", known), "tier");
  EXPECT_EQ(nearest_name("memory_limits", known), "memory_limit");
  EXPECT_EQ(nearest_name("vectorrows", known), "vector_rows");
  EXPECT_EQ(nearest_name("banana", known), "");
  EXPECT_EQ(nearest_name("", known), "");
  EXPECT_EQ(nearest_name("x", known), "");
  EXPECT_EQ(nearest_name(std::string(65, 't'), known), "");
}

TEST(NearestName, NeverReplacesEveryLetter) {
  const std::vector<std::string> known = {"b"};
  EXPECT_EQ(nearest_name("a", known), "");
  EXPECT_EQ(nearest_name("B", known), "b");
}

TEST(NearestName, TakesTheFirstOfEquallyNearOnes) {
  const std::vector<std::string> known = {"year_a", "year_b"};
  EXPECT_EQ(nearest_name("year_c", known), "year_a");
}

TEST(DidYouMean, IsAHintOrNothing) {
  const std::vector<std::string> known = {"carrier", "origin"};
  EXPECT_EQ(did_you_mean("carier", known), "did you mean carrier?");
  EXPECT_EQ(did_you_mean("zzz", known), "");
}

}  // namespace headrace
