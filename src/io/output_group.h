// io/output_group.h — the outputs of one program, in whatever directories, that appear together or not at all; how:
// io/output_journal.h.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "io/output_set.h"

namespace headrace {

// From any thread, but for commit().
class OutputGroup {
 public:
  explicit OutputGroup(World& world) : world_(world) {}
  OutputGroup(const OutputGroup&) = delete;
  OutputGroup& operator=(const OutputGroup&) = delete;

  // The file that will be `path`; its commit() completes it, the group's shows it. A path that exists and is no regular file (/dev/stdout, a
  // pipe) is written directly. kInvalidPlan: the group writes it already.
  Result<std::unique_ptr<ByteOutput>> file(const std::string& path);
  // The same, for what several scans of one source write alike: one of them does, the others' bytes go nowhere. That their sources do not
  // differ is for engine/check_rejects.h.
  Result<std::unique_ptr<ByteOutput>> file_of_rejects(const std::string& path);
  // Files below the directory; the group commits the set.
  Result<std::shared_ptr<OutputSet>> directory(const std::string& path, OutputMode mode);
  // Once, when all files are committed.
  Status commit();

 private:
  Status take_path(const std::string& path);

  World& world_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::string> paths_;  // of outputs, absolute
  std::set<std::string> rejects_;  // paths as they were given
  std::vector<std::shared_ptr<OutputSet>> sets_;
  std::map<std::string, std::shared_ptr<OutputSet>> folders_;  // those of files alone, by the directory around them
};

}  // namespace headrace
