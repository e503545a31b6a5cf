// io/format/csv_dialect.h — how a CSV file is written: what separates, quotes and stands for null.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/transcoded_file.h"
#include "plan/plan.h"

namespace headrace {

struct CsvDialect {
  char delimiter = ',';
  // What an option said; csv_detect.h finds the rest.
  bool delimiter_given = false, quote_given = false, escape_given = false, comment_given = false, skip_given = false;
  char quote = '"';  // '\0': nothing quotes. Doubled inside a quoted field it stands for itself
  char escape = '\0';  // inside quotes the byte behind it stands for itself; '\0': quotes are doubled
  char comment = '\0';  // outside quotes it and what is behind it on its line is no data; '\0': nothing is
  std::optional<bool> header;  // nothing: a reader looks (csv_file.cc), a writer writes one
  std::vector<std::string> nulls = {""};  // fields that mean null; in text columns, unquoted ones
  bool quoted_nulls = false;              // quoted ones do in text columns, too
  std::vector<std::string> never_null;    // text columns in which no field means null
  using Types = std::vector<std::pair<std::string, Type>>;
  Types types;  // columns whose type is not inferred
  Types guessed_types;  // from another file of the set; where `types` names no type
  bool may_be_blank = false;  // as one of several files: without a record or a header it is a table without columns
  bool null_padding = false;   // a record with too few fields has nulls for the others
  bool all_text = false;       // columns that `types` does not name are utf8
  uint64_t skip_lines = 0;     // in front of the header
  std::optional<bool> lone_returns;  // end records, as line feeds do; nothing: a reader looks
  std::optional<uint64_t> sample_records;  // that types are guessed from; nothing: those of the first kCsvSampleBytes
  std::string compression = "auto";  // none, gzip, zstd, bzip2, xz; auto: as the file's name ends
  TextEncoding encoding = TextEncoding::kUtf8;
  std::string date_format, timestamp_format;  // as strptime's; empty: ISO
  char decimal_point = '.';
  std::vector<std::string> forced_quotes;  // columns whose values are quoted when they are written
  bool all_quoted = false;  // those of every column
  std::vector<std::string> names;  // of the first columns, whatever the header says

  // An empty field is null in columns other than utf8, whatever `nulls` says.
  bool is_null(std::string_view text) const {
    for (const std::string& null : nulls)
      if (text == null) return true;
    return false;
  }
};

// delim | sep | delimiter, quote, escape (which is the quote), comment, header, null | nullstr ('NA' or ['NA', '']),
// types | dtypes ({'x': 'int64'}), names (['x', 'y']), columns ({'x': 'int64'}: names and types), all_varchar, auto_detect (true),
// skip (lines), sample_size (records, -1: all), new_line, compression, dateformat, timestampformat, decimal_separator; for writing force_quote (['x', 'y'] or *).
// kInvalidPlan names the option, what was expected and what was found, and lists the options where there is none of that name.
Result<CsvDialect> parse_csv_dialect(const Options& options);

// The value of the option 'types' (or 'guessed_types', from another file of a set) that gives these columns these types, whatever their names are.
std::string csv_types_option(const std::vector<std::pair<std::string, Type>>& types);

// The separator that occurs most in the first line, outside quotes; ',' when none does.
char guess_delimiter(std::string_view first_line, char quote);

// "true", "false", "1", "0", "on", "off", "yes", "no" in any case.
Result<bool> parse_option_bool(const std::string& name, std::string_view value);

}  // namespace headrace
