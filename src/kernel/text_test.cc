// Text kernels: what they return (checked against DuckDB 2.0) and that no bytes can hurt them.
#include "kernel/text.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <string>

#include "kernel/text/find.h"

namespace headrace::kernel {
namespace {

struct Bench {
  Arena arena;
  KernelContext context{&arena};
  Faults faults;
};

TEST(Text, LengthCountsCodePoints) {
  const std::pair<const char*, int64_t> cases[] = {
      {"", 0}, {"a", 1}, {"größe", 5}, {"日本語", 3}, {"twelve bytes", 12}, {"日本語テキスト日本語テキスト", 14},
      {"𐐨", 1}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(length(StringRef(std::string_view(text))), expected) << text;
}

TEST(Text, UpperAndLower) {
  struct Case {
    const char *text, *upper, *lower;
  };
  const Case cases[] = {
      {"", "", ""},
      {"az AZ @[`{ 09", "AZ AZ @[`{ 09", "az az @[`{ 09"},
      {"a text of more than twelve bytes", "A TEXT OF MORE THAN TWELVE BYTES", "a text of more than twelve bytes"},
      {"straße ÆØÅ ñ я ς ΑΣ", "STRAẞE ÆØÅ Ñ Я Σ ΑΣ", "straße æøå ñ я ς ασ"},
      {"STRASSE Я Σ İ", "STRASSE Я Σ İ", "strasse я σ i"},
      {"𐐨", "𐐀", "𐐨"},
      {"ꭰ ǆ ǅ ﬀ ŉ", "Ꭰ Ǆ Ǆ ﬀ ŉ", "ꭰ ǆ ǆ ﬀ ŉ"},
      {"ɐɐɐɐɐɐɐɐ", "ⱯⱯⱯⱯⱯⱯⱯⱯ", "ɐɐɐɐɐɐɐɐ"},  // two bytes become three
  };
  Bench bench;
  for (const Case& one : cases) {
    const StringRef text{std::string_view(one.text)};
    EXPECT_EQ(upper(text, bench.faults, bench.context).view(), one.upper);
    EXPECT_EQ(lower(text, bench.faults, bench.context).view(), one.lower);
  }
  EXPECT_EQ(bench.faults.bits, 0U);
}

TEST(Text, Concat) {
  Bench bench;
  for (const auto& [left, right] : {std::pair<std::string, std::string>{"", ""},
                                    {"a", ""},
                                    {"", "b"},
                                    {"short", "er"},
                                    {"exactly", "twelv"},
                                    {"exactly", "twelve"},
                                    {std::string(300, 'x'), std::string(300, 'y')}}) {
    EXPECT_EQ(concat(StringRef(left), StringRef(right), bench.faults, bench.context).view(), left + right);
  }
  EXPECT_EQ(bench.faults.bits, 0U);
}

TEST(Text, Substring) {
  struct Case {
    const char* text;
    int64_t start, count;
    const char* expected;
  };
  const Case cases[] = {
      {"hello", 1, 2, "he"},
      {"hello", 0, 2, "h"},
      {"hello", -3, 2, "ll"},
      {"hello", -10, 7, "he"},
      {"hello", 2, -1, "h"},
      {"hello", 4, -2, "el"},
      {"hello", 0, 0, ""},
      {"hello", -1, -2, "ll"},
      {"hello", 6, 1, ""},
      {"hello", 3, 100, "llo"},
      {"hello", -2, 1, "l"},
      {"hello", -5, -1, ""},
      {"hello", 6, -2, "lo"},
      {"hello", 10, -6, "lo"},
      {"größe", 2, 3, "röß"},
      {"größe", -2, 5, "ße"},
      {"größe", -3, -2, "gr"},
      {"日本語テキスト", 3, 2, "語テ"},
      {"", 1, 1, ""},
      {"a", 1, 0, ""},
      {"hello", 2, INT64_MAX, "ello"},
      {"hello", INT64_MIN, INT64_MAX, "hell"},
      {"hello", INT64_MAX, INT64_MIN, "hello"},
      {"hello", INT64_MIN, INT64_MIN, ""},
      {"a longer text, over twelve", 3, 16, "longer text, ove"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(substring(StringRef(std::string_view(one.text)), one.start, one.count).view(), one.expected)
        << one.text << ' ' << one.start << ' ' << one.count;
  }
}

TEST(Text, StartsWith) {
  const auto check = [](const char* text, const char* prefix) {
    return starts_with(StringRef(std::string_view(text)), StringRef(std::string_view(prefix)));
  };
  EXPECT_TRUE(check("abc", ""));
  EXPECT_TRUE(check("a long text over twelve bytes", "a long text over tw"));
  EXPECT_FALSE(check("abc", "abcd"));
  EXPECT_FALSE(check("abc", "b"));
}

TEST(Text, Like) {
  struct Case {
    const char *text, *pattern;
    bool expected;
  };
  const Case cases[] = {
      {"", "", true},
      {"", "%", true},
      {"", "_", false},
      {"a", "", false},
      {"größe", "gr_ße", true},
      {"größe", "%öß%", true},
      {"größe", "____e", true},
      {"größe", "_____", true},
      {"größe", "______", false},
      {"aaa", "%a%a%a%", true},
      {"aaa", "%a%a%a%a%", false},
      {"ab", "a%b%", true},
      {"abcabd", "%ab_", true},
      {"abcabd", "%abd", true},
      {"special packages requests", "%special%requests%", true},
      {"%", "_", true},
      {"a_b", "a_b", true},
      {"mississippi", "%iss%ip%i", true},
      {"mississippi", "%iss_pp_", true},
      {"mississippi", "%iss_ppi_", false},
      {"日本", "_本", true},
      {"日本", "%_", true},
      {"日本", "%__", true},
      {"日本", "%___", false},
      {"ab", "%%b", true},
      {"ab", "%_%_%", true},
      {"ab", "%_%_%_%", false},
      {"\\a", "\\a", true},
      {"a%", "a\\%", false},
      {"a%b", "a%b", true},
      {"abc", "abc%", true},
      {"abc", "%abc", true},
      {"abc", "b%", false},
      {"abc", "%b", false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(like(StringRef(std::string_view(one.text)), StringRef(std::string_view(one.pattern))), one.expected)
        << one.text << " LIKE " << one.pattern;
  }
}

// The definition, for short texts of ASCII.
bool like_by_definition(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (like_by_definition(text.substr(skip), pattern.substr(1))) return true;
    }
    return false;
  }
  return !text.empty() && (pattern[0] == '_' || pattern[0] == text[0]) &&
         like_by_definition(text.substr(1), pattern.substr(1));
}

TEST(Text, LikeAgreesWithItsDefinition) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 50'000; ++i) {
    std::string text(random() % (i % 10 == 0 ? 48 : 8), ' ');
    std::string pattern(random() % 7, ' ');
    for (char& letter : text) letter = "ab"[random() % 2];
    for (char& letter : pattern) letter = "ab%_%"[random() % 5];
    ASSERT_EQ(like(StringRef(text), StringRef(pattern)), like_by_definition(text, pattern))
        << text << " LIKE " << pattern;
  }
}

TEST(Text, BytesAreFoundWhereTheyFirstLie) {
  std::mt19937_64 random(6);
  for (int i = 0; i < 50'000; ++i) {
    std::string text(random() % 100, ' ');
    for (char& letter : text) letter = "abcd"[random() % (i % 4 + 1)];
    std::string part(1 + random() % (i % 8 == 0 ? 40 : 5), ' ');
    for (char& letter : part) letter = "abcd"[random() % (i % 4 + 1)];
    if (i % 3 == 0 && !text.empty()) part = text.substr(random() % text.size(), part.size());
    const char* const begin = text.data();
    const char* const found = find_bytes(begin, begin + text.size(), part.data(), part.size());
    ASSERT_EQ(found == nullptr ? std::string::npos : static_cast<size_t>(found - begin), text.find(part))
        << text << ", " << part;
  }
  // Nearly all places could be the one, so that the library looks for it from some place on.
  const std::string part = std::string(500, 'a') + "b" + std::string(500, 'a');
  for (size_t at = 0; at < 10'000; at += 97) {
    const std::string text = std::string(at, 'a') + part + std::string(3'000, 'a');
    ASSERT_EQ(find_bytes(text.data(), text.data() + text.size(), part.data(), part.size()), text.data() + at);
  }
}

TEST(Text, NothingIsReadBehindATextThatIsLookedThrough) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* const mapped = mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  char* const begin = static_cast<char*>(mapped) + page;
  char* const end = begin + page;
  ASSERT_EQ(mprotect(mapped, page, PROT_NONE), 0);
  ASSERT_EQ(mprotect(end, page, PROT_NONE), 0);
  std::memset(begin, 'a', page);
  for (size_t size = 0; size <= 200; ++size)
    for (const std::string part : {"b", "ab", "aba", "aaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}) {
      EXPECT_EQ(find_bytes(end - size, end, part.data(), part.size()), nullptr);
      EXPECT_EQ(find_bytes(begin, begin + size, part.data(), part.size()), nullptr);
    }
  munmap(mapped, 3 * page);
}

TEST(Text, AnyBytesAreHarmless) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 40, ' ');
    for (char& letter : text) letter = static_cast<char>(random() % 4 == 0 ? random() : 0xC0 + random() % 64);
    std::string pattern = text.substr(text.size() / 2) + "%_";
    Bench bench;
    const StringRef bytes(text);
    const int64_t points = length(bytes);
    EXPECT_LE(points, static_cast<int64_t>(text.size()));
    EXPECT_LE(upper(bytes, bench.faults, bench.context).size, text.size() * 3 / 2 + 1);
    EXPECT_LE(lower(bytes, bench.faults, bench.context).size, text.size() * 3 / 2 + 1);
    const auto start = static_cast<int64_t>(random() % 50) - 25;
    EXPECT_LE(substring(bytes, start, 10).size, text.size());
    like(bytes, StringRef(pattern));
  }
}

TEST(Text, WithoutMemoryItIsAFault) {
  MemoryBudget budget(0);
  Reservation none(budget, "test");
  Arena arena(&none);
  KernelContext context{&arena};
  const StringRef text(std::string_view("more than twelve bytes"));
  for (int kernel = 0; kernel < 3; ++kernel) {
    Faults faults;
    const StringRef result = kernel == 0 ? upper(text, faults, context)
                                         : (kernel == 1 ? concat(text, text, faults, context)
                                                        : lower(StringRef(std::string_view("Ärger")), faults, context));
    EXPECT_EQ(faults.bits, Faults::kMemory);
    EXPECT_EQ(result.size, 0U);
  }
}

}  // namespace
}  // namespace headrace::kernel
