// runtime/scheduler/io_threads.h — threads that wait for disk and net in place of the workers, so that these compute.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace headrace {

class IoThreads {
 public:
  static constexpr uint32_t kThreadsMax = 16;  // requests under way at a time

  IoThreads() = default;
  ~IoThreads();  // runs what was submitted, then joins; whoever submitted cancels what nobody waits for
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  // In order, as threads become free; also from work that runs. A thread is started when there is work and none is idle, up to kThreadsMax.
  void submit(std::function<void()> work);

 private:
  void run();

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  uint32_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace headrace
