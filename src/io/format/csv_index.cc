#include "io/format/csv_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "io/format/byte_words.h"
#include "kernel/processor.h"

namespace headrace {
namespace {

constexpr uint64_t kWordBytes = 64;
constexpr uint64_t kWordsAtOnce = 64;  // between two looks at the room that is left

// The definition.
CsvState step(const CsvMarks& marks, CsvState state, char c) {
  if (state == CsvState::kQuoted) {
    if (c == marks.escape && marks.escape != '\0') return CsvState::kEscaped;
    return c == marks.quote ? CsvState::kAfterQuote : CsvState::kQuoted;
  }
  if (state == CsvState::kEscaped) return CsvState::kQuoted;
  if (c == '\n') return CsvState::kField;
  if (state == CsvState::kComment) return CsvState::kComment;
  const bool quotes = c == marks.quote && marks.quote != '\0';
  if (quotes && (state == CsvState::kField || (state == CsvState::kAfterQuote && marks.escape == '\0')))
    return CsvState::kQuoted;
  if (c == marks.delimiter) return CsvState::kField;
  return c == marks.comment && marks.comment != '\0' ? CsvState::kComment : CsvState::kText;
}

bool is_inside(CsvState state) { return state == CsvState::kQuoted || state == CsvState::kEscaped; }

// A scan under way, with room for what the words at hand may add.
struct Run {
  const char* text;
  uint64_t at, end;  // a whole number of words
  CsvState state;
  uint32_t *positions, *ends, *suspects;  // where the next one goes
  uint32_t entries;                       // in front of `positions`
  CsvUtf8& utf8;
};

void scan_bytes(const CsvMarks& marks, Run& run, uint64_t end) {
  for (; run.at < end; ++run.at) {
    const char c = run.text[run.at];
    const CsvState before = run.state, after = step(marks, before, c);
    run.state = after;
    if (is_inside(before)) continue;
    const bool ends = before != CsvState::kComment && (c == '\n' || after == CsvState::kComment);
    const bool entry = ends || c == '\n' || (after == CsvState::kField && c == marks.delimiter);
    if (before == CsvState::kAfterQuote && after == CsvState::kText) *run.suspects++ = static_cast<uint32_t>(run.at);
    if (!entry) continue;
    if (ends) *run.ends++ = run.entries;
    *run.positions++ = static_cast<uint32_t>(run.at);
    ++run.entries;
  }
}

struct Word {
  uint64_t entries, ends, suspects;
};

// Moves `state` over a word; false: a quote opens where it may not, and the state machine must say what it is.
[[gnu::always_inline]] inline bool read_word(const CsvMarks& marks, const char* at, const Bytes64& bytes,
                                             CsvState& state, Word& word) {
  const uint64_t quotes = marks.quote == '\0' ? 0 : bytes_equal(bytes, marks.quote);
  const uint64_t line_feeds = bytes_equal(bytes, '\n');
  const uint64_t separators = bytes_equal(bytes, marks.delimiter) | line_feeds;
  const uint64_t after_quote = state == CsvState::kAfterQuote ? 1 : 0;
  if (quotes == 0 && !is_inside(state)) {
    word = {separators, line_feeds, 0};
    if (after_quote != 0 && (separators & 1) == 0 && !(at[0] == '\r' && (line_feeds & 2) != 0)) word.suspects = 1;
    state = separators >> 63 != 0 ? CsvState::kField : CsvState::kText;
    return true;
  }
  const uint64_t inside = prefix_xor(quotes) ^ (state == CsvState::kQuoted ? ~uint64_t{0} : 0);
  const uint64_t opening = quotes & inside, closing = quotes & ~inside;
  word.entries = separators & ~inside;
  word.ends = line_feeds & ~inside;
  const uint64_t behind_closing = closing << 1 | after_quote;
  const uint64_t at_begin = word.entries << 1 | (state == CsvState::kField ? 1 : 0);
  if ((opening & ~(at_begin | behind_closing)) != 0) return false;
  word.suspects = behind_closing & ~(word.entries | opening);
  if (word.suspects != 0) word.suspects &= ~(bytes_equal(bytes, '\r') & word.ends >> 1);
  if (inside >> 63 != 0)
    state = CsvState::kQuoted;
  else if (closing >> 63 != 0)
    state = CsvState::kAfterQuote;
  else
    state = word.entries >> 63 != 0 ? CsvState::kField : CsvState::kText;
  return true;
}

// Whether the bytes are UTF-8, behind those that were looked at before.
[[gnu::always_inline]] inline void look_at_utf8(const Bytes64& bytes, CsvUtf8& utf8) {
  if (!utf8.goes_on && bytes_above_ascii(bytes) == 0) return;
  utf8.bad = utf8.bad || bad_utf8(bytes, utf8.leads) != 0;
  utf8.goes_on = utf8.leads.go_on();
}

template <bool kLooksAtUtf8>
[[gnu::always_inline]] inline void scan_words_of_level(const CsvMarks& marks, Run& run) {
  for (; run.at < run.end; run.at += kWordBytes) {
    const char* at = run.text + run.at;
    Bytes64 bytes;
    std::memcpy(&bytes, at, kWordBytes);
    if constexpr (kLooksAtUtf8) look_at_utf8(bytes, run.utf8);
    Word word;
    if (!read_word(marks, at, bytes, run.state, word)) {
      scan_bytes(marks, run, run.at + kWordBytes);
      run.at -= kWordBytes;
      continue;
    }
    const auto base = static_cast<uint32_t>(run.at);
    for (uint64_t ends = word.ends; ends != 0; ends &= ends - 1)
      *run.ends++ = run.entries + static_cast<uint32_t>(std::popcount(word.entries & ((ends & -ends) - 1)));
    run.positions = write_places(word.entries, base, run.positions);
    run.entries += static_cast<uint32_t>(std::popcount(word.entries));
    for (uint64_t suspects = word.suspects; suspects != 0; suspects &= suspects - 1)
      *run.suspects++ = base + static_cast<uint32_t>(std::countr_zero(suspects));
  }
}

// Whole words of a text.
[[gnu::always_inline]] inline CsvSummary summarize_of_level(std::string_view text, const CsvMarks& marks,
                                                            CsvState state) {
  CsvSummary summary{state, 0, 0};
  for (uint64_t at = 0; at + kWordBytes <= text.size(); at += kWordBytes) {
    Bytes64 bytes;
    std::memcpy(&bytes, text.data() + at, kWordBytes);
    Word word;
    if (!read_word(marks, text.data() + at, bytes, summary.state, word)) {
      const CsvSummary part = summarize_csv_by_byte(text.substr(at, kWordBytes), marks, summary.state);
      if (summary.first_end == 0 && part.first_end != 0) summary.first_end = at + part.first_end;
      if (part.last_end != 0) summary.last_end = at + part.last_end;
      summary.state = part.state;
    } else if (word.ends != 0) {
      if (summary.first_end == 0) summary.first_end = at + static_cast<uint64_t>(std::countr_zero(word.ends)) + 1;
      summary.last_end = at + 64 - static_cast<uint64_t>(std::countl_zero(word.ends));
    }
  }
  return summary;
}

[[gnu::always_inline]] inline uint64_t count_of_level(std::string_view text, char wanted) {
  uint64_t count = 0, at = 0;
  for (; at + kWordBytes <= text.size(); at += kWordBytes) {
    Bytes64 bytes;
    std::memcpy(&bytes, text.data() + at, kWordBytes);
    count += static_cast<uint64_t>(std::popcount(bytes_equal(bytes, wanted)));
  }
  for (; at < text.size(); ++at) count += text[at] == wanted ? 1 : 0;
  return count;
}

// One body, three instruction sets.
struct Level {
  uint64_t (*count)(std::string_view text, char wanted);
  void (*scan_words)(const CsvMarks& marks, Run& run);
  void (*scan_utf8_words)(const CsvMarks& marks, Run& run);
  CsvSummary (*summarize)(std::string_view text, const CsvMarks& marks, CsvState state);
};

void scan_words_v2(const CsvMarks& marks, Run& run) { scan_words_of_level<false>(marks, run); }
void scan_utf8_words_v2(const CsvMarks& marks, Run& run) { scan_words_of_level<true>(marks, run); }
CsvSummary summarize_v2(std::string_view text, const CsvMarks& marks, CsvState state) {
  return summarize_of_level(text, marks, state);
}
uint64_t count_v2(std::string_view text, char wanted) { return count_of_level(text, wanted); }
constexpr Level kV2{count_v2, scan_words_v2, scan_utf8_words_v2, summarize_v2};

HEADRACE_V3 void scan_words_v3(const CsvMarks& marks, Run& run) { scan_words_of_level<false>(marks, run); }
HEADRACE_V3 void scan_utf8_words_v3(const CsvMarks& marks, Run& run) { scan_words_of_level<true>(marks, run); }
HEADRACE_V3 CsvSummary summarize_v3(std::string_view text, const CsvMarks& marks, CsvState state) {
  return summarize_of_level(text, marks, state);
}
HEADRACE_V4_WIDE void scan_words_v4(const CsvMarks& marks, Run& run) { scan_words_of_level<false>(marks, run); }
HEADRACE_V4_WIDE void scan_utf8_words_v4(const CsvMarks& marks, Run& run) { scan_words_of_level<true>(marks, run); }
HEADRACE_V4_WIDE CsvSummary summarize_v4(std::string_view text, const CsvMarks& marks, CsvState state) {
  return summarize_of_level(text, marks, state);
}
HEADRACE_V3 uint64_t count_v3(std::string_view text, char wanted) { return count_of_level(text, wanted); }
HEADRACE_V4_WIDE uint64_t count_v4(std::string_view text, char wanted) { return count_of_level(text, wanted); }
constexpr Level kV3{count_v3, scan_words_v3, scan_utf8_words_v3, summarize_v3},
    kV4{count_v4, scan_words_v4, scan_utf8_words_v4, summarize_v4};

const Level& level() {
  static const Level& chosen = *choose_level(&kV2, &kV3, &kV4);
  return chosen;
}

}  // namespace

Status CsvIndexer::scan_until(uint64_t ends, CsvIndex& index) {
  while (index.ends.size() < ends && !at_end()) {
    const uint64_t bytes = std::min(kWordsAtOnce * kWordBytes, text_.size() - at_);
    const uint64_t room = bytes + kWordBytes;
    TRY_STATUS(index.positions.reserve(index.positions.size() + room));
    TRY_STATUS(index.ends.reserve(index.ends.size() + room));
    TRY_STATUS(index.suspects.reserve(index.suspects.size() + room));
    Run run{text_.data(),
            at_,
            at_ + bytes / kWordBytes * kWordBytes,
            state_,
            index.positions.end(),
            index.ends.end(),
            index.suspects.end(),
            static_cast<uint32_t>(index.positions.size()),
            utf8_};
    if (marks_.simple()) (looks_at_utf8_ ? level().scan_utf8_words : level().scan_words)(marks_, run);
    if (looks_at_utf8_)
      look_at_rest(run.at, at_ + bytes);
    else
      utf8_.bad = true;  // for all that is known
    scan_bytes(marks_, run, at_ + bytes);
    index.positions.resize_to(run.positions);
    index.ends.resize_to(run.ends);
    index.suspects.resize_to(run.suspects);
    at_ = run.at;
    state_ = run.state;
  }
  return kDone;
}

void CsvIndexer::look_at_rest(uint64_t begin, uint64_t end) {
  for (uint64_t at = begin; at < end; at += kWordBytes) {
    char word[kWordBytes];
    std::memset(word, ' ', kWordBytes);
    std::memcpy(word, text_.data() + at, std::min(kWordBytes, end - at));
    Bytes64 bytes;
    std::memcpy(&bytes, word, kWordBytes);
    look_at_utf8(bytes, utf8_);
  }
  utf8_.bad = utf8_.bad || (end == text_.size() && utf8_.goes_on);
}

CsvState csv_step(const CsvMarks& marks, CsvState state, char c) { return step(marks, state, c); }

uint64_t count_line_feeds(std::string_view text) { return level().count(text, '\n'); }

CsvSummary summarize_csv_by_byte(std::string_view text, const CsvMarks& marks, CsvState state) {
  CsvSummary summary{state, 0, 0};
  for (uint64_t at = 0; at < text.size(); ++at) {
    const bool ends = text[at] == '\n' && !is_inside(summary.state);
    summary.state = step(marks, summary.state, text[at]);
    if (!ends) continue;
    if (summary.first_end == 0) summary.first_end = at + 1;
    summary.last_end = at + 1;
  }
  return summary;
}

CsvSummary summarize_csv(std::string_view text, const CsvMarks& marks, CsvState state) {
  if (!marks.simple()) return summarize_csv_by_byte(text, marks, state);
  CsvSummary summary = level().summarize(text, marks, state);
  const uint64_t done = text.size() / kWordBytes * kWordBytes;
  const CsvSummary rest = summarize_csv_by_byte(text.substr(done), marks, summary.state);
  summary.state = rest.state;
  if (summary.first_end == 0 && rest.first_end != 0) summary.first_end = done + rest.first_end;
  if (rest.last_end != 0) summary.last_end = done + rest.last_end;
  return summary;
}

}  // namespace headrace
