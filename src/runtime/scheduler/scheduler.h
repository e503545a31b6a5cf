// runtime/scheduler/scheduler.h — the engine's workers: each has its own deque and steals from the others when it is empty.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/world.h"

namespace headrace {

// What a worker runs at once: short (about one morsel), never blocking on I/O.
using Task = std::function<void()>;

class Scheduler {
 public:
  Scheduler(World& world, uint32_t threads);
  ~Scheduler();  // runs what was submitted, then joins
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // From a worker: onto its own deque, where it is the next task or the first to be stolen. From elsewhere: onto the deque
  // of one worker after another. A worker runs delayed tasks that are due, else its newest task, and now and then its oldest.
  void submit(Task task);
  // As submit, but not before `delay_us` from now: for a task that found its input blocked.
  void submit_later(Task task, uint64_t delay_us);

  // Some task waits for a worker. For a task that could go on by itself: when nobody waits it need not be submitted again.
  bool others_wait() const {
    return queued_.load(std::memory_order_relaxed) > 0 || delayed_count_.load(std::memory_order_relaxed) > 0;
  }

  uint64_t waiting() const {  // tasks, for a worker
    return static_cast<uint64_t>(std::max<int64_t>(queued_.load(std::memory_order_relaxed), 0));
  }

  uint32_t threads() const { return static_cast<uint32_t>(workers_.size()); }
  uint64_t tasks_run() const { return tasks_run_.load(std::memory_order_relaxed); }
  uint64_t tasks_stolen() const { return tasks_stolen_.load(std::memory_order_relaxed); }

 private:
  struct Worker {
    std::mutex mutex;  // guards tasks; held for a push or a pop only
    std::deque<Task> tasks;
    std::thread thread;
  };
  struct Delayed {
    int64_t due_ns;  // World::monotonic_ns
    Task task;
  };

  void run(uint32_t self);
  bool pop(uint32_t self, bool oldest, Task& task);  // newest first, but for a fair turn
  bool steal(uint32_t self, Task& task);  // oldest first
  bool take_due(Task& task);
  void wake_one();

  World& world_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<uint32_t> next_worker_{0};
  std::atomic<uint64_t> tasks_run_{0}, tasks_stolen_{0};
  std::atomic<int64_t> queued_{0};  // tasks in all deques
  std::atomic<uint32_t> sleeping_{0};  // workers that wait on wake_, or are about to
  std::atomic<uint32_t> delayed_count_{0};
  std::mutex sleep_mutex_;  // guards delayed_ and stopping_
  std::condition_variable wake_;
  std::vector<Delayed> delayed_;
  bool stopping_ = false;
};

}  // namespace headrace
