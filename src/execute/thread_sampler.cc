#include "execute/thread_sampler.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "execute/thread_counters.h"

namespace headrace {

namespace {

// What the handler, which may interrupt any instruction of the same thread, goes by.
struct SampledThread {
  WorkPart* outside = nullptr;  // nullptr: the thread is not sampled
  int64_t since_ns = 0;  // processor time of the thread that has been charged
  int64_t left_ns = 0;  // of the timer's period, when the last sampler ended
  int64_t uncharged_ns = 0;  // at that moment
  const ThreadCounters* counters = nullptr;  // nullptr: the machine has none
  ThreadCounts counted;  // that have been charged
  const CompiledLoop* loop = nullptr;
  WorkPart* steps = nullptr;
  uint32_t step_count = 0;
  WorkPart* control = nullptr;
  const char* stack_top = nullptr;  // the loop's frame, and those of what it calls, lie below
};
thread_local constinit SampledThread sampled;

int64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Registers {
  const char* program_counter;
  const char* stack_pointer;
};

Registers registers_of(const void* context) {
  const mcontext_t& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return {reinterpret_cast<const char*>(machine.gregs[REG_RIP]), reinterpret_cast<const char*>(machine.gregs[REG_RSP])};
#elif defined(__aarch64__)
  return {reinterpret_cast<const char*>(machine.pc), reinterpret_cast<const char*>(machine.sp)};
#else
  return {};
#endif
}

// The loop's line that runs, or the one that called what runs: the return address that lies nearest to the loop's caller, since what the loop
// calls has its frames below the loop's own. 0: none was found.
[[clang::no_sanitize("address", "thread")]] uint32_t line_of(const Registers& registers) {
  if (const uint32_t line = sampled.loop->line_at(registers.program_counter); line != 0) return line;
  const auto word_bytes = static_cast<ptrdiff_t>(sizeof(void*));
  const char* const bottom = registers.stack_pointer;
  for (const char* at = sampled.stack_top - word_bytes; bottom != nullptr && at >= bottom; at -= word_bytes) {
    const auto value = *reinterpret_cast<const uintptr_t*>(at);
    // A call's line is that of the instruction in front of the return address.
    if (const uint32_t line = sampled.loop->line_at(reinterpret_cast<const void*>(value - 1)); line != 0) return line;
  }
  return 0;
}

WorkPart& part_at(const void* context) {
  if (sampled.loop != nullptr) {
    const uint32_t line = line_of(registers_of(context));
    return line >= 1 && line <= sampled.step_count ? sampled.steps[line - 1] : *sampled.control;
  }
  return current_part != nullptr ? *current_part : *sampled.outside;
}

void charge_counts(WorkPart& part) {
  const ThreadCounts now = sampled.counters->read();
  part.instructions.fetch_add(now.instructions - sampled.counted.instructions, std::memory_order_relaxed);
  part.cache_misses.fetch_add(now.cache_misses - sampled.counted.cache_misses, std::memory_order_relaxed);
  sampled.counted = now;
}

// The calling thread's, opened once; nullptr: the machine has none.
const ThreadCounters* counters_of_thread() {
  if (!missing_counters().empty()) return nullptr;
  static thread_local const ThreadCounters counters;
  return counters.counts() ? &counters : nullptr;
}

void take_sample(int, siginfo_t*, void* context) {
  if (sampled.outside == nullptr) return;  // the timer's last signal
  const int error = errno;
  const int64_t now_ns = thread_cpu_ns();
  WorkPart& part = part_at(context);
  part.cpu_ns.fetch_add(static_cast<uint64_t>(now_ns - sampled.since_ns), std::memory_order_relaxed);
  part.samples.fetch_add(1, std::memory_order_relaxed);
  sampled.since_ns = now_ns;
  if (sampled.counters != nullptr) charge_counts(part);
  errno = error;
}

// Once; stays, since a signal may still be on its way when a timer is gone.
bool handler_is_installed() {
  static const bool installed = [] {
    struct sigaction before = {};
    if (sigaction(SIGPROF, nullptr, &before) != 0) return false;
    if ((before.sa_flags & SA_SIGINFO) != 0 || (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN))
      return false;
    struct sigaction action = {};
    action.sa_sigaction = take_sample;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGPROF, &action, nullptr) == 0;
  }();
  return installed;
}

timespec duration(int64_t ns) { return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000}; }

}  // namespace

ThreadSampler::ThreadSampler(uint32_t samples_per_second, WorkPart& outside) {
  if (samples_per_second == 0 || sampled.outside != nullptr || !handler_is_installed()) return;
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGPROF;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  // The clock on the wall, which is finer than that of processor time; what a sample weighs is processor time.
  if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) return;
  sampled.since_ns = thread_cpu_ns() - sampled.uncharged_ns;
  sampled.counters = counters_of_thread();
  if (sampled.counters != nullptr) sampled.counted = sampled.counters->read();
  sampled.outside = &outside;
  const int64_t period_ns = 1'000'000'000 / samples_per_second;
  // A period goes on where the last sampler left it, so that work in short pieces is sampled like any other.
  const int64_t first_ns = sampled.left_ns > 0 && sampled.left_ns < period_ns ? sampled.left_ns : period_ns;
  const itimerspec times{.it_interval = duration(period_ns), .it_value = duration(first_ns)};
  timer_settime(timer_, 0, &times, nullptr);
  samples_ = true;
}

ThreadSampler::~ThreadSampler() {
  if (!samples_) return;
  itimerspec left{};
  if (timer_gettime(timer_, &left) == 0)
    sampled.left_ns = int64_t{left.it_value.tv_sec} * 1'000'000'000 + left.it_value.tv_nsec;
  sampled.outside = nullptr;
  sampled.uncharged_ns = thread_cpu_ns() - sampled.since_ns;
  timer_delete(timer_);
}

AtLoop::AtLoop(const CompiledLoop& loop, WorkPart* steps, uint32_t count, WorkPart& control) {
  sampled.steps = steps;
  sampled.step_count = count;
  sampled.control = &control;
  sampled.stack_top = static_cast<const char*>(__builtin_frame_address(0));
  std::atomic_signal_fence(std::memory_order_release);
  sampled.loop = &loop;
}

AtLoop::~AtLoop() {
  sampled.loop = nullptr;
  std::atomic_signal_fence(std::memory_order_release);
}

}  // namespace headrace
