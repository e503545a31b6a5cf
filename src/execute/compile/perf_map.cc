#include "execute/compile/perf_map.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace headrace {

void append_to_perf_map(const void* address, uint64_t bytes) {
  static std::atomic<uint64_t> loops{0};
  if (std::getenv("HEADRACE_PERF_MAP") == nullptr) return;
  const std::string line =
      fmt::format("{:x} {:x} headrace_loop_{}\n", reinterpret_cast<uintptr_t>(address), bytes, loops++);
  const int file =
      ::open(fmt::format("/tmp/perf-{}.map", ::getpid()).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  if (::write(file, line.data(), line.size()) < 0) {
    // A profile without names is still a profile.
  }
  ::close(file);
}

}  // namespace headrace
