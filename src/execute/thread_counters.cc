#include "execute/thread_counters.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace headrace {

namespace {

int open_counter(uint32_t type, uint64_t config, int leader) {
  perf_event_attr attributes = {};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  attributes.read_format = PERF_FORMAT_GROUP;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  return static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, leader, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

const CountedEvents kHardwareEvents{PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_CACHE_MISSES};

ThreadCounters::ThreadCounters(const CountedEvents& events) {
  instructions_ = open_counter(events.type, events.instructions, -1);
  if (instructions_ < 0) return;
  cache_misses_ = open_counter(events.type, events.cache_misses, instructions_);
  if (cache_misses_ >= 0) return;
  const int error = errno;
  close(instructions_);
  instructions_ = -1;
  errno = error;
}

ThreadCounters::~ThreadCounters() {
  for (const int file : {cache_misses_, instructions_})
    if (file >= 0) close(file);
}

ThreadCounts ThreadCounters::read() const {
  struct {
    uint64_t count, values[2];
  } group = {};
  if (!counts() || ::read(instructions_, &group, sizeof group) != static_cast<ssize_t>(sizeof group)) return {};
  return {group.values[0], group.values[1]};
}

const std::string& missing_counters() {
  static const std::string why = [] {
    const ThreadCounters counters;
    return counters.counts() ? std::string() : std::string(std::strerror(errno));
  }();
  return why;
}

}  // namespace headrace
