// app/cli/progress_line.h — how far a query has come, on a terminal's last line, for queries that take a while.
#pragma once

#include <headrace/session.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace headrace {

// "  45 % · 12.3 M rows · 3.1 M rows/s · 120 MB/s · 4.2 s", and at the end "12.3 M rows, 480 MB read in 4.2 s (…)".
std::string progress_text(const Progress& progress);
std::string total_text(const Progress& progress);

// Lives while a statement runs. When standard error is a terminal, the line appears after two seconds; the end takes it away and
// leaves the total line. HEADRACE_PROGRESS=never turns it off, =always shows it also where there is no terminal.
class ProgressLine {
 public:
  explicit ProgressLine(const Session& session);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  void watch();

  const Session& session_;
  std::mutex mutex_;  // guards ended_
  std::condition_variable changed_;
  bool ended_ = false;
  bool shown_ = false;
  std::thread watcher_;
};

}  // namespace headrace
