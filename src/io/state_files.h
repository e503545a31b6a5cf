// io/state_files.h — spill and checkpoint files: Arrow record batches in checksummed frames, with a version.
//
//   file    "HRSTATE1", frame…
//   frame   kind uint32 | 0 uint32 | payload bytes uint64 | checksum uint64 | payload      (little-endian)
//   kinds   1: the schema, an Arrow IPC message; its metadata holds headrace.state_version
//           2: a record batch, an Arrow IPC message, uncompressed
//           3: the end; payload: how many batches there are, uint64
//   checksum  hash_bytes(payload), combined with kind and the frame's index: no frame can be lost, added or moved
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/operator.h"

namespace headrace {

inline constexpr int kStateVersion = 1;

// Safe for use by many threads; each writer and reader is one thread's. Spill files lie in a directory of their own below
// World::temporary_directory(), which is made at first need and removed, with what is in it, by the destructor.
//   errors   kIo; kLimit: no memory; kBadInput: a file that is damaged, incomplete, or of another version or schema
class ArrowStateFiles final : public StateFiles {
 public:
  // Every batch that is written or read polls `cancel`, if there is one: spilling and merging can be interrupted.
  ArrowStateFiles(World& world, MemoryBudget& budget, const CancelToken* cancel = nullptr)
      : world_(world), budget_(budget), cancel_(cancel) {}
  ~ArrowStateFiles() override;

  // A file with a given path is synced by close(); a spill file is not.
  Result<std::unique_ptr<StateWriter>> create(const Schema& schema, std::string& path) override;
  Result<std::unique_ptr<StateReader>> open(const Schema& schema, const std::string& path) override;
  Status remove(const std::string& path) override { return world_.remove(path); }

 private:
  Result<std::string> spill_path();

  World& world_;
  MemoryBudget& budget_;
  const CancelToken* const cancel_;
  std::mutex mutex_;  // guards what follows
  std::string directory_;  // empty: not made yet
  uint64_t files_ = 0;
};

}  // namespace headrace
