#include "observe/run_spool.h"

#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>

#include "observe/record_bytes.h"

namespace headrace {

namespace {

constexpr std::string_view kEnding = ".run";
constexpr int64_t kOldUs = 60'000'000;  // a file is written within less
constexpr uint64_t kFileBytesMax = uint64_t{16} << 20;

}  // namespace

Status RunSpool::put(const RunRecord& run) {
  static std::atomic<uint64_t> count{0};  // several runs of a process may begin in the same microsecond
  // Twenty digits: names sort as times do.
  const std::string path =
      path_of(fmt::format("{:020}-{}-{}{}", world_.wall_clock_us(), ::getpid(), count.fetch_add(1), kEnding));
  auto file = world_.create(path);
  if (!file.ok()) {
    TRY_STATUS(world_.make_directory(directory_));
    file = world_.create(path);
    if (!file.ok()) return file.error();
  }
  const std::string bytes = to_bytes(run);
  Status written = file.value()->append({bytes.data(), bytes.size()});
  if (written.ok()) written = file.value()->close();
  if (!written.ok()) static_cast<void>(world_.remove(path));
  return written;
}

std::vector<std::string> RunSpool::names() const {
  auto all = world_.list(directory_);
  if (!all.ok()) return {};
  std::erase_if(all.value(), [](const std::string& name) { return !name.ends_with(kEnding); });
  return std::move(all.value());
}

std::optional<RunRecord> RunSpool::read(const std::string& name) const {
  const auto file = world_.open(path_of(name));
  if (!file.ok() || file.value()->size_bytes() > kFileBytesMax) return std::nullopt;
  std::string bytes(file.value()->size_bytes(), '\0');
  const auto count = file.value()->read_at(0, {bytes.data(), bytes.size()});
  if (!count.ok()) return std::nullopt;
  return run_from_bytes(std::string_view(bytes).substr(0, count.value()));
}

bool RunSpool::is_old(const std::string& name) const {
  int64_t made_us = 0;
  std::from_chars(name.data(), name.data() + name.size(), made_us);
  return world_.wall_clock_us() - made_us > kOldUs;
}

void RunSpool::remove(std::span<const std::string> names) {
  for (const std::string& name : names) static_cast<void>(world_.remove(path_of(name)));
}

}  // namespace headrace
