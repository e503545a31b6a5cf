// io/format/arrow_writer.h — rows as Arrow IPC: the file format, and the stream format for pipes.
#pragma once

#include "io/format/writer.h"

namespace headrace {

// No options.
Result<std::unique_ptr<RowWriter>> make_arrow_writer(const WriteRequest& request, OutputFiles files,
                                                     MemoryBudget& budget);
Result<std::unique_ptr<RowWriter>> make_arrow_stream_writer(const WriteRequest& request, OutputFiles files,
                                                            MemoryBudget& budget);

}  // namespace headrace
