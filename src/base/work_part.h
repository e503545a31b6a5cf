// base/work_part.h — what a thread is at work on, as a part of something larger, and what that part has cost so far.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace headrace {

// Of one thread at a time. Only a signal that interrupts the thread adds to what is sampled.
struct WorkPart {
  std::atomic<uint64_t> cpu_ns{0}, samples{0};  // processor time, as sampled
  std::atomic<uint64_t> instructions{0}, cache_misses{0};  // as sampled, where the machine counts them
  uint64_t rows_in = 0, rows_out = 0;
  uint64_t rows_hidden = 0;  // that entered a loop in which nobody counts how many come as far as this part
  uint64_t faults = 0;  // values; those that became null among them
  uint64_t bytes_written = 0;  // of values that it made for others to read
  uint64_t bytes_copied = 0;  // of values that were there before
  uint64_t allocations = 0, bytes_allocated = 0;
  int64_t bytes_held = 0, bytes_held_peak = 0;  // what it has reserved less what it gave back itself
};

// nullptr: nobody asks.
inline thread_local constinit WorkPart* current_part = nullptr;

// The thread is at work on the part until the scope ends, then on what it was at before.
class AtPart {
 public:
  explicit AtPart(WorkPart& part) : before_(current_part) { current_part = &part; }
  ~AtPart() { current_part = before_; }
  AtPart(const AtPart&) = delete;
  AtPart& operator=(const AtPart&) = delete;

 private:
  WorkPart* const before_;
};

inline void note_written(uint64_t bytes) {
  if (current_part != nullptr) current_part->bytes_written += bytes;
}
inline void note_copied(uint64_t bytes) {
  if (current_part != nullptr) current_part->bytes_copied += bytes;
}
inline void note_allocated(uint64_t bytes) {
  WorkPart* const part = current_part;
  if (part == nullptr) return;
  ++part->allocations;
  part->bytes_allocated += bytes;
  part->bytes_held += static_cast<int64_t>(bytes);
  part->bytes_held_peak = std::max(part->bytes_held_peak, part->bytes_held);
}
inline void note_freed(uint64_t bytes) {
  if (current_part != nullptr) current_part->bytes_held -= static_cast<int64_t>(bytes);
}

}  // namespace headrace
