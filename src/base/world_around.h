// base/world_around.h — a World that passes everything on to another one, for those that change a part of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/world.h"

namespace headrace {

class WorldAround : public World {
 public:
  explicit WorldAround(World& world) : world_(world) {}  // outlives this

  int64_t monotonic_ns() override { return world_.monotonic_ns(); }
  int64_t wall_clock_us() override { return world_.wall_clock_us(); }
  void wait_us(uint64_t duration_us) override { world_.wait_us(duration_us); }
  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override { return world_.open(path); }
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
  Result<std::string> real_path(const std::string& path) override { return world_.real_path(path); }
  bool is_trusted(const std::string& path, const std::string& directory) override {
    return world_.is_trusted(path, directory);
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool waits) override {
    return world_.lock(path, waits);
  }
  std::string temporary_directory() override { return world_.temporary_directory(); }
  HttpOutcome http(const HttpRequest& request, HttpReceiver& to) override { return world_.http(request, to); }

 protected:
  World& world_;
};

}  // namespace headrace
