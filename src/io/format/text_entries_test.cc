// Goal: every text has one code, which gives it back, in vectors made before and after the entries had to move; a column of many texts is
// found out.
#include "io/format/text_entries.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr uint32_t kPaddingBytes = TextEntries::kHeadBytes;

std::string padded(const std::string& text) { return text + std::string(kPaddingBytes, '#'); }

uint32_t code_of(TextEntries& entries, const std::string& raw, std::string_view text, TextEntries::Kind kind) {
  const std::string room = padded(raw);
  const TextEntries::Key key = TextEntries::key_of(room.data(), static_cast<uint32_t>(raw.size()));
  const uint32_t code = entries.find(key);
  return code != TextEntries::kNoCode ? code : entries.add(key, text, kind);
}

TEST(TextEntries, GivesBackWhatATextStandsFor) {
  MemoryBudget budget(uint64_t{1} << 26);
  TextEntries entries(budget);
  std::mt19937_64 random(1);
  std::map<std::string, uint32_t> codes;
  std::vector<std::pair<Vector, std::map<std::string, uint32_t>>> earlier;
  for (int round = 0; round < 20'000; ++round) {
    // Texts that share their first, their last and their middle bytes, of lengths around those that are treated alike.
    std::string text(random() % 70, 'a');
    if (!text.empty()) text[random() % text.size()] = static_cast<char>('a' + random() % 4);
    if (text.size() > 20) text.back() = static_cast<char>('a' + random() % 3);
    const uint32_t code = code_of(entries, text, text, TextEntries::Kind::kText);
    const auto [known, is_new] = codes.emplace(text, code);
    ASSERT_EQ(known->second, code) << text;
    if (round % 1'000 == 0) earlier.emplace_back(entries.entries(), codes);
  }
  EXPECT_EQ(entries.size(), codes.size());
  earlier.emplace_back(entries.entries(), codes);
  for (const auto& [vector, known] : earlier)
    for (const auto& [text, code] : known) {
      ASSERT_LT(code, vector.dictionary_rows);
      EXPECT_EQ(vector.as<StringRef>()[code].view(), text);
    }
}

TEST(TextEntries, WhatIsWrittenMayDifferFromTheText) {
  MemoryBudget budget(uint64_t{1} << 26);
  TextEntries entries(budget);
  const uint32_t doubled =
      code_of(entries, "\"a \"\"long\"\" quoted text\"", "a \"long\" quoted text", TextEntries::Kind::kText);
  EXPECT_FALSE(entries.any_special());
  const uint32_t null = code_of(entries, "", {}, TextEntries::Kind::kNull);
  const uint32_t bad = code_of(entries, "\xFF", {}, TextEntries::Kind::kBad);
  const Vector vector = entries.entries();
  EXPECT_EQ(vector.as<StringRef>()[doubled].view(), "a \"long\" quoted text");
  EXPECT_EQ(entries.kind(null), TextEntries::Kind::kNull);
  EXPECT_EQ(entries.kind(bad), TextEntries::Kind::kBad);
  EXPECT_TRUE(entries.any_special());
  EXPECT_EQ(code_of(entries, "", {}, TextEntries::Kind::kNull), null);
}

TEST(TextEntries, ManyTextsAreNotUseful) {
  MemoryBudget budget(uint64_t{1} << 26);
  const auto useful_after = [&](uint32_t rows, uint32_t distinct) {
    TextEntries entries(budget);
    std::mt19937_64 random(1);
    for (uint32_t row = 0; row < rows && entries.is_useful(); ++row) {
      const std::string text = std::to_string(random() % distinct);
      if (code_of(entries, text, text, TextEntries::Kind::kText) == TextEntries::kNoCode) return false;
      if (row % 2'048 == 2'047) entries.count_rows(2'048);
    }
    return entries.is_useful();
  };
  EXPECT_FALSE(useful_after(2'048, 100'000));
  EXPECT_TRUE(useful_after(4'096, 700));
  EXPECT_FALSE(useful_after(65'536, 10'000));
  EXPECT_TRUE(useful_after(200'000, 4'000));
  EXPECT_FALSE(useful_after(1'000'000, TextEntries::kEntriesMax + 1'000));
}

TEST(TextEntries, WithoutMemoryTheyAreNotUseful) {
  MemoryBudget budget(40'000);
  TextEntries entries(budget);
  uint32_t code = 0;
  for (uint32_t row = 0; code != TextEntries::kNoCode; ++row) {
    ASSERT_LT(row, 5'000u);
    const std::string text = "a text that is not short " + std::to_string(row);
    code = code_of(entries, text, text, TextEntries::Kind::kText);
  }
  EXPECT_FALSE(entries.is_useful());
}

}  // namespace
}  // namespace headrace
