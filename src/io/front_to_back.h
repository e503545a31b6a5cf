// io/front_to_back.h — the bytes of a file that is read from its beginning on, by one scan or to see what it is.
#pragma once

#include <memory>

#include "io/counted_file.h"
#include "runtime/operator.h"

namespace headrace {

// The same file, its reads counted. A remote one comes in long requests, ahead of its readers.
std::shared_ptr<ReadableFile> front_to_back(std::shared_ptr<ReadableFile> file, std::shared_ptr<ReadCounters> counters,
                                            QueryContext& context);

// The same file, for reads of its beginning; a remote one comes in long requests.
std::shared_ptr<ReadableFile> beginning_of(std::shared_ptr<ReadableFile> file, MemoryBudget& budget);

}  // namespace headrace
