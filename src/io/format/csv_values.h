// io/format/csv_values.h — fields of CSV text as values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/format/csv_records.h"
#include "types/arrow_c.h"

namespace headrace {

// The field of each row in one column: fields[row * stride].
struct CsvColumnFields {
  const CsvField* fields;
  uint32_t stride;
  uint32_t rows;
  const CsvField& at(uint32_t row) const { return fields[uint64_t{row} * stride]; }
};

// `guessed`: the type comes from a sample, so that a later number that it would change is none of the column's values.
struct CsvColumn {
  std::string name;
  Type type;
  bool guessed;
};

struct CsvBadField {
  uint32_t row = 0;
  Error error;  // without `where`
};

// A flat vector. Strings point into the text, which `text` keeps alive. On a field that is no value of the type returns it
// in `bad` and an unusable vector; kLimit when memory runs out.
Result<Vector> convert_csv_column(const CsvColumnFields& fields, const CsvColumn& column, const CsvDialect& dialect,
                                  const AllocateBytes& allocate, const std::shared_ptr<const void>& text,
                                  CsvBadField* bad);

// Whether a field stands for null. `empty_is_null`: also an empty one that nobody named, if it has no quotes.
bool is_null_field(const CsvField& field, const CsvDialect& dialect, bool empty_is_null);
std::optional<uint8_t> parse_csv_bool(std::string_view text);
// As the dialect writes them.
std::optional<int32_t> parse_csv_date(std::string_view text, const CsvDialect& dialect);
std::optional<int64_t> parse_csv_timestamp(std::string_view text, const CsvDialect& dialect);
// A number with the point that its parsers know: the text itself, or a copy in `room`. What has that point already is no number.
std::string_view with_point(std::string_view text, const CsvDialect& dialect, std::string& room);

}  // namespace headrace
