// io/output_set.h — several files below one directory that appear together or not at all; how: io/output_journal.h.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "io/byte_output.h"
#include "io/output_journal.h"

namespace headrace {

enum class OutputMode : uint8_t {
  kNew,           // the directory is missing or empty
  kReplaceFiles,  // files of the same names are replaced, others stay
  kReplaceAll,    // nothing stays of what is below the directory
  kAppend,        // everything stays; the files' names are new
};

class OutputSet {
 public:
  // kIo: the mode does not allow what is there, or the directory cannot be written to.
  static Result<std::unique_ptr<OutputSet>> make(World& world, std::string directory, OutputMode mode);
  // The same for a set that appears together with others (io/output_group.h).
  static Result<std::shared_ptr<OutputSet>> make_for_group(World& world, std::string directory, OutputMode mode);
  ~OutputSet();  // abandons what was not committed
  OutputSet(const OutputSet&) = delete;
  OutputSet& operator=(const OutputSet&) = delete;

  // The file that will be `name` below the directory, "a=1/data_0.parquet"; its commit() completes it, the set's puts
  // it on stable storage and shows it. From any thread. kInvalidPlan: two files of one name.
  Result<std::unique_ptr<ByteOutput>> file(const std::string& name);
  // Made of letters and digits, and of no other set of this directory.
  const std::string& id() const { return id_; }
  // Once, when all files are committed.
  Status commit();
  // Instead of commit(), in a group: each set but its leader is prepared, the leader decides, then all are shown, then all end, the
  // leader last. An error behind decide() leaves outputs that exist; who comes next completes them.
  Result<OutputPlace> place() const;
  Status prepare(const OutputPlace& leader);
  Status decide(const std::vector<OutputPlace>& others);
  void keep() { done_ = true; }  // of all sets of the group, behind decide()
  Status show();
  Status end();
  void abandon();

 private:
  OutputSet(World& world, std::string directory, OutputMode mode);
  Status open(bool in_group);
  Status make_staging();
  std::string data_path() const;
  Status write_journal(const OutputJournal& journal, std::string_view name);
  Status take_staging();
  Status sync_data();
  Result<OutputJournal> plan_moves();

  World& world_;
  const std::string directory_;
  const OutputMode mode_;
  bool fresh_ = false;  // the directory is not there: all of data/ becomes it, in a group what is in data/NAME.partial
  bool in_group_ = false;
  std::string around_;  // where the staging directory lies: the directory, or the one around it
  std::string id_, staging_;
  std::unique_ptr<FileLock> lock_;
  bool done_ = false;
  OutputJournal journal_;  // of what decide() and prepare() have announced

  std::mutex mutex_;  // guards names_
  std::set<std::string> names_;
  std::atomic<uint64_t> synced_{0};  // files that were synced alone, or were too many for it
};

}  // namespace headrace
