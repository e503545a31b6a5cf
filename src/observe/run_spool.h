// observe/run_spool.h — runs of processes that end before it pays to open the history store: a small file each, in a directory beside it,
// until another process takes them in.
//
// To write one, nothing is opened, locked or waited for but the file itself. A file that is not whole is one that is being written, or that
// was left behind by a kill: those are removed once they are old.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/world.h"
#include "observe/history_record.h"

namespace headrace {

class RunSpool {
 public:
  RunSpool(World& world, std::string directory) : world_(world), directory_(std::move(directory)) {}

  Status put(const RunRecord& run);
  std::vector<std::string> names() const;  // the oldest first
  std::optional<RunRecord> read(const std::string& name) const;  // nullopt: it is not whole, or gone
  bool is_old(const std::string& name) const;
  void remove(std::span<const std::string> names);

 private:
  std::string path_of(const std::string& name) const { return directory_ + "/" + name; }

  World& world_;
  const std::string directory_;
};

}  // namespace headrace
