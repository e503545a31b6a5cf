// io/format/csv_records.h — CSV text cut into records and fields. RFC 4180, and beyond it: any one-byte separator and
// quote, LF or CR LF, a quote inside an unquoted field is text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/format/csv_dialect.h"

namespace headrace {

struct CsvField {
  const char* data;   // into the text, between the quotes if it has them
  uint32_t size;
  bool quoted;
  bool doubled;       // holds doubled quotes that stand for one each
  bool malformed;     // text stands between the closing quote and the separator
  bool unclosed = false;
  std::string_view view() const { return {data, size}; }
};
static_assert(sizeof(CsvField) == 16);

// The text of a quoted field with doubled quotes, or with escapes where the dialect has them.
std::string undouble(std::string_view text, const CsvDialect& dialect);

// The field that lies between two separators, whatever it is made of. Behind it one byte may be read, which is a comment's where one
// ends the record.
CsvField read_csv_field(std::string_view between, const CsvDialect& dialect);

// Walks over complete records; the dialect outlives it. `single_column`: an empty line is a record (a null), else it is skipped.
class CsvRecords {
 public:
  CsvRecords(std::string_view text, const CsvDialect& dialect, bool single_column)
      : at_(text.data()),
        end_(at_ + text.size()),
        dialect_(dialect),
        delimiter_(dialect.delimiter),
        quote_(dialect.quote),
        comment_(dialect.comment),
        has_quote_(dialect.quote != '\0'),
        single_column_(single_column) {}

  // Begins the next record; false at the end of the text.
  bool begin_record();
  // The next field of the record that was begun; false when it has no more.
  bool next_field(CsvField& field);
  const char* record() const { return record_; }  // where the current record begins
  const char* at() const { return at_; }

 private:
  void next_quoted(CsvField& field);
  void skip_between_records();
  const char* find_field_end();  // moves at_ behind it

  const char* at_;
  const char* end_;
  const char* record_ = nullptr;
  const CsvDialect& dialect_;
  const char delimiter_, quote_, comment_;
  const bool has_quote_, single_column_;
  bool more_ = false;  // the record has another field at at_
};

}  // namespace headrace
