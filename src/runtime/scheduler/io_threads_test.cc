#include "runtime/scheduler/io_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace headrace {
namespace {

TEST(IoThreads, WaitSideBySide) {
  std::atomic<int> done{0};
  std::latch all_wait(IoThreads::kThreadsMax);  // passes only when all of them are inside
  {
    IoThreads threads;
    for (uint32_t i = 0; i < IoThreads::kThreadsMax; ++i)
      threads.submit([&] {
        all_wait.arrive_and_wait();
        ++done;
      });
    for (int i = 0; i < 100; ++i) threads.submit([&] { ++done; });
  }
  EXPECT_EQ(done, 116);
}

TEST(IoThreads, WorkThatBringsWorkIsDoneBeforeTheEnd) {
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> done{0};
    {
      IoThreads threads;
      for (int i = 0; i < 20; ++i)
        threads.submit([&] {
          threads.submit([&] { ++done; });
          ++done;
        });
    }
    EXPECT_EQ(done, 40);
  }
}

}  // namespace
}  // namespace headrace
