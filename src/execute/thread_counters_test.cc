// Goal: counters of a thread count that thread alone, grow, and say why where there are none. Method: page faults and moves to another processor, which
// the kernel counts on every machine; the hardware's where it has any.
#include "execute/thread_counters.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/mman.h>

#include <thread>

namespace headrace {
namespace {

constexpr CountedEvents kSoftwareEvents{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, PERF_COUNT_SW_CPU_MIGRATIONS};
constexpr size_t kPages = 64, kPageBytes = 4'096;

void touch_pages() {
  void* const data = mmap(nullptr, kPages * kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(data, MAP_FAILED);
  ASSERT_EQ(madvise(data, kPages * kPageBytes, MADV_NOHUGEPAGE), 0);
  for (size_t page = 0; page < kPages; ++page) static_cast<volatile char*>(data)[page * kPageBytes] = 1;
  munmap(data, kPages * kPageBytes);
}

TEST(ThreadCounters, CountTheirThread) {
  const ThreadCounters counters(kSoftwareEvents);
  if (!counters.counts()) GTEST_SKIP() << "perf_event_open is not allowed here";
  const uint64_t before = counters.read().instructions;
  touch_pages();
  const uint64_t after = counters.read().instructions;
  EXPECT_GE(after, before + kPages);
  std::thread(touch_pages).join();
  EXPECT_LT(counters.read().instructions, after + kPages);
}

TEST(ThreadCounters, OfAMachineWithoutThemCountNothing) {
  const ThreadCounters none({PERF_TYPE_SOFTWARE, ~uint64_t{0}, 0});
  EXPECT_FALSE(none.counts());
  EXPECT_EQ(none.read().instructions, 0U);
  const ThreadCounters half({PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, ~uint64_t{0}});
  EXPECT_FALSE(half.counts());
}

TEST(ThreadCounters, HardwareCountsOrSaysWhyNot) {
  const ThreadCounters counters;
  EXPECT_EQ(counters.counts(), missing_counters().empty());
  const uint64_t before = counters.read().instructions;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < 1'000'000; ++i) sum += i ^ sum << 1;
  EXPECT_NE(sum, 0U);
  EXPECT_EQ(counters.read().instructions > before, counters.counts());
}

}  // namespace
}  // namespace headrace
