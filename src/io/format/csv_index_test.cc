#include "io/format/csv_index.h"

#include <gtest/gtest.h>

#include <random>

#include "io/format/csv_records.h"
#include "io/test_tables.h"
#include "types/utf8.h"

namespace headrace {
namespace {

// Of bytes that mean something, mostly.
std::string random_text(std::mt19937& random, size_t bytes, std::string_view alphabet) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += alphabet[random() % alphabet.size()];
  return text;
}

struct Found {
  std::vector<uint32_t> positions, ends, suspects;
  CsvState state;
  bool operator==(const Found&) const = default;
};

Found scan(const std::string& text, const CsvDialect& dialect, uint64_t ends_at_once) {
  MemoryBudget budget(uint64_t{1} << 30);
  Reservation reservation(budget, "test");
  CsvIndex index(reservation);
  const std::string padded = text + std::string(kCsvPaddingBytes, '\0');
  CsvIndexer indexer({padded.data(), text.size()}, dialect);
  while (!indexer.at_end()) EXPECT_TRUE(indexer.scan_until(index.ends.size() + ends_at_once, index).ok());
  const auto list = [](const AccountedArray<uint32_t>& array) {
    return std::vector<uint32_t>(array.begin(), array.end());
  };
  return {list(index.positions), list(index.ends), list(index.suspects), indexer.state()};
}

// As the definition says it, by a dialect that is no different but for a comment that no text has: that is read byte by byte.
TEST(CsvIndex, BitmapsFindWhatTheStateMachineFinds) {
  std::mt19937 random(7);
  for (int round = 0; round < 2'000; ++round) {
    CsvDialect dialect;
    if (round % 5 == 4) dialect.quote = '\0';
    CsvDialect by_byte = dialect;
    by_byte.comment = '\x01';
    const std::string_view alphabet = round % 3 == 0 ? "a,\"\n\r" : round % 3 == 1 ? "aaaaaaaabbbbb,,,\"\n" : ",\n\"\"";
    const std::string text = random_text(random, random() % 700, alphabet);
    const Found expected = scan(text, by_byte, 1'000'000);
    ASSERT_EQ(scan(text, dialect, 1 + random() % 100).positions, expected.positions) << text;
    ASSERT_EQ(scan(text, dialect, 1 + random() % 100).ends, expected.ends) << text;
    for (const CsvState state : {CsvState::kField, CsvState::kQuoted, CsvState::kAfterQuote, CsvState::kText}) {
      const CsvSummary fast = summarize_csv(text, CsvMarks(dialect), state);
      const CsvSummary slow = summarize_csv_by_byte(text, CsvMarks(dialect), state);
      ASSERT_EQ(static_cast<int>(fast.state), static_cast<int>(slow.state)) << text;
      ASSERT_EQ(fast.first_end, slow.first_end) << text;
      ASSERT_EQ(fast.last_end, slow.last_end) << text;
    }
  }
}

// Whether a text is UTF-8, in pieces of any length.
TEST(CsvIndex, KnowsUtf8) {
  std::mt19937 random(5);
  const std::string_view characters[] = {"a", ",", "\n", "é", "漢", "😀", "\xED\x9F\xBF", "\xEE\x80\x80"};
  const std::string_view broken[] = {"\xC3",         "\xE6\xBC",        "\xF0\x9F\x98",     "\x80",
                                     "\xC0\x80",     "\xED\xA0\x80",    "\xF4\x90\x80\x80", "\xFF",
                                     "\xE0\x80\x80", "\xF0\x80\x80\x80"};
  for (int round = 0; round < 3'000; ++round) {
    std::string text;
    const size_t size = random() % 300;
    while (text.size() < size) text += characters[random() % std::size(characters)];
    if (round % 3 == 1) text.insert(random() % (text.size() + 1), broken[random() % std::size(broken)]);
    if (round % 3 == 2 && !text.empty()) text.pop_back();
    CsvDialect dialect;
    if (round % 2 == 1) dialect.comment = '#';
    MemoryBudget budget(uint64_t{1} << 30);
    Reservation reservation(budget, "test");
    CsvIndex index(reservation);
    const std::string padded = text + std::string(kCsvPaddingBytes, '\0');
    CsvIndexer indexer({padded.data(), text.size()}, dialect);
    bool bad = false;
    while (!indexer.at_end()) {
      ASSERT_TRUE(indexer.scan_until(index.ends.size() + 1, index).ok());
      bad |= indexer.take_bad_utf8();
    }
    ASSERT_EQ(!bad, is_utf8(text)) << text;
  }
}

// Fields between entries are those that CsvRecords walks over, and a record whose quotes are wrong has a suspect.
TEST(CsvIndex, EntriesAreTheFieldsOfTheRecords) {
  std::mt19937 random(11);
  for (int round = 0; round < 2'000; ++round) {
    CsvDialect dialect;
    if (round % 4 == 3) dialect.escape = '\\';
    const std::string text = random_text(random, 1 + random() % 200, "ab,\"\n\r\\") + "\n";
    const Found found = scan(text, dialect, 3);
    CsvRecords records(text, dialect, /*single_column=*/true);
    size_t end = 0;
    uint32_t entry = 0, begin = 0;
    while (records.begin_record()) {
      if (end == found.ends.size()) break;  // the text ends inside quotes
      bool wrong = false;
      const uint32_t record = begin;
      CsvField field;
      for (; records.next_field(field); ++entry) {
        if (field.unclosed) break;
        ASSERT_LE(entry, found.ends[end]) << text;
        std::string_view between = std::string_view(text).substr(begin, found.positions[entry] - begin);
        if (entry == found.ends[end] && between.ends_with('\r')) between.remove_suffix(1);
        const CsvField same = read_csv_field(between, dialect);
        ASSERT_EQ(same.view(), field.view()) << text;
        ASSERT_EQ(same.quoted, field.quoted) << text;
        ASSERT_EQ(same.doubled, field.doubled) << text;
        ASSERT_EQ(same.malformed, field.malformed) << text;
        wrong |= field.malformed;
        begin = found.positions[entry] + 1;
      }
      if (field.unclosed) break;
      ASSERT_EQ(entry, found.ends[end] + 1) << text;
      const bool suspect = std::any_of(found.suspects.begin(), found.suspects.end(),
                                       [&](uint32_t at) { return at >= record && at < begin; });
      ASSERT_TRUE(suspect || !wrong) << text;
      ++end;
    }
  }
}

}  // namespace
}  // namespace headrace
