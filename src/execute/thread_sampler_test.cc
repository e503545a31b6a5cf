// Goal: a thread's processor time is charged to the part that it is at work on, and to nobody while it waits.
#include "execute/thread_sampler.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace headrace {
namespace {

constexpr uint32_t kSamplesPerSecond = 2'000;

// Works until the part was sampled so often; bounded, so that a sampler that does nothing fails.
void work_until(const WorkPart& part, uint64_t samples) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (part.samples.load(std::memory_order_relaxed) < samples && std::chrono::steady_clock::now() < end) {
  }
}

TEST(ThreadSampler, ChargesWhatTheThreadIsAtWorkOn) {
  WorkPart outside, outer, inner;
  {
    const ThreadSampler sampler(kSamplesPerSecond, outside);
    ASSERT_TRUE(sampler.samples());
    const AtPart at(outer);
    {
      const AtPart within(inner);
      work_until(inner, 10);
    }
    const uint64_t inner_samples = inner.samples;
    work_until(outer, 10);
    EXPECT_EQ(inner.samples, inner_samples);
  }
  EXPECT_GE(outer.samples, 10U);
  EXPECT_GE(inner.samples, 10U);
  EXPECT_GT(inner.cpu_ns, 0U);
  EXPECT_EQ(current_part, nullptr);
}

TEST(ThreadSampler, WaitingTakesNoProcessorTime) {
  WorkPart outside, part;
  const ThreadSampler sampler(kSamplesPerSecond, outside);
  const AtPart at(part);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_LT(part.cpu_ns, 100'000'000U);
}

TEST(ThreadSampler, WorkInShortPiecesIsSampledToo) {
  WorkPart outside, part;
  for (int piece = 0; piece < 100'000 && part.samples < 10; ++piece) {
    const ThreadSampler sampler(kSamplesPerSecond, outside);
    const AtPart at(part);
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
    while (std::chrono::steady_clock::now() < end) {
    }
  }
  EXPECT_GE(part.samples, 10U);
}

TEST(ThreadSampler, OneAtATimeAndNoneWhereNobodyAsks) {
  WorkPart outside, other;
  const ThreadSampler none(0, outside);
  EXPECT_FALSE(none.samples());
  const ThreadSampler first(kSamplesPerSecond, outside);
  const ThreadSampler second(kSamplesPerSecond, other);
  EXPECT_TRUE(first.samples());
  EXPECT_FALSE(second.samples());
}

TEST(WorkPart, CountsWhatIsHeldAtOnce) {
  WorkPart part;
  note_allocated(7);  // nobody asks
  const AtPart at(part);
  note_allocated(100);
  note_freed(60);
  note_allocated(50);
  EXPECT_EQ(part.allocations, 2U);
  EXPECT_EQ(part.bytes_allocated, 150U);
  EXPECT_EQ(part.bytes_held, 90);
  EXPECT_EQ(part.bytes_held_peak, 100);
}

}  // namespace
}  // namespace headrace
