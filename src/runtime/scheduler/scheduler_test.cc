// Goal: every task runs once, idle workers take from busy ones, delayed tasks wait and are not forgotten, and the end of a
// scheduler loses nothing.
#include "runtime/scheduler/scheduler.h"

#include <latch>

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(Scheduler, RunsEveryTaskOnceWhateverSubmitsIt) {
  constexpr uint32_t kTasks = 2'000;
  std::vector<std::atomic<uint32_t>> runs(kTasks * 4);
  std::latch all(kTasks * 4);
  Scheduler scheduler(real_world(), 3);
  const auto run = [&](uint32_t task) {
    runs[task].fetch_add(1);
    all.count_down();
  };
  std::vector<std::thread> outside;
  for (uint32_t thread = 0; thread < 2; ++thread) {
    outside.emplace_back([&, thread] {
      for (uint32_t i = 0; i < kTasks; ++i) {
        const uint32_t task = thread * kTasks + i;
        // Half of all tasks are submitted by tasks, at once or a little later.
        scheduler.submit([&, task] {
          run(task);
          const uint32_t child = 2 * kTasks + task;
          if (task % 16 == 0) {
            scheduler.submit_later([&run, child] { run(child); }, task % 1'000);
          } else {
            scheduler.submit([&run, child] { run(child); });
          }
        });
      }
    });
  }
  for (std::thread& thread : outside) thread.join();
  all.wait();
  for (const auto& count : runs) EXPECT_EQ(count.load(), 1U);
  EXPECT_EQ(scheduler.tasks_run(), kTasks * 4);
}

// The worker that submits does not give up its place until its task has run: somebody else must have taken it.
TEST(Scheduler, IdleWorkersSteal) {
  Scheduler scheduler(real_world(), 2);
  std::latch done(1);
  scheduler.submit([&] {
    std::latch stolen(3);
    for (uint32_t i = 0; i < 3; ++i) scheduler.submit([&] { stolen.count_down(); });
    stolen.wait();
    done.count_down();
  });
  done.wait();
  EXPECT_GE(scheduler.tasks_stolen(), 3U);
}

// The thief begins with what its victim would run last.
TEST(Scheduler, ThievesTakeTheOldest) {
  Scheduler scheduler(real_world(), 2);
  std::latch done(1);
  std::vector<uint32_t> order;  // written by the thief alone
  scheduler.submit([&] {
    std::latch blocked(1), stolen(4);
    std::latch thief_waits(1);
    scheduler.submit([&] {  // keeps the thief until all the others lie on the deque
      thief_waits.count_down();
      blocked.wait();
      stolen.count_down();
    });
    thief_waits.wait();
    for (uint32_t i = 0; i < 3; ++i) {
      scheduler.submit([&, i] {
        order.push_back(i);
        stolen.count_down();
      });
    }
    blocked.count_down();
    stolen.wait();
    done.count_down();
  });
  done.wait();
  EXPECT_EQ(order, (std::vector<uint32_t>{0, 1, 2}));
}

TEST(Scheduler, DelayedTasksWaitInOrderOfTheirTime) {
  Scheduler scheduler(real_world(), 1);
  std::latch done(3);
  std::vector<int> order;
  const int64_t begun_ns = real_world().monotonic_ns();
  int64_t slowest_ns = 0;
  scheduler.submit_later(
      [&] {
        order.push_back(3);
        slowest_ns = real_world().monotonic_ns();
        done.count_down();
      },
      60'000);
  scheduler.submit_later([&] { order.push_back(2), done.count_down(); }, 20'000);
  scheduler.submit([&] { order.push_back(1), done.count_down(); });  // wakes the worker that waits for the others
  done.wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_GE(slowest_ns - begun_ns, 60'000'000);
}

// A task that submits itself again keeps its worker busy for good. Others must run all the same: those that wait on the same
// deque, and delayed ones.
TEST(Scheduler, BusyTasksStarveNobody) {
  std::atomic<bool> stop{false};
  std::latch others(2);
  std::function<void()> busy;  // outlives the worker that runs it
  Scheduler scheduler(real_world(), 1);
  busy = [&] {
    if (!stop.load()) scheduler.submit(busy);
  };
  scheduler.submit([&] {
    scheduler.submit([&] { others.count_down(); });
    scheduler.submit_later([&] { others.count_down(); }, 1'000);
    scheduler.submit(busy);
  });
  const int64_t begun_ns = real_world().monotonic_ns();
  while (!others.try_wait() && real_world().monotonic_ns() - begun_ns < 5'000'000'000) std::this_thread::yield();
  EXPECT_TRUE(others.try_wait()) << "a chain of tasks holds its worker while others wait";
  stop = true;
}

TEST(Scheduler, EndsAfterWhatWasSubmitted) {
  constexpr uint32_t kTasks = 5'000;
  std::atomic<uint32_t> runs{0};
  {
    Scheduler scheduler(real_world(), 2);
    for (uint32_t i = 0; i < kTasks; ++i) {
      scheduler.submit([&, i] {
        runs.fetch_add(1);
        if (i % 100 == 0) scheduler.submit_later([&] { runs.fetch_add(1); }, 2'000);
      });
    }
  }
  EXPECT_EQ(runs.load(), kTasks + kTasks / 100);
}

TEST(Scheduler, MayBeBuiltAndEndedIdle) {
  for (uint32_t threads = 1; threads <= 8; ++threads) {
    const Scheduler scheduler(real_world(), threads);
    EXPECT_EQ(scheduler.threads(), threads);
  }
}

}  // namespace
}  // namespace headrace
