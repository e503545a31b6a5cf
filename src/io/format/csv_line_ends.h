// io/format/csv_line_ends.h — CSV text in which a carriage return ends a record, alone or beside others that end in line feeds, read as
// text in which line feeds do.
#pragma once

#include <memory>
#include <string>

#include "base/world.h"
#include "io/format/csv_index.h"

namespace headrace {

// Makes the carriage returns of `text`, which begins with a record, line feeds where they stand outside quotes and have none behind them.
void set_line_feeds(std::string& text, const CsvMarks& marks);

// The text, byte for byte, but for those carriage returns, which are line feeds. Front to back, as a decompressed file is
// (io/decompressed_file.h); offsets are those in `text`.
std::shared_ptr<ReadableFile> csv_with_line_feeds(std::shared_ptr<ReadableFile> text, const CsvMarks& marks);

}  // namespace headrace
