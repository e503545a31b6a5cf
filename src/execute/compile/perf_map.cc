#include "execute/compile/perf_map.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "fuse/edges.h"

namespace headrace {

namespace {

// A line for each run of instructions of one step.
std::string map_text(const void* address, const CodeMap& map, const LoopShape& shape, uint64_t number) {
  const uint32_t count = shape.interval.last - shape.interval.first;
  std::string text;
  for (size_t i = 0; i < map.lines.size(); ++i) {
    const LineEntry& entry = map.lines[i];
    const uint64_t end = i + 1 < map.lines.size() ? map.lines[i + 1].offset : map.bytes;
    const bool of_step = entry.line >= 1 && entry.line <= count;
    text +=
        fmt::format("{:x} {:x} loop {}{}\n", reinterpret_cast<uintptr_t>(address) + entry.offset, end - entry.offset,
                    number, of_step ? " " + step_label(*shape.stage, shape.interval.first + entry.line - 1) : "");
  }
  return text;
}

}  // namespace

void append_to_perf_map(const void* address, const CodeMap& map, const LoopShape& shape) {
  static std::atomic<uint64_t> loops{0};
  if (std::getenv("HEADRACE_PERF_MAP") == nullptr) return;
  const std::string text = map_text(address, map, shape, loops++);
  const int file =
      ::open(fmt::format("/tmp/perf-{}.map", ::getpid()).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, text.data(), text.size());
  ::close(file);
}

}  // namespace headrace
