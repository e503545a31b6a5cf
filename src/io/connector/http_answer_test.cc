#include "io/connector/http_answer.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(HttpAnswer, ContentRanges) {
  struct Case {
    const char* text;
    bool good;
    uint64_t first, last, total;
  };
  const Case cases[] = {
      {"bytes 0-99/1234", true, 0, 99, 1234},
      {"bytes 1233-1233/1234", true, 1233, 1233, 1234},
      {"bytes 0-0/1", true, 0, 0, 1},
      {"bytes 0-99/*", false, 0, 0, 0},
      {"bytes */1234", false, 0, 0, 0},
      {"bytes 99-0/1234", false, 0, 0, 0},
      {"bytes 0-1234/1234", false, 0, 0, 0},
      {"bytes 0-99", false, 0, 0, 0},
      {"bytes -99/1234", false, 0, 0, 0},
      {"bytes 0-/1234", false, 0, 0, 0},
      {"bytes 0-99/", false, 0, 0, 0},
      {"bytes 0/99-1234", false, 0, 0, 0},
      {"bytes +0-99/1234", false, 0, 0, 0},
      {"bytes 0-99/1234 ", false, 0, 0, 0},
      {"items 0-99/1234", false, 0, 0, 0},
      {"bytes 0-99/18446744073709551616", false, 0, 0, 0},  // 2^64
      {"bytes 0-99/18446744073709551615", false, 0, 0, 0},  // sums of positions would overflow
      {"", false, 0, 0, 0},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.text);
    const auto range = parse_content_range(one.text);
    ASSERT_EQ(range.has_value(), one.good);
    if (!range) continue;
    EXPECT_EQ(range->first, one.first);
    EXPECT_EQ(range->last, one.last);
    EXPECT_EQ(range->total, one.total);
  }
  EXPECT_EQ(parse_unsatisfied_range("bytes */0"), 0u);
  EXPECT_EQ(parse_unsatisfied_range("bytes */12"), 12u);
  EXPECT_EQ(parse_unsatisfied_range("bytes 0-1/12"), std::nullopt);
}

TEST(HttpAnswer, UrlsAreShownWithoutSecrets) {
  EXPECT_EQ(shown_url("https://a.org/b.csv"), "https://a.org/b.csv");
  EXPECT_EQ(shown_url("https://a.org/b.csv?signature=x"), "https://a.org/b.csv?…");
  EXPECT_EQ(shown_url("https://me:word@a.org:80/b@c.csv#d"), "https://a.org:80/b@c.csv?…");
  EXPECT_EQ(shown_url("http://me:w@rd@a.org"), "http://a.org");
}

}  // namespace
}  // namespace headrace
