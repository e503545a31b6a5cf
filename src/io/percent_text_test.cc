// Goal: what stands as %XX becomes its byte, and no other percent sign disturbs.
#include "io/percent_text.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(PercentText, DecodesTwoDigitsAndLeavesTheRest) {
  const struct {
    std::string text, bytes;
  } cases[] = {{"a%2Fb", "a/b"}, {"%2f%C3%A4", "/ä"}, {"%00", std::string(1, '\0')},
               {"100%", "100%"}, {"%2", "%2"},        {"%zz%-1%+1", "%zz%-1%+1"},
               {"%%41", "%A"},   {"%2541", "%41"},    {"", ""}};
  for (const auto& [text, bytes] : cases) EXPECT_EQ(percent_decoded(text), bytes) << text;
}

}  // namespace
}  // namespace headrace
