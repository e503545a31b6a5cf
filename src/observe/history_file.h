// observe/history_file.h — the history store's file: its tables, what bounds it, what becomes of a damaged one.
//
// One connection, for one thread at a time; any number of connections and processes may use the file at once. Runs are committed without
// waiting for the disk, which a killed process survives; quarantine entries are on the disk when quarantine() returns.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/world.h"
#include "observe/history_record.h"
#include "observe/run_spool.h"
#include "observe/sqlite.h"

namespace headrace {

struct HistoryLimits {
  uint64_t runs_max = 10'000;  // the oldest go first, with all that is said of them
  uint64_t bytes_max = uint64_t{256} << 20;  // of the file, without its log
};

class HistoryFile {
 public:
  static constexpr int64_t kVersion = 3;  // of the tables, in user_version
  // The log goes back into the file when it has so many pages: a process that opens the file after all others have gone reads it whole.
  static constexpr int kLogPagesMax = 256;

  // Makes file and directory when they are missing. A damaged *.db is renamed to PATH.damaged-TIME, which `notes` says, and a new one
  // takes its place with the quarantine entries that could still be read. kUnsupported, and nothing is changed: the file is of a newer
  // version, or another program's. `was_damaged`: an earlier connection said so, and all of the file is looked at.
  static Result<std::unique_ptr<HistoryFile>> open(World& world, const std::string& path, HistoryLimits limits,
                                                   Patience& patience, bool was_damaged,
                                                   std::vector<std::string>& notes);

  // All of them or none, then forgets what is beyond the limits. kBadInput: the file is damaged; open() it anew, and say so.
  Status write(std::span<const RunRecord> runs);

  // The same with the runs of a spool, each of which comes in once.
  Status take(RunSpool& spool);

  Status quarantine(const QuarantineEntry& entry);  // takes the place of one of the same name and shape
  Result<std::vector<QuarantineEntry>> quarantined();  // the oldest first
  Result<bool> release(const std::string& name, uint64_t shape_hash);  // false: it was not there

  Sqlite& database() { return *database_; }

 private:
  HistoryFile(std::unique_ptr<Sqlite> database, HistoryLimits limits);
  static Result<std::unique_ptr<HistoryFile>> open_once(World& world, const std::string& path, HistoryLimits limits,
                                                        Patience& patience);
  static Result<std::vector<QuarantineEntry>> set_aside(World& world, const std::string& path, Patience& patience,
                                                        std::vector<std::string>& notes);
  Status write_all(std::span<const RunRecord> runs);
  Status write_one(const RunRecord& run);
  Result<std::vector<std::string>> taken();
  Status forget();

  const std::unique_ptr<Sqlite> database_;
  const HistoryLimits limits_;
  std::unique_ptr<SqliteStatement> run_, stage_, edge_, rule_;
};

}  // namespace headrace
