// runtime/operators/group_files.h — spilled groups: one state file per partition of the hash.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/operators/group_rows.h"

namespace headrace {

// Groups whose hashes agree in their first `depth` bits, split by the next kBits. Removes its files when destroyed.
class GroupFiles {
 public:
  static constexpr uint32_t kBits = 6;
  static constexpr uint32_t kPartitions = 1u << kBits;
  static constexpr uint32_t kDepthMax = 60;  // bits

  GroupFiles(std::shared_ptr<const GroupShape> shape, StateFiles& files, uint32_t depth)
      : shape_(std::move(shape)), files_(files), depth_(depth) {}
  ~GroupFiles();
  GroupFiles(const GroupFiles&) = delete;
  GroupFiles& operator=(const GroupFiles&) = delete;

  // Writes every group of the table and clears it. Requires depth 0. Safe for several threads with their own tables.
  Status spill(Groups& groups, const CancelToken& cancel);
  // Writes the rows of a state batch, whose hashes agree in the first `depth` bits, to their partitions. One thread.
  Status route(const Batch& batch);
  Status close();  // after the last write; files are readable then

  bool used() const;
  const std::string& path(uint32_t partition) const { return partitions_[partition].path; }  // empty: no groups
  uint32_t depth() const { return depth_; }

 private:
  struct Partition {
    std::mutex mutex;
    std::unique_ptr<StateWriter> writer;
    std::string path;
  };
  Status open(Partition& partition);

  const std::shared_ptr<const GroupShape> shape_;
  StateFiles& files_;
  const uint32_t depth_;
  std::array<Partition, kPartitions> partitions_;
};

}  // namespace headrace
