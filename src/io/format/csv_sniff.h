// io/format/csv_sniff.h — what is found out about a CSV file, as a table of one row: sniff_csv('file').
#pragma once

#include <memory>
#include <string>

#include "runtime/scannable.h"

namespace headrace {

// Columns, in DuckDB's names: Delimiter, Quote, Escape, NewLineDelimiter, Comment, SkipRows, HasHeader, Columns, DateFormat,
// TimestampFormat, UserArguments, Prompt. A character that the dialect does not have is '(empty)'; a format is null without such a
// column. Prompt is a FROM clause with every option written out. Options are those of read_csv. Errors are open_csv's.
Result<std::shared_ptr<const ScannableTable>> sniff_csv(World& world, MemoryBudget& budget, const std::string& path,
                                                        const Options& options);

}  // namespace headrace
