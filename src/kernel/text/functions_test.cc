// Text functions: what they give, by DuckDB 2.0 and Python; that no bytes can hurt them; and what is a bad argument.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "kernel/text/change.h"
#include "kernel/text/code_point.h"
#include "kernel/text/encode.h"
#include "kernel/text/pattern.h"
#include "kernel/text/regexp.h"
#include "kernel/text/similarity.h"

namespace headrace::kernel {
namespace {

StringRef text_of(std::string_view text) { return StringRef(text); }

// Runs a kernel in an arena of its own; what it gives as text, or the name of its fault.
template <class Kernel>
std::string run(Kernel&& kernel) {
  Arena arena;
  KernelContext context{&arena};
  Faults faults;
  const auto result = kernel(faults, context);
  if (faults.bits != 0) return fault_name(faults.bits);
  if constexpr (std::is_same_v<decltype(result), const StringRef>) {
    return std::string(result.view());
  } else if constexpr (std::is_same_v<decltype(result), const bool>) {
    return result ? "true" : "false";
  } else {
    return std::to_string(result);
  }
}
#define RUN(...) \
  run([&]([[maybe_unused]] Faults& faults, [[maybe_unused]] KernelContext& context) { return __VA_ARGS__; })

TEST(TextChange, Sides) {
  struct Case {
    const char* text;
    int64_t count;
    const char *left, *right;
  };
  const Case cases[] = {{"größe", 2, "gr", "ße"},
                        {"größe", -2, "grö", "öße"},
                        {"abc", -5, "", ""},
                        {"abc", 9, "abc", "abc"},
                        {"", 2, "", ""},
                        {"abc", INT64_MIN, "", ""},
                        {"abc", INT64_MAX, "abc", "abc"},
                        {"a text of more than twelve", 15, "a text of more ", "ore than twelve"}};
  for (const Case& one : cases) {
    EXPECT_EQ(left(text_of(one.text), one.count).view(), one.left) << one.text << one.count;
    EXPECT_EQ(right(text_of(one.text), one.count).view(), one.right) << one.text << one.count;
  }
}

TEST(TextChange, Trim) {
  EXPECT_EQ(trim(text_of("  a b  ")).view(), "a b");
  EXPECT_EQ(trim(text_of("a\t")).view(), "a\t");
  EXPECT_EQ(trim(text_of("\u00A0\u3000a")).view(), "a");
  EXPECT_EQ(trim_left(text_of("  a ")).view(), "a ");
  EXPECT_EQ(trim_right(text_of("  a ")).view(), "  a");
  EXPECT_EQ(trim(text_of("   ")).view(), "");
  EXPECT_EQ(trim(text_of("xxaxyx"), text_of("xy")).view(), "a");
  EXPECT_EQ(trim_left(text_of("ßßa"), text_of("ß")).view(), "a");
  EXPECT_EQ(trim_right(text_of("aab"), text_of("ba")).view(), "");
  EXPECT_EQ(trim(text_of("abc"), text_of("")).view(), "abc");
}

TEST(TextChange, Pad) {
  struct Case {
    const char* text;
    int64_t count;
    const char *filling, *left, *right;
  };
  const Case cases[] = {{"hi", 5, "xy", "xyxhi", "hixyx"},
                        {"hi", 1, "xy", "h", "h"},
                        {"hi", 2, "", "hi", "hi"},
                        {"hi", 5, "", "bad argument", "bad argument"},
                        {"hi", -1, "x", "", ""},
                        {"größe", 3, "x", "grö", "grö"},
                        {"ß", 3, "öä", "öäß", "ßöä"},
                        {"", 14, "abc", "abcabcabcabcab", "abcabcabcabcab"},
                        {"a", INT64_MAX, "x", "overflow", "overflow"}};
  for (const Case& one : cases) {
    EXPECT_EQ(RUN(pad_left(text_of(one.text), one.count, text_of(one.filling), faults, context)), one.left);
    EXPECT_EQ(RUN(pad_right(text_of(one.text), one.count, text_of(one.filling), faults, context)), one.right);
  }
}

TEST(TextChange, ReplaceAndTranslate) {
  struct Case {
    const char *text, *from, *to, *replaced, *translated;
  };
  const Case cases[] = {{"aaa", "aa", "b", "ba", "bbb"},
                        {"abc", "", "x", "abc", "abc"},
                        {"abc", "b", "", "ac", "ac"},
                        {"abcabc", "ab", "x", "xcxc", "xcxc"},
                        {"größe", "öß", "os", "grose", "grose"},
                        {"abc", "aa", "xy", "abc", "xbc"},
                        {"one two one two one", "one", "three", "three two three two three", "thr twt thr twt thr"},
                        {"", "a", "b", "", ""}};
  for (const Case& one : cases) {
    EXPECT_EQ(RUN(replace(text_of(one.text), text_of(one.from), text_of(one.to), faults, context)), one.replaced)
        << one.text;
    EXPECT_EQ(RUN(translate(text_of(one.text), text_of(one.from), text_of(one.to), faults, context)), one.translated)
        << one.text;
  }
}

TEST(TextChange, SplitPart) {
  struct Case {
    const char *text, *separator;
    int64_t index;
    const char* expected;
  };
  const Case cases[] = {{"a,b,c", ",", 2, "b"}, {"a,b,c", ",", -1, "c"},   {"a,b,c", ",", 0, ""},
                        {"a,b,c", ",", 4, ""},  {"a,b,c", ",", -3, "a"},   {"a,b,c", ",", -4, ""},
                        {"abc", "", 2, "b"},    {"größe", "", -2, "ß"},    {"a,,c", ",", 2, ""},
                        {",", ",", 2, ""},      {"a::b::c", "::", 3, "c"}, {"", ",", 1, ""}};
  for (const Case& one : cases)
    EXPECT_EQ(split_part(text_of(one.text), text_of(one.separator), one.index).view(), one.expected)
        << one.text << ' ' << one.index;
}

TEST(TextChange, ReverseRepeatOverlay) {
  EXPECT_EQ(RUN(reverse(text_of("größe"), faults, context)), "eßörg");
  EXPECT_EQ(RUN(reverse(text_of("e\u0301x"), faults, context)), "xe\u0301");
  EXPECT_EQ(RUN(reverse(text_of("a text of more than twelve"), faults, context)), "evlewt naht erom fo txet a");
  EXPECT_EQ(RUN(repeat(text_of("ab"), 3, faults, context)), "ababab");
  EXPECT_EQ(RUN(repeat(text_of("ab"), -1, faults, context)), "");
  EXPECT_EQ(RUN(repeat(text_of("ab"), INT64_MAX, faults, context)), "overflow");
  EXPECT_EQ(RUN(overlay(text_of("abcdef"), text_of("XX"), 2, 3, faults, context)), "aXXef");
  EXPECT_EQ(RUN(overlay(text_of("abc"), text_of("X"), 9, 1, faults, context)), "abcX");
}

TEST(TextChange, Find) {
  EXPECT_EQ(position(text_of("abc"), text_of("b")), 2);
  EXPECT_EQ(position(text_of("abc"), text_of("")), 1);
  EXPECT_EQ(position(text_of("abc"), text_of("z")), 0);
  EXPECT_EQ(position(text_of("größe"), text_of("ß")), 4);
  EXPECT_EQ(position(text_of(""), text_of("")), 1);
  EXPECT_TRUE(contains(text_of("größe"), text_of("öß")));
  EXPECT_TRUE(ends_with(text_of("abc"), text_of("bc")));
  EXPECT_FALSE(ends_with(text_of("bc"), text_of("abc")));
}

TEST(TextEncode, NumbersAndDigits) {
  EXPECT_EQ(ascii(text_of("größe")), 103);
  EXPECT_EQ(ascii(text_of("ß")), 223);
  EXPECT_EQ(ascii(text_of("")), 0);
  EXPECT_EQ(unicode(text_of("")), -1);
  EXPECT_EQ(RUN(character_of(223, faults)), "ß");
  EXPECT_EQ(RUN(character_of(0x1F600, faults)), "😀");
  for (const int32_t wrong : {-1, 0xD800, 0x110000}) EXPECT_EQ(RUN(character_of(wrong, faults)), "bad argument");
  EXPECT_EQ(RUN(hexadecimal(text_of("größe"), faults, context)), "6772C3B6C39F65");
  EXPECT_EQ(RUN(hexadecimal(int64_t{255}, faults, context)), "FF");
  EXPECT_EQ(RUN(hexadecimal(int64_t{0}, faults, context)), "0");
  EXPECT_EQ(RUN(hexadecimal(int64_t{-1}, faults, context)), "FFFFFFFFFFFFFFFF");
  EXPECT_EQ(RUN(binary_digits(text_of("a"), faults, context)), "01100001");
  EXPECT_EQ(RUN(binary_digits(int64_t{5}, faults, context)), "101");
  EXPECT_EQ(RUN(in_base(10, 2, faults, context)), "1010");
  EXPECT_EQ(RUN(in_base(255, 16, 8, faults, context)), "000000FF");
  EXPECT_EQ(RUN(in_base(-1, 2, faults, context)), "bad argument");
  EXPECT_EQ(RUN(in_base(10, 37, faults, context)), "bad argument");
  EXPECT_EQ(RUN(url_encode(text_of("a b/ü"), faults, context)), "a%20b%2F%C3%BC");
  EXPECT_EQ(RUN(url_decode(text_of("a%20b+c%zz"), faults, context)), "a b+c%zz");
  EXPECT_EQ(RUN(url_decode(text_of("%FF"), faults, context)), "invalid UTF-8");
}

TEST(TextEncode, Bytes) {
  EXPECT_EQ(RUN(bytes_of_hexadecimal(text_of("616263"), faults, context)), "abc");
  EXPECT_EQ(RUN(bytes_of_hexadecimal(text_of("6"), faults, context)), "\6");
  EXPECT_EQ(RUN(bytes_of_hexadecimal(text_of("zz"), faults, context)), "bad argument");
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"a", "YQ=="},
      {"ab", "YWI="},
      {"abc", "YWJj"},
      {"a text of more than twelve", "YSB0ZXh0IG9mIG1vcmUgdGhhbiB0d2VsdmU="}};
  for (const auto& [bytes, base] : cases) {
    EXPECT_EQ(RUN(base64(text_of(bytes), faults, context)), base);
    EXPECT_EQ(RUN(bytes_of_base64(text_of(base), faults, context)), bytes);
  }
  for (const char* wrong : {"YWJ", "Y===", "Y!==", "=YWJ"})
    EXPECT_EQ(RUN(bytes_of_base64(text_of(wrong), faults, context)), "bad cast") << wrong;
  EXPECT_EQ(RUN(text_of_bytes(text_of("\xC3\xBC"), faults)), "ü");
  EXPECT_EQ(RUN(text_of_bytes(text_of("\xC3"), faults)), "invalid UTF-8");
}

TEST(TextEncode, Digests) {
  struct Case {
    std::string text;
    const char *md5, *sha1, *sha256;
  };
  const Case cases[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
       "84983e441c3bd26ebaae4aa1f95129e5e54670f1", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'), "7707d6ae4e027c70eea2a935c2296f21", "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(RUN(md5(text_of(one.text), faults, context)), one.md5);
    EXPECT_EQ(RUN(sha1(text_of(one.text), faults, context)), one.sha1);
    EXPECT_EQ(RUN(sha256(text_of(one.text), faults, context)), one.sha256);
  }
}

TEST(TextEncode, BytesInWords) {
  const std::pair<int64_t, const char*> cases[] = {{0, "0 bytes"},    {1, "1 byte"},        {-5, "-5 bytes"},
                                                   {1024, "1.0 KiB"}, {1234567, "1.1 MiB"}, {INT64_MIN, "-8.0 EiB"}};
  for (const auto& [bytes, expected] : cases) EXPECT_EQ(RUN(bytes_in_words(bytes, faults, context)), expected);
  EXPECT_EQ(RUN(bytes_in_decimal_words(1234567, faults, context)), "1.2 MB");
}

TEST(TextPattern, LikeWithEscape) {
  struct Case {
    const char *text, *pattern, *escape, *expected;
  };
  const Case cases[] = {
      {"a_c", "a\\_c", "\\", "true"},       {"abc", "a\\_c", "\\", "false"}, {"a%", "a!%", "!", "true"},
      {"abc", "abc!", "!", "bad argument"}, {"abc", "a!bc", "!", "true"},    {"abc", "abc", "", "true"},
      {"abc", "abc", "ab", "bad argument"}, {"100%x", "%ß%%", "ß", "true"},  {"100x", "%ß%%", "ß", "false"},
      {"größe", "gr_ße", "!", "true"},      {"!", "!!", "!", "true"},        {"", "%", "!", "true"}};
  for (const Case& one : cases)
    EXPECT_EQ(RUN(like_escape(text_of(one.text), text_of(one.pattern), text_of(one.escape), faults)), one.expected)
        << one.text << ' ' << one.pattern;
}

TEST(TextPattern, Glob) {
  struct Case {
    const char *text, *pattern;
    bool expected;
  };
  const Case cases[] = {{"abc", "a*", true},     {"abc", "[a-c]bc", true}, {"abc", "[!a]bc", false},
                        {"abc", "[^a]bc", true}, {"abc", "a?c", true},     {"a*c", "a\\*c", true},
                        {"abc", "a\\*c", false}, {"größe", "gr?ße", true}, {"abc", "[]", false},
                        {"abc", "[abc", false},  {"a]c", "a[]]c", true},   {"a-c", "a[a-]c", true},
                        {"", "*", true},         {"", "?", false},         {"abcabc", "*b*c", true},
                        {"ö", "[ä-ü]", true},    {"abc", "*[x-z]", false}, {"", "", true}};
  for (const Case& one : cases)
    EXPECT_EQ(glob(text_of(one.text), text_of(one.pattern)), one.expected) << one.text << one.pattern;
}

TEST(Regexp, Matches) {
  struct Case {
    const char *text, *pattern, *options, *found, *full;
  };
  const Case cases[] = {{"abc", "b", "", "true", "false"},
                        {"ABC", "b", "i", "true", "false"},
                        {"abc", "a.c", "", "true", "true"},
                        {"abc", "(", "", "bad argument", "bad argument"},
                        {"a", "a", "z", "bad argument", "bad argument"},
                        {"a\nb", "a.b", "", "true", "true"},
                        {"a\nb", "a.b", "m", "false", "false"},
                        {"a.b", "a.b", "l", "true", "true"},
                        {"axb", "a.b", "l", "false", "false"},
                        {"größe", "gr.ße", "", "true", "true"}};
  for (const Case& one : cases) {
    EXPECT_EQ(RUN(regexp_matches(text_of(one.text), text_of(one.pattern), text_of(one.options), faults)), one.found)
        << one.pattern;
    EXPECT_EQ(RUN(regexp_full_match(text_of(one.text), text_of(one.pattern), text_of(one.options), faults)), one.full)
        << one.pattern;
  }
}

TEST(Regexp, ReplacesAndExtracts) {
  struct Replace {
    const char *text, *pattern, *replacement, *options, *expected;
  };
  const Replace replaces[] = {
      {"abcb", "b", "X", "", "aXcb"},           {"abcb", "b", "X", "g", "aXcX"},
      {"aBcb", "b", "X", "gi", "aXcX"},         {"hello", "(l+)", "<\\1>", "", "he<ll>o"},
      {"hello", "l", "\\0\\0", "g", "hellllo"}, {"abc", "b", "\\2", "", "bad argument"},
      {"abc", "b", "\\", "", "bad argument"},   {"nothing to find in here", "z", "y", "g", "nothing to find in here"}};
  for (const Replace& one : replaces)
    EXPECT_EQ(RUN(regexp_replace(text_of(one.text), text_of(one.pattern), text_of(one.replacement),
                                 text_of(one.options), faults, context)),
              one.expected);
  struct Extract {
    const char *text, *pattern;
    int32_t group;
    const char* expected;
  };
  const Extract extracts[] = {
      {"abc123", "[0-9]+", 0, "123"}, {"abc123", "([a-z]+)([0-9]+)", 2, "123"}, {"abc", "z", 0, ""},
      {"abc", "(b)", 5, ""},          {"abc", "b", -1, "bad argument"},         {"abc", "b", 10, "bad argument"}};
  for (const Extract& one : extracts)
    EXPECT_EQ(RUN(regexp_extract(text_of(one.text), text_of(one.pattern), one.group, StringRef(), faults)),
              one.expected);
  EXPECT_EQ(RUN(regexp_escape(text_of("a.b"), faults, context)), "a\\.b");
}

TEST(Regexp, SaysWhatIsWrong) {
  const std::string_view group = "\\1";
  EXPECT_EQ(regexp_error("a", "", nullptr), "");
  EXPECT_NE(regexp_error("(", "", nullptr).find("missing )"), std::string::npos);
  EXPECT_NE(regexp_error("a", "q", nullptr), "");
  EXPECT_NE(regexp_error("a", "", &group), "");
}

TEST(Regexp, ManyPatternsInTurn) {
  for (int i = 0; i < 100; ++i) {
    const std::string pattern = std::to_string(i % 13) + "+";
    EXPECT_EQ(RUN(regexp_full_match(text_of(std::to_string(i % 13)), text_of(pattern), StringRef(), faults)), "true");
  }
}

TEST(TextSimilarity, Distances) {
  struct Case {
    const char *left, *right;
    int64_t levenshtein, damerau;
  };
  const Case cases[] = {{"kitten", "sitting", 3, 3}, {"", "abc", 3, 3},        {"abc", "", 3, 3},   {"ab", "ba", 2, 1},
                        {"größe", "grosse", 3, 3},   {"größe", "gröeß", 2, 1}, {"ca", "abc", 3, 2}, {"", "", 0, 0}};
  for (const Case& one : cases) {
    EXPECT_EQ(RUN(levenshtein(text_of(one.left), text_of(one.right), faults, context)),
              std::to_string(one.levenshtein));
    EXPECT_EQ(RUN(damerau_levenshtein(text_of(one.left), text_of(one.right), faults, context)),
              std::to_string(one.damerau))
        << one.left << ' ' << one.right;
  }
  EXPECT_EQ(RUN(hamming(text_of("abc"), text_of("abd"), faults)), "1");
  EXPECT_EQ(RUN(hamming(text_of("größe"), text_of("grobe"), faults)), "2");
  EXPECT_EQ(RUN(hamming(text_of("ab"), text_of("abc"), faults)), "bad argument");
}

TEST(TextSimilarity, Shares) {
  struct Case {
    const char *left, *right;
    double jaro, jaro_winkler;
  };
  const Case cases[] = {{"duck", "duckdb", 0.8888888888888888, 0.9333333333333333},
                        {"", "", 0, 0},
                        {"größe", "gros", 0.6333333333333333, 0.6333333333333333},
                        {"martha", "marhta", 0.9444444444444445, 0.9611111111111111},
                        {"dixon", "dicksonx", 0.7666666666666666, 0.8133333333333332},
                        {"abc", "xyz", 0, 0}};
  Arena arena;
  KernelContext context{&arena};
  Faults faults;
  for (const Case& one : cases) {
    EXPECT_DOUBLE_EQ(jaro(text_of(one.left), text_of(one.right), faults, context), one.jaro) << one.left;
    EXPECT_DOUBLE_EQ(jaro_winkler(text_of(one.left), text_of(one.right), faults, context), one.jaro_winkler)
        << one.left;
  }
  EXPECT_EQ(jaccard(text_of("abc"), text_of("bcd"), faults, context), 0.5);
  EXPECT_EQ(jaccard(text_of("größe"), text_of("gross"), faults, context), 2.0 / 7);
  EXPECT_EQ(faults.bits, 0U);
  jaccard(text_of(""), text_of("a"), faults, context);
  EXPECT_EQ(faults.bits, Faults::kBadArgument);
}

TEST(TextFunctions, AnyBytesAreHarmless) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 10'000; ++i) {
    std::string bytes(random() % 40, ' ');
    for (char& byte : bytes) byte = static_cast<char>(random() % 3 == 0 ? random() : 0xB8 + random() % 72);
    const std::string other = bytes.substr(bytes.size() / 2);
    const StringRef text(bytes), part(other);
    Arena arena;
    KernelContext context{&arena};
    Faults faults;
    EXPECT_EQ(reverse(text, faults, context).size, text.size);
    EXPECT_LE(trim(text, part).size, text.size);
    EXPECT_TRUE(contains(text, part));
    EXPECT_EQ(replace(text, part, part, faults, context), text);
    EXPECT_EQ(levenshtein(text, text, faults, context), 0);
    EXPECT_EQ(damerau_levenshtein(text, text, faults, context), 0);
    translate(text, part, part, faults, context);
    Faults of_filling;  // bytes without one first byte of a code point fill nothing
    pad_left(part, 30, text, of_filling, context);
    split_part(text, part, -2);
    jaro_winkler(text, part, faults, context);
    EXPECT_EQ(faults.bits, 0U);
    glob(text, part);
    Faults bad;
    like_escape(text, part, part, bad);
    regexp_matches(text, part, StringRef(), bad);
    url_decode(text, bad, context);
  }
}

TEST(TextFunctions, WithoutMemoryItIsAFault) {
  MemoryBudget budget(0);
  Reservation none(budget, "test");
  const StringRef text(std::string_view("more than twelve bytes"));
  const auto fault_of = [&](auto&& kernel) {
    Arena arena(&none);
    KernelContext context{&arena};
    Faults faults;
    kernel(faults, context);
    return faults.bits;
  };
  EXPECT_EQ(fault_of([&](Faults& f, KernelContext& c) { repeat(text, 2, f, c); }), Faults::kMemory);
  EXPECT_EQ(fault_of([&](Faults& f, KernelContext& c) { reverse(text, f, c); }), Faults::kMemory);
  EXPECT_EQ(fault_of([&](Faults& f, KernelContext& c) { hexadecimal(text, f, c); }), Faults::kMemory);
  EXPECT_EQ(fault_of([&](Faults& f, KernelContext& c) { levenshtein(text, text, f, c); }), Faults::kMemory);
  EXPECT_EQ(fault_of([&](Faults& f, KernelContext& c) {
              regexp_replace(text, StringRef(std::string_view("t")), text, StringRef(), f, c);
            }),
            Faults::kMemory);
}

}  // namespace
}  // namespace headrace::kernel
