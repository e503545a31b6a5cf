#include "app/cli/progress_line.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace headrace {

namespace {

constexpr std::chrono::milliseconds kQuietTime{2000}, kBetween{200};

// Three digits and a unit: 950, 12.3 M, 1.20 G.
std::string scaled(double value, const char* unit) {
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T"};
  size_t prefix = 0;
  while (value >= 1000 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1000;
    ++prefix;
  }
  char text[64];
  std::snprintf(text, sizeof text, prefix == 0 ? "%.0f" : value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  const std::string name = std::string(kPrefixes[prefix]) + unit;
  return text + (name.empty() ? "" : " " + name);
}

std::string seconds(int64_t ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(ns) / 1e9);
  return text;
}

std::string rates(const Progress& progress) {
  const double elapsed = static_cast<double>(progress.elapsed_ns) / 1e9;
  if (elapsed <= 0) return "";
  std::string text = scaled(static_cast<double>(progress.rows) / elapsed, "") + " rows/s";
  if (progress.bytes > 0) text += ", " + scaled(static_cast<double>(progress.bytes) / elapsed, "B") + "/s";
  return text;
}

bool is_wanted() {
  const char* wish = std::getenv("HEADRACE_PROGRESS");
  if (wish != nullptr && std::strcmp(wish, "never") == 0) return false;
  return (wish != nullptr && std::strcmp(wish, "always") == 0) || ::isatty(STDERR_FILENO) == 1;
}

}  // namespace

std::string progress_text(const Progress& progress) {
  std::string text;
  if (progress.rows_total.has_value() && *progress.rows_total > 0 && progress.rows <= *progress.rows_total)
    text = std::to_string(progress.rows * 100 / *progress.rows_total) + " % · ";
  text += scaled(static_cast<double>(progress.rows), "") + " rows · " + rates(progress) + " · " +
          seconds(progress.elapsed_ns);
  return text;
}

std::string total_text(const Progress& progress) {
  std::string text = scaled(static_cast<double>(progress.rows), "") + " rows";
  if (progress.bytes > 0) text += ", " + scaled(static_cast<double>(progress.bytes), "B");
  return text + " read in " + seconds(progress.elapsed_ns) + " (" + rates(progress) + ")";
}

ProgressLine::ProgressLine(const Session& session) : session_(session) {
  if (is_wanted()) watcher_ = std::thread([this] { watch(); });
}

ProgressLine::~ProgressLine() {
  if (!watcher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  watcher_.join();
  if (shown_) std::fprintf(stderr, "\r\033[K%s\n", total_text(session_.progress()).c_str());
}

void ProgressLine::watch() {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, kQuietTime, [this] { return ended_; })) return;
  do {
    const Progress progress = session_.progress();
    if (!progress.running) continue;
    shown_ = true;
    std::fprintf(stderr, "\r\033[K%s", progress_text(progress).c_str());
    std::fflush(stderr);
  } while (!changed_.wait_for(lock, kBetween, [this] { return ended_; }));
}

}  // namespace headrace
