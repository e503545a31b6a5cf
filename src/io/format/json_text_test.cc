// Goal: numbers, escapes and whole texts are JSON exactly when RFC 8259 says so.
#include "io/format/json_text.h"

#include <gtest/gtest.h>

#include <random>

#include "io/format/json_cursor.h"
#include "io/format/json_splitter.h"
#include "types/utf8.h"

namespace headrace {
namespace {

TEST(JsonText, Numbers) {
  for (const char* good :
       {"0", "-0", "1", "10", "-12.5", "0.0", "1e5", "1E+5", "1.25e-300", "123456789012345678901234567890"})
    EXPECT_TRUE(skip_json_number(good) != nullptr && *skip_json_number(good) == '\0') << good;
  for (const char* bad : {"", "-", "01", "+1", ".5", "1.", "1.e5", "1e", "1e+", "--1", "0x1", "1_0", "Infinity", "NaN"})
    EXPECT_FALSE(skip_json_number(bad) != nullptr && *skip_json_number(bad) == '\0') << bad;
}

TEST(JsonText, PlainNumbers) {
  const auto plain = [](std::string_view number) {
    std::string room;
    const auto made = plain_json_number(number, room);
    return made ? std::string(*made) : "none";
  };
  EXPECT_EQ(plain("12"), "12");
  EXPECT_EQ(plain("-12.50"), "-12.5");
  EXPECT_EQ(plain("12.00"), "12");
  EXPECT_EQ(plain("1.5e2"), "150");
  EXPECT_EQ(plain("1e2"), "100");
  EXPECT_EQ(plain("1500e-2"), "15");
  EXPECT_EQ(plain("1.25e1"), "12.5");
  EXPECT_EQ(plain("-5e-3"), "-0.005");
  EXPECT_EQ(plain("0e999999999999999999999"), "0");
  EXPECT_EQ(plain("-0.0"), "0");
  EXPECT_EQ(plain("1e999"), "none");
  EXPECT_EQ(plain("1e-999"), "none");
  EXPECT_EQ(plain("1e99999999999999999999"), "none");
}

TEST(JsonText, Escapes) {
  const auto text = [](std::string_view raw) {
    std::string room(raw.size(), '\0');
    const auto size = unescape_json(raw, room.data());
    return size ? room.substr(0, *size) : "none";
  };
  EXPECT_EQ(text(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(text(R"(\u0041\u00e9\u20AC\ud83d\uDE00)"), "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(text(R"(\u0000)"), std::string(1, '\0'));
  for (const char* bad : {R"(\)", R"(\x)", R"(\u)", R"(\u12)", R"(\u12g4)", R"(\ud83d)", R"(\ud83dx)",
                          R"(\ud83d\u0041)", R"(\ude00)", R"(\ud83d\ud83d)", R"(\U0041)"})
    EXPECT_EQ(text(bad), "none") << bad;
}

// Whether a text is one value; the flaw says where not.
std::string flaw_of(const std::string& content) {
  MemoryBudget budget(uint64_t{1} << 30);
  JsonIndex index(budget);
  const std::string padded = content + std::string(64, '\0');
  JsonTokens tokens;
  const Result<JsonFlaw> built = index.build(std::string_view(padded).substr(0, content.size()), tokens);
  EXPECT_TRUE(built.ok());
  JsonFlaw flaw = built.value();
  if (flaw.expected == nullptr) {
    JsonCursor cursor(tokens);
    if (cursor.skip_value() && !cursor.at_end()) cursor.fail("the end");
    flaw = cursor.flaw();
  }
  return flaw.expected == nullptr ? "" : std::to_string(flaw.at) + " " + flaw.expected;
}

TEST(JsonText, SkippingChecksEverything) {
  for (const char* good :
       {"{}", "[]", "null", "true", "false", "0", R"("")", R"({"a":[1,{"b":[]},"x",null,true,-1.5e3]})", " [ 1 , 2 ] ",
        R"({"a":{},"a":{}})", "[[[[]]]]", "\"\xC3\xA9\"", R"("\u0041")", "\t{\r\n}\n"})
    EXPECT_EQ(flaw_of(good), "") << good;
  const std::pair<std::string, std::string> bad[] = {{"[1,]", "3 a value"},
                                                     {"[1 2]", "3 ',' or ']'"},
                                                     {"[1", "2 ',' or ']'"},
                                                     {"[", "1 a value"},
                                                     {"]", "0 a value"},
                                                     {"[}", "1 a value"},
                                                     {"{\"a\":1]", "6 ',' or '}'"},
                                                     {"{\"a\" 1}", "5 ':'"},
                                                     {"{\"a\":}", "5 a value"},
                                                     {"{\"a\":1,}", "7 a key in double quotes"},
                                                     {"{a:1}", "1 a key in double quotes"},
                                                     {"{1:1}", "1 a key in double quotes"},
                                                     {"{,}", "1 a key in double quotes"},
                                                     {"[01]", "1 a value"},
                                                     {"[1.]", "1 a value"},
                                                     {"[nul]", "1 a value"},
                                                     {"[nulll]", "1 a value"},
                                                     {"[truefalse]", "1 a value"},
                                                     {"[1\"a\"]", "2 ',' or ']'"},
                                                     {"[\"a\"1]", "4 ',' or ']'"},
                                                     {"[\"a\"\"b\"]", "4 ',' or ']'"},
                                                     {"[\"\\x\"]", "1 a string with the escapes of JSON"},
                                                     {"[\"\\ud800\"]", "1 a string with the escapes of JSON"},
                                                     {"{\"\\x\":1}", "1 a string with the escapes of JSON"},
                                                     {"[\"a]", "1 a string that is closed"},
                                                     {"[\"a\\\"]", "1 a string that is closed"},
                                                     {"[\"a\nb\"]", "3 a string without control characters"},
                                                     {"[\"\xFF\"]", "2 UTF-8"},
                                                     {"[\"\xC3\"]", "2 UTF-8"},
                                                     {"\x0C[]", "0 a value"},
                                                     {"[1\x1A\"a\"]", "1 a value"},
                                                     {"[1]\x0C", "3 the end"},
                                                     {std::string("[\0]", 3), "1 a value"},
                                                     {"1 2", "2 the end"},
                                                     {"{} {}", "3 the end"}};
  for (const auto& [text, flaw] : bad) EXPECT_EQ(flaw_of(text), flaw) << text;
  const std::string long_bad = std::string(100'000, ' ') + "\"" + std::string(70'000, 'a') + "\xE2\x82\"";
  EXPECT_EQ(flaw_of(long_bad), "170001 UTF-8");
}

// Tokens, escapes and the lines that are not well-formed, byte by byte: the definition.
std::string index_by_byte(const std::string& text) {
  std::string tokens, escapes, bad;
  bool in_string = false, escaped = false, in_scalar = false, line_bad = false;
  size_t line = 0;
  for (size_t at = 0; at <= text.size(); ++at) {
    const char c = at < text.size() ? text[at] : '\n';
    if (c == '\n') {
      if (line_bad || in_string || !is_utf8(text.substr(line, at - line))) bad += std::to_string(line) + " ";
      in_string = line_bad = in_scalar = false;
      line = at + 1;
      escaped = false;
      if (at < text.size()) tokens += std::to_string(at) + " ";
      continue;
    }
    const bool quote = c == '"' && !escaped;
    const bool escape = c == '\\' && !escaped;
    if (escape) escapes += std::to_string(at) + " ";
    escaped = escape;
    if (in_string) {
      if (static_cast<unsigned char>(c) < 0x20) line_bad = true;
      if (quote) in_string = false;
      in_scalar = false;
      continue;
    }
    const bool blank = c == ' ' || c == '\t' || c == '\r';
    const bool symbol = std::string_view("{}[]:,").find(c) != std::string_view::npos;
    const bool scalar = !blank && !symbol && !quote;
    if (symbol || quote || (scalar && !in_scalar)) tokens += std::to_string(at) + " ";
    in_scalar = scalar;
    in_string = quote;
  }
  return tokens + "| " + escapes + "| " + bad;
}

std::string index_by_word(const std::string& text, JsonLevel level) {
  MemoryBudget budget(uint64_t{1} << 30);
  JsonIndex index(budget, level);
  JsonTokens found;
  EXPECT_TRUE(index.build_lines(text, found).ok());
  std::string tokens, escapes, bad;
  for (uint32_t token = 0; token < found.count; ++token) tokens += std::to_string(found.at[token]) + " ";
  EXPECT_EQ(found.at[found.count], text.size());
  for (const uint32_t* at = found.escapes; *at != UINT32_MAX; ++at) escapes += std::to_string(*at) + " ";
  for (size_t line = 0; line <= text.size();) {
    const size_t end = std::min(text.find('\n', line), text.size());
    if (index.line_flaw(static_cast<uint32_t>(line), static_cast<uint32_t>(end)).expected != nullptr)
      bad += std::to_string(line) + " ";
    line = end + 1;
  }
  EXPECT_TRUE(!index.is_fine() || bad.empty()) << text;
  return tokens + "| " + escapes + "| " + bad;
}

TEST(JsonIndex, EveryLevelFindsWhatTheDefinitionSays) {
  std::vector<JsonLevel> levels = {JsonLevel::kV2};
  if (json_level() != JsonLevel::kV2) levels.push_back(JsonLevel::kV3);
  if (json_level() == JsonLevel::kV4) levels.push_back(JsonLevel::kV4);
  std::mt19937 chance(1);
  const std::vector<std::string> high_texts = {"\xC3\xA9",
                                               "\xE2\x82\xAC",
                                               "\xF0\x9F\x98\x80",
                                               "\xC3",
                                               "\x80",
                                               "\xC1\x81",
                                               "\xE0\x9F\xBF",
                                               "\xE0\xA0\x80",
                                               "\xED\x9F\xBF",
                                               "\xED\xA0\x80",
                                               "\xF0\x8F\xBF\xBF",
                                               "\xF0\x90\x80\x80",
                                               "\xF4\x8F\xBF\xBF",
                                               "\xF4\x90\x80\x80",
                                               "\xF5\x80\x80\x80",
                                               "\xE2\x82",
                                               "\xF0\x9F\x98",
                                               "\xFF",
                                               "\xC2\x80",
                                               "\xEF\xBF\xBF"};
  const std::string letters = "{}[]:,\"\"\"\\\\ \t\r\na1-\x01";
  for (int round = 0; round < 4'000; ++round) {
    std::string text;
    const size_t size = chance() % 200;
    const bool high = round % 2 == 0;
    while (text.size() < size) {
      if (high && chance() % 12 == 0)
        text += high_texts[chance() % high_texts.size()];
      else
        text += chance() % 2 == 0 ? letters[chance() % letters.size()] : "ab\""[chance() % 3];
    }
    const std::string expected = index_by_byte(text);
    for (const JsonLevel level : levels) ASSERT_EQ(index_by_word(text, level), expected) << text;
  }
}

// Backslashes, and bytes that strings may not hold, cost as much as tokens do.
TEST(JsonIndex, WhatItNotesIsAccounted) {
  const uint64_t bytes = uint64_t{1} << 20;
  std::string escapes = "\"", control = "\"";
  while (escapes.size() < bytes) escapes += "\\n";
  const auto used = [](const std::string& text, uint64_t bytes_max) -> Result<uint64_t> {
    MemoryBudget budget(bytes_max);
    JsonIndex index(budget);
    JsonTokens tokens;
    TRY_STATUS(index.build_lines(text, tokens));
    return budget.bytes_used();
  };
  control.resize(bytes, '\x01');
  const uint64_t tokens = used(std::string(bytes, ' '), uint64_t{1} << 30).value();
  const struct {
    const std::string& text;
    uint64_t noted;
  } cases[] = {{escapes, bytes / 2}, {control, bytes - 1}};
  for (const auto& [text, noted] : cases) {
    EXPECT_GE(used(text, uint64_t{1} << 30).value(), tokens + noted * sizeof(uint32_t));
    const auto limited = used(text, tokens + noted);
    EXPECT_EQ(limited.ok() ? ErrorCode::kInvalidPlan : limited.error().code, ErrorCode::kLimit);
  }
}

TEST(JsonText, Depth) {
  const auto nested = [](uint32_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(flaw_of(nested(kJsonDepthMax)), "");
  EXPECT_EQ(flaw_of(nested(kJsonDepthMax + 1)), "1000 values nested less deeply");
  EXPECT_EQ(flaw_of(std::string(100'000, '{')), "1 a key in double quotes");
}

// The values of a text that comes in pieces of `step` bytes, and what is wrong.
std::string split(const std::string& text, bool array, size_t step) {
  JsonSplitter splitter(array);
  std::vector<JsonSpan> values;
  JsonFlaw flaw;
  for (size_t at = 0; at < text.size() && flaw.expected == nullptr; at += step)
    flaw = splitter.scan(std::string_view(text).substr(0, at + step), at, values);
  if (flaw.expected == nullptr) flaw = splitter.finish(text, values);
  std::string all;
  for (const JsonSpan value : values) all += text.substr(value.begin, value.end - value.begin) + ";";
  return flaw.expected == nullptr ? all : all + std::to_string(flaw.at) + " " + flaw.expected;
}

TEST(JsonSplitter, ValuesOfEveryPiece) {
  struct Case {
    std::string text;
    bool array;
    std::string values;
  };
  for (const Case& one : std::vector<Case>{
           {"[]", true, ""},
           {" [ ] \n", true, ""},
           {"[1,2]", true, "1;2;"},
           {"[{\"a\":\"]}\\\"\"} ,\n[1,[2]], \"x,y\", null]", true, "{\"a\":\"]}\\\"\"};[1,[2]];\"x,y\";null;"},
           {"[\"\\\\\",\"\\\\\\\"\"]", true, "\"\\\\\";\"\\\\\\\"\";"},
           {"", true, "0 '['"},
           {"{}", true, "0 '['"},
           {"[", true, "1 a value or ']'"},
           {"[1", true, "1;2 ',' or ']'"},
           {"[1,", true, "1;3 a value or ']'"},
           {"[1,]", true, "1;3 a value"},
           {"[,1]", true, "1 a value"},
           {"[{\"a\":1]", true, "{\"a\":1];8 ',' or ']'"},
           {"[\"a]", true, "1 the end of the value that begins here"},
           {"[1] x", true, "1;4 nothing behind the array"},
           {"[1 2]", true, "1;3 ',' or ']'"},
           {"{}{}\n[1]\"a\"1 2\n", false, "{};{};[1];\"a\";1;2;"},
           {"  ", false, ""},
           {"1", false, "1;"},
           {"{},{}", false, "{};2 a value"},
           {"{", false, "0 the end of the value that begins here"}})
    for (size_t step = 1; step <= one.text.size() + 1; ++step)
      EXPECT_EQ(split(one.text, one.array, step), one.values) << one.text << " in pieces of " << step;
}

}  // namespace
}  // namespace headrace
