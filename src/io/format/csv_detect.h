// io/format/csv_detect.h — what nobody said of a CSV file's dialect, found from what the file begins with.
#pragma once

#include <string_view>

#include "io/format/csv_dialect.h"

namespace headrace {

// Sets delimiter, quote, escape, comment and skip_lines of `dialect` where no option gave them. The separator is that of which the first
// line has most; quotes are ", doubled inside; there are no comments and no lines in front of the records. That stays so when every
// record of the sample has the same number of fields. Where some have not, and with ' as quote, \ as escape, # as comment, another
// separator, or without some lines of one field at the beginning, all have or many more, then those hold.
//   text   what the file begins with, without a byte order mark; line feeds end records
//   whole  it is all of the file
void detect_csv_dialect(std::string_view text, bool whole, CsvDialect& dialect);

// The separator alone, where no option gave it: the one of which the first line has most.
void set_usual_delimiter(std::string_view text, CsvDialect& dialect);

// Whether carriage returns without a line feed behind them end records: there are some outside quotes, and no line feeds there; or
// there are both, and only then all records fit together.
bool lone_returns_end_records(std::string_view text, bool whole, const CsvDialect& given);

}  // namespace headrace
