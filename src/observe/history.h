// observe/history.h — the history store: what runs did, and what is quarantined, in one SQLite file for all processes of a user.
//
// Runs are written by a thread of its own, which waits a little for more of them and writes those in one transaction. A process that ends
// before that leaves them in the spool beside the file, and the next that writes the file takes them in. Nobody waits, and nothing that
// goes wrong is an error of a query: it becomes a note. What is quarantined is asked and told synchronously.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "observe/history_file.h"

namespace headrace {

// The directory of the spool that belongs to a file.
inline std::string history_spool(const std::string& path) { return path + "-runs"; }

struct HistoryOptions {
  HistoryLimits limits = {};
  uint32_t queue_runs_max = 256;  // that wait to be written; more are dropped and counted
  uint64_t linger_ns = 50'000'000;  // how long a run waits for others
  uint32_t spool_files_max = 64;  // with so many, the process that ends writes the file
  uint64_t close_ns_max = 1'000'000'000;  // how long the end may wait for the file
};

// Safe for use by many threads.
class History {
 public:
  // The file is opened now: kUnsupported and kIo as HistoryFile::open.
  static Result<std::unique_ptr<History>> open(World& world, const std::string& path, HistoryOptions options = {});
  // The file is opened behind the first record, by the writer, or when the quarantine is asked.
  static std::unique_ptr<History> behind(World& world, const std::string& path, HistoryOptions options = {});
  ~History();  // close()
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  const std::string& path() const;
  // Does not wait, but for the start of the writer at the first record.
  void record(RunRecord run);
  // Writes without lingering. False: after wait_ns not all that was recorded is written or dropped.
  bool flush(uint64_t wait_ns);
  // Leaves what was recorded in the file or the spool, and takes no more. Waits for a write in progress, at most close_ns_max.
  void close();
  uint64_t dropped() const;  // runs: the queue was full, or they could not be written
  void note(const std::string& text);  // of who reads the file by itself
  std::vector<std::string> take_notes();  // a sentence each, once

  // On stable storage, and seen by other processes, when it returns.
  Status quarantine(const QuarantineEntry& entry);
  Result<std::vector<QuarantineEntry>> quarantined();  // the oldest first
  Result<bool> release(const std::string& name, uint64_t shape_hash);  // false: it was not there

 private:
  struct Shared;
  explicit History(std::shared_ptr<Shared> shared);

  const std::shared_ptr<Shared> shared_;  // with the writer, which may outlive this when the disk hangs
};

}  // namespace headrace
