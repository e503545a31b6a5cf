// runtime/stage_work.h — what a stage's work has cost, by part: each of its steps, and what is around them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/work_part.h"
#include "types/vector.h"

namespace headrace {

// A part's counts, of all workers; as in WorkPart. Peaks are sums of the workers' own.
struct PartReport {
  uint64_t cpu_ns = 0, samples = 0, instructions = 0, cache_misses = 0, rows_in = 0, rows_out = 0, rows_hidden = 0, faults = 0, bytes_written = 0,
           bytes_copied = 0, allocations = 0, bytes_allocated = 0, bytes_held_peak = 0;

  void add(const WorkPart& part);
  void add(const PartReport& more);
};

// By step, and behind them what is around: the source with its decoding, the sink with what makes its batches dense, the control of
// loops, which begins and ends batches, and what is between batches: claims, plans, batches handed on.
using WorkReport = std::vector<PartReport>;
enum class AroundSteps : uint8_t { kSource, kSink, kLoops, kBetween };
inline constexpr size_t kPartsAroundSteps = 4;
inline size_t part_of(AroundSteps around, size_t steps) { return steps + static_cast<size_t>(around); }

// For one worker.
class StageWork {
 public:
  explicit StageWork(size_t steps) : steps_(steps), parts_(std::make_unique<WorkPart[]>(steps + kPartsAroundSteps)) {}

  WorkPart& step(size_t step) { return parts_[step]; }
  WorkPart& around(AroundSteps around) { return parts_[part_of(around, steps_)]; }
  void add_to(WorkReport& report) const;

 private:
  size_t steps_;
  std::unique_ptr<WorkPart[]> parts_;
};

// Of the values themselves, or of their codes; of a constant or of what is not decoded none. Bytes that texts point to are not among them.
uint64_t bytes_of(const Vector& column, uint32_t rows);

// Of another round: what it held at once is not added, the greatest stands.
void add_work(const WorkReport& more, WorkReport& sum);

}  // namespace headrace
