#include "runtime/scheduler/scheduler.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"

namespace headrace {

namespace {
thread_local Scheduler* current_scheduler = nullptr;
thread_local uint32_t current_worker = 0;

// Of so many tasks a worker takes its oldest, so that tasks that submit themselves again starve nobody.
constexpr uint32_t kTasksPerFairTurn = 8;

struct Sleeping {
  explicit Sleeping(std::atomic<uint32_t>& workers) : workers_(workers) {
    workers_.fetch_add(1, std::memory_order_seq_cst);
  }
  ~Sleeping() { workers_.fetch_sub(1, std::memory_order_seq_cst); }
  std::atomic<uint32_t>& workers_;
};
}  // namespace

Scheduler::Scheduler(World& world, uint32_t threads) : world_(world) {
  CHECK(threads > 0);
  for (uint32_t i = 0; i < threads; ++i) workers_.push_back(std::make_unique<Worker>());
  for (uint32_t i = 0; i < threads; ++i) workers_[i]->thread = std::thread([this, i] { run(i); });
}

Scheduler::~Scheduler() {
  {
    std::lock_guard lock(sleep_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (const auto& worker : workers_) worker->thread.join();
}

void Scheduler::submit(Task task) {
  const uint32_t target =
      current_scheduler == this ? current_worker : next_worker_.fetch_add(1, std::memory_order_relaxed) % threads();
  {
    std::lock_guard lock(workers_[target]->mutex);
    workers_[target]->tasks.push_back(std::move(task));
  }
  queued_.fetch_add(1, std::memory_order_seq_cst);
  // Either this sees a worker that goes to sleep, or that worker sees the task.
  if (sleeping_.load(std::memory_order_seq_cst) > 0) wake_one();
}

void Scheduler::submit_later(Task task, uint64_t delay_us) {
  {
    std::lock_guard lock(sleep_mutex_);
    const int64_t due_ns = world_.monotonic_ns() + static_cast<int64_t>(delay_us) * 1'000;
    delayed_.push_back({due_ns, std::move(task)});
    delayed_count_.fetch_add(1, std::memory_order_relaxed);
  }
  wake_.notify_one();
}

void Scheduler::wake_one() {
  std::lock_guard lock(sleep_mutex_);  // a worker that is about to sleep holds it while it looks at queued_
  wake_.notify_one();
}

bool Scheduler::pop(uint32_t self, bool oldest, Task& task) {
  std::lock_guard lock(workers_[self]->mutex);
  std::deque<Task>& tasks = workers_[self]->tasks;
  if (tasks.empty()) return false;
  task = std::move(oldest ? tasks.front() : tasks.back());
  if (oldest) {
    tasks.pop_front();
  } else {
    tasks.pop_back();
  }
  return true;
}

bool Scheduler::steal(uint32_t self, Task& task) {
  for (uint32_t i = 1; i < threads(); ++i) {
    Worker& victim = *workers_[(self + i) % threads()];
    std::lock_guard lock(victim.mutex);
    if (victim.tasks.empty()) continue;
    task = std::move(victim.tasks.front());
    victim.tasks.pop_front();
    tasks_stolen_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

bool Scheduler::take_due(Task& task) {
  if (delayed_count_.load(std::memory_order_relaxed) == 0) return false;
  std::lock_guard lock(sleep_mutex_);
  const int64_t now_ns = world_.monotonic_ns();
  const auto due = std::find_if(delayed_.begin(), delayed_.end(), [&](const Delayed& d) { return d.due_ns <= now_ns; });
  if (due == delayed_.end()) return false;
  task = std::move(due->task);
  delayed_.erase(due);
  delayed_count_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

void Scheduler::run(uint32_t self) {
  current_scheduler = this;
  current_worker = self;
  for (uint32_t turn = 1;; ++turn) {
    Task task;
    const bool fair = turn % kTasksPerFairTurn == 0;
    const bool due = take_due(task);  // first: it has waited, and there may always be something queued
    const bool queued = !due && (pop(self, fair, task) || steal(self, task));
    if (queued) queued_.fetch_sub(1, std::memory_order_acquire);
    if (queued || due) {
      tasks_run_.fetch_add(1, std::memory_order_relaxed);
      task();
      continue;
    }
    std::unique_lock lock(sleep_mutex_);
    const Sleeping asleep(sleeping_);
    if (queued_.load(std::memory_order_seq_cst) > 0) continue;
    if (stopping_ && delayed_.empty()) return;
    if (delayed_.empty()) {
      wake_.wait(lock);
    } else {
      const auto first =
          std::min_element(delayed_.begin(), delayed_.end(),
                           [](const Delayed& left, const Delayed& right) { return left.due_ns < right.due_ns; });
      const int64_t wait_ns = first->due_ns - world_.monotonic_ns();
      if (wait_ns > 0) wake_.wait_for(lock, std::chrono::nanoseconds(wait_ns));
    }
  }
}

}  // namespace headrace
