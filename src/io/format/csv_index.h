// io/format/csv_index.h — where the fields of CSV text end: found 64 bytes at a time, for three instruction sets, as the state machine in
// csv_index.cc defines it.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "io/format/csv_dialect.h"
#include "io/format/utf8_words.h"
#include "state/accounted_array.h"

namespace headrace {

// Between two bytes of a text.
enum class CsvState : uint8_t {
  kField,  // a field begins
  kText,  // inside an unquoted field, or behind the quotes of one that goes on: quotes are text
  kQuoted,  // inside quotes
  kAfterQuote,  // behind a quote inside quotes: a second one makes them one of the text, anything else ends them
  kEscaped,  // inside quotes, behind an escape
  kComment,  // up to the line feed
};

// The characters that mean something; '\0': none does.
struct CsvMarks {
  explicit CsvMarks(const CsvDialect& dialect)
      : delimiter(dialect.delimiter), quote(dialect.quote), escape(dialect.escape), comment(dialect.comment) {}
  // Quotes are doubled, and nothing else is special: bitmaps do.
  bool simple() const { return comment == '\0' && escape == '\0'; }
  char delimiter, quote, escape, comment;
};

// The state machine: what a byte makes of the state.
CsvState csv_step(const CsvMarks& marks, CsvState state, char c);

// What a scan has found. Offsets are those in the text. `positions`: of each separator and each end of a record, which is its line
// feed, or the comment in front of that (then the line feed follows as an entry that ends no field). `ends`: which entries are ends of
// records. `suspects`: of bytes behind a closing quote that are no separator and no end.
struct CsvIndex {
  explicit CsvIndex(Reservation& reservation) : positions(reservation), ends(reservation), suspects(reservation) {}
  AccountedArray<uint32_t> positions, ends, suspects;
};

// How far a text was looked at as UTF-8.
struct CsvUtf8 {
  Utf8Leads leads;
  bool goes_on = false;  // a character is not complete yet
  bool bad = false;
};

// A scan of one text, in pieces.
class CsvIndexer {
 public:
  // `text` has kCsvPaddingBytes that may be read behind it.
  CsvIndexer(std::string_view text, const CsvDialect& dialect) : marks_(dialect), text_(text) {}

  // Goes on until `index` has that many ends or the text is over. kLimit.
  Status scan_until(uint64_t ends, CsvIndex& index);
  bool at_end() const { return at_ == text_.size(); }
  CsvState state() const { return state_; }
  // Since it was last asked: bytes were seen that are not UTF-8, or that were not looked at.
  bool take_bad_utf8() { return std::exchange(utf8_.bad, false); }
  // Whether someone wants to know. Asked again in the middle of a character, what is left of it is not UTF-8.
  void set_looks_at_utf8(bool looks) { looks_at_utf8_ = looks; }

 private:
  void look_at_rest(uint64_t begin, uint64_t end);  // whether it is UTF-8

  const CsvMarks marks_;
  const std::string_view text_;
  uint64_t at_ = 0;
  CsvState state_ = CsvState::kField;
  CsvUtf8 utf8_;
  bool looks_at_utf8_ = true;
};

// What a text does to the state, without its fields.
struct CsvSummary {
  CsvState state;
  uint64_t first_end = 0;  // behind the first line feed that ends a record or a comment; 0: there is none
  uint64_t last_end = 0;  // behind the last
};
CsvSummary summarize_csv(std::string_view text, const CsvMarks& marks, CsvState state);
// The same by the state machine alone.
CsvSummary summarize_csv_by_byte(std::string_view text, const CsvMarks& marks, CsvState state);

uint64_t count_line_feeds(std::string_view text);

inline constexpr uint64_t kCsvPaddingBytes = 64;  // that may be read in front of and behind a text

}  // namespace headrace
