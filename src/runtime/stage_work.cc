#include "runtime/stage_work.h"

#include <algorithm>

namespace headrace {

void PartReport::add(const WorkPart& part) {
  const auto peak = static_cast<uint64_t>(std::max<int64_t>(0, part.bytes_held_peak));
  add(PartReport{part.cpu_ns.load(std::memory_order_relaxed), part.samples.load(std::memory_order_relaxed),
                 part.instructions.load(std::memory_order_relaxed), part.cache_misses.load(std::memory_order_relaxed),
                 part.rows_in, part.rows_out, part.rows_hidden, part.faults, part.bytes_written, part.bytes_copied,
                 part.allocations, part.bytes_allocated, peak});
}

void PartReport::add(const PartReport& more) {
  cpu_ns += more.cpu_ns;
  samples += more.samples;
  instructions += more.instructions;
  cache_misses += more.cache_misses;
  rows_in += more.rows_in;
  rows_out += more.rows_out;
  rows_hidden += more.rows_hidden;
  faults += more.faults;
  bytes_written += more.bytes_written;
  bytes_copied += more.bytes_copied;
  allocations += more.allocations;
  bytes_allocated += more.bytes_allocated;
  bytes_held_peak += more.bytes_held_peak;
}

void StageWork::add_to(WorkReport& report) const {
  report.resize(steps_ + kPartsAroundSteps);
  for (size_t i = 0; i < report.size(); ++i) report[i].add(parts_[i]);
}

uint64_t bytes_of(const Vector& column, uint32_t rows) {
  if (column.encoding == Encoding::kConstant || column.data == nullptr) return 0;
  const uint64_t value_bytes =
      column.encoding == Encoding::kDictionary ? sizeof(uint32_t) : width_bytes(column.type.id);
  return rows * (value_bytes + (column.validity != nullptr ? 1 : 0));
}

void add_work(const WorkReport& more, WorkReport& sum) {
  sum.resize(std::max(sum.size(), more.size()));
  for (size_t i = 0; i < more.size(); ++i) {
    const uint64_t peak = std::max(sum[i].bytes_held_peak, more[i].bytes_held_peak);
    sum[i].add(more[i]);
    sum[i].bytes_held_peak = peak;
  }
}

}  // namespace headrace
