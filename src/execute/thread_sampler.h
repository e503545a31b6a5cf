// execute/thread_sampler.h — where a worker's processor time goes: a timer interrupts it, and the handler charges the time since the last sample,
// and the instructions and cache misses where the machine counts them, to what the thread is at work on (base/work_part.h): within machine code, by the step that the program counter lies in.
#pragma once

#include <cstdint>
#include <ctime>

#include "base/work_part.h"
#include "execute/loop.h"

namespace headrace {

// Samples the calling thread until destroyed; one at a time for a thread. Uses SIGPROF, and does nothing where somebody else handles that
// signal already, or the system has no timer left.
class ThreadSampler {
 public:
  // `outside` is charged while no part is current; it outlives this.
  ThreadSampler(uint32_t samples_per_second, WorkPart& outside);
  ~ThreadSampler();
  ThreadSampler(const ThreadSampler&) = delete;
  ThreadSampler& operator=(const ThreadSampler&) = delete;

  bool samples() const { return samples_; }

 private:
  timer_t timer_{};
  bool samples_ = false;  // and there is a timer
};

// The thread runs a loop's machine code until the scope ends: `steps`, a part for each step of its interval, are charged, and `control`
// for what is no step's.
class AtLoop {
 public:
  AtLoop(const CompiledLoop& loop, WorkPart* steps, uint32_t count, WorkPart& control);
  ~AtLoop();
  AtLoop(const AtLoop&) = delete;
  AtLoop& operator=(const AtLoop&) = delete;
};

}  // namespace headrace
