// io/few_open_files.h — a World whose files are closed when others are read and opened again at their next read, so that
// a table over thousands of files needs few descriptors.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/world.h"

namespace headrace {

// At most `open_max` of the files that open() gave are open at a time, beside those that are being read. A file that is
// another one when it is opened again, or was written meanwhile, is kIo. The files may outlive this, but not `world`.
class FewOpenFiles final : public World {
 public:
  FewOpenFiles(World& world, uint32_t open_max);
  ~FewOpenFiles() override;

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override;

  // The same as of `world`.
  int64_t monotonic_ns() override { return world_.monotonic_ns(); }
  int64_t wall_clock_us() override { return world_.wall_clock_us(); }
  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override { return world_.create(path); }
  FileKind kind(const std::string& path) override { return world_.kind(path); }
  Status rename(const std::string& from, const std::string& to) override { return world_.rename(from, to); }
  Status move(const std::string& from, const std::string& to) override { return world_.move(from, to); }
  Status remove(const std::string& path) override { return world_.remove(path); }
  Status make_directory(const std::string& path) override { return world_.make_directory(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override { return world_.list(directory); }
  Status sync_directory(const std::string& path) override { return world_.sync_directory(path); }
  Status sync_all(const std::string& path) override { return world_.sync_all(path); }
  bool is_link(const std::string& path) override { return world_.is_link(path); }
  bool is_trusted(const std::string& path, const std::string& directory) override {
    return world_.is_trusted(path, directory);
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool waits) override {
    return world_.lock(path, waits);
  }
  std::string temporary_directory() override { return world_.temporary_directory(); }

 private:
  class OpenFiles;
  class File;

  World& world_;
  const std::shared_ptr<OpenFiles> files_;
};

}  // namespace headrace
