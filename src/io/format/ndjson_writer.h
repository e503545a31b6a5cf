// io/format/ndjson_writer.h — one JSON object a line. Numbers as numbers (decimals too), dates, timestamps and text as strings;
// NaN and infinities, which JSON does not have, as null.
#pragma once

#include "io/format/writer.h"

namespace headrace {

// No options.
Result<std::unique_ptr<RowWriter>> make_ndjson_writer(const WriteRequest& request, OutputFiles files,
                                                      MemoryBudget& budget);

// Appends `text` as a JSON string, with its quotes.
void append_json_string(std::string_view text, std::string& out);

}  // namespace headrace
