// io/counted_file.h — a file whose reads are counted, for what a scan reports.
#pragma once

#include <atomic>
#include <memory>

#include "base/world.h"
#include "runtime/stage_report.h"

namespace headrace {

// Of all files of a scan.
struct ReadCounters {
  std::atomic<uint64_t> bytes{0}, requests{0};

  ReadCounts counts() const {
    return {bytes.load(std::memory_order_relaxed), requests.load(std::memory_order_relaxed)};
  }
};

// The same file; each read that asks for bytes that are not here is one request.
std::shared_ptr<ReadableFile> counted_file(std::shared_ptr<ReadableFile> file, std::shared_ptr<ReadCounters> counters);

}  // namespace headrace
