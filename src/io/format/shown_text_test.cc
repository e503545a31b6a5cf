// Goal: errors show texts of any bytes and any length as a line of a terminal.
#include "io/format/shown_text.h"

#include <gtest/gtest.h>

#include "io/format/json_blocks.h"

namespace headrace {
namespace {

TEST(ShownText, IsCutAndDisturbsNoTerminal) {
  const std::string longest(kShownBytesMax, 'x');
  const struct {
    std::string text, shown, as_json;
  } cases[] = {{"a b", "a b", "\"a b\""},
               {"\x1b[0m\n\x7f", "\\x1b[0m\\x0a\\x7f", "\"\\x1b[0m\\x0a\\x7f\""},
               {"\"a\"", "\"a\"", "\"a\""},
               {longest, longest, "\"" + longest + "\""},
               {longest + "y", longest + "...", "\"" + longest + "..."},
               // A character is not cut.
               {longest.substr(1) + "ä", longest.substr(1) + "...", "\"" + longest.substr(1) + "..."}};
  for (const auto& [text, shown, as_json] : cases) {
    EXPECT_EQ(shown_text(text), shown);
    EXPECT_EQ(shown_json(text), as_json);
  }
}

}  // namespace
}  // namespace headrace
