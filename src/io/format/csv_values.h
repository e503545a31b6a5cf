// io/format/csv_values.h — fields of CSV text as values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/format/csv_records.h"
#include "io/format/text_entries.h"
#include "types/arrow_c.h"

namespace headrace {

// One column of the records that an index holds. Field `column` of a record lies between entries `column` and `column` + 1, counted from
// entry rows[row], which is the one in front of the record.
struct CsvColumnText {
  const char* text;
  const uint32_t* entries;
  const uint32_t* rows;
  uint32_t row_count;
  uint32_t column;
  bool last;  // of the record: a carriage return at its end belongs to the line's end
  bool utf8;  // its text is known to be UTF-8, and so is what lies between separators
  bool complete;  // no row lacks the field
  std::string_view at(uint32_t row) const {
    const uint32_t* const entry = entries + rows[row] + column;
    const uint32_t begin = entry[0] + 1;
    uint32_t end = std::max(entry[1], begin);  // a row that lacks the field repeats an entry
    if (last && end > begin && text[end - 1] == '\r') --end;
    return {text + begin, end - begin};
  }
  // Where `count` fields begin in the text, and how many bytes they have.
  void spans(uint32_t first, uint32_t count, uint32_t* begins, uint32_t* sizes) const {
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t* const entry = entries + rows[first + i] + column;
      begins[i] = entry[0] + 1;
      sizes[i] = std::max(entry[1], begins[i]) - begins[i];
    }
    for (uint32_t i = 0; last && i < count; ++i)
      sizes[i] -= sizes[i] > 0 && text[begins[i] + sizes[i] - 1] == '\r' ? 1 : 0;
  }
  bool lacks(uint32_t row) const {
    const uint32_t* const entry = entries + rows[row] + column;
    return entry[1] < entry[0] + 1;
  }
};

// `guessed`: the type comes from a sample, so that a later number that it would change is none of the column's values.
struct CsvColumn {
  std::string name;
  Type type;
  bool guessed;
  bool never_null = false;  // of text
};

// A flat vector, or one of codes for as long as a column of text has few: `entries` is what was known of it, nullptr: nobody keeps
// that. Strings of a flat one point into the text, which `owner` keeps alive. Rows whose field is no value of the type are appended
// to `bad`, ascending, and are null. kUnsupported: no text is of the column's type. kLimit.
Result<Vector> convert_csv_column(const CsvColumnText& fields, const CsvColumn& column, const CsvDialect& dialect,
                                  const AllocateBytes& allocate, const std::shared_ptr<const void>& owner,
                                  TextEntries* entries, std::vector<uint32_t>& bad);

// Why a field is no value of its column: for a file of rejects, and as an error without `where`.
struct CsvBadValue {
  std::string reason, expected;
};
CsvBadValue reason_of_bad_value(const CsvColumn& column, std::string_view between, const CsvDialect& dialect);
Error error_of_bad_value(const CsvColumn& column, std::string_view between, const CsvDialect& dialect);

// Whether a field stands for null in a column of text or in another one, where an empty field does though nobody named it, and quotes
// say nothing.
bool is_null_field(const CsvField& field, const CsvDialect& dialect, bool is_text);
std::optional<uint8_t> parse_csv_bool(std::string_view text);
// As the dialect writes them.
std::optional<int32_t> parse_csv_date(std::string_view text, const CsvDialect& dialect);
std::optional<int64_t> parse_csv_timestamp(std::string_view text, const CsvDialect& dialect);
// A number with the point that its parsers know: the text itself, or a copy in `room`. What has that point already is no number.
std::string_view with_point(std::string_view text, const CsvDialect& dialect, std::string& room);

}  // namespace headrace
