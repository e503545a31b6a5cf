// io/import_stream.h — a table in memory out of an Arrow C stream.
#pragma once

#include <memory>
#include <string>

#include "io/memory_table.h"
#include "types/arrow_c.h"

namespace headrace {

// Drains an Arrow C stream and releases it. Fixed-width columns and string bytes stay where they are.
// kBadInput and kUnsupported as import_chunk; an error of the stream itself is kIo, with its text.
Result<std::shared_ptr<const MemoryTable>> import_memory_table(std::string name, ArrowArrayStream* stream,
                                                               MemoryBudget& budget);

}  // namespace headrace
