// execute/thread_counters.h — instructions and cache misses of a thread, where the machine has counters and lets us read them (perf_event_open(2)).
#pragma once

#include <cstdint>
#include <string>

namespace headrace {

struct ThreadCounts {
  uint64_t instructions = 0, cache_misses = 0;  // outside the kernel
};

// What is counted: a type and two configurations of perf_event_open.
struct CountedEvents {
  uint32_t type;
  uint64_t instructions, cache_misses;
};
extern const CountedEvents kHardwareEvents;

// Of the thread that makes it, which is the only one that uses it.
class ThreadCounters {
 public:
  explicit ThreadCounters(const CountedEvents& events = kHardwareEvents);
  ~ThreadCounters();
  ThreadCounters(const ThreadCounters&) = delete;
  ThreadCounters& operator=(const ThreadCounters&) = delete;

  bool counts() const { return instructions_ >= 0; }
  // Since it was made; zeros where nothing is counted. May be called in a signal handler.
  ThreadCounts read() const;

 private:
  int instructions_ = -1, cache_misses_ = -1;  // files of the kernel, read together by the first
};

// Why hardware counters cannot be read here: what the system said when they were first asked for. Empty: they can.
const std::string& missing_counters();

}  // namespace headrace
