// io/format/csv_writer.h — rows as CSV (RFC 4180, LF): null is an empty field, an empty string is "", doubles are the shortest
// text that reads back to the same bits. A value that the dialect cannot hold (quote '') is kBadInput with row and column.
#pragma once

#include "io/format/writer.h"

namespace headrace {

// Options: delim | sep | delimiter, header, quote, nullstr | null.
Result<std::unique_ptr<RowWriter>> make_csv_writer(const WriteRequest& request, OutputFiles files,
                                                   MemoryBudget& budget);

}  // namespace headrace
