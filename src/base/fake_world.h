// base/fake_world.h — a World for tests: files in memory, a clock that the test moves, and failures on demand.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/world.h"

namespace headrace {

// Safe for use by many threads, except that failures and the clock are set before they are used.
class FakeWorld final : public World {
 public:
  // Failures. Bytes appended over all files before the disk is full; then every append fails.
  std::optional<uint64_t> disk_bytes_max;
  bool rename_fails = false;
  bool sync_fails = false;
  bool create_fails = false;
  std::optional<uint64_t> read_fails_from_byte;  // read_at that touches this offset or later fails
  // Changes of files and names that still succeed; then each fails, as if the process had ended there.
  std::optional<uint64_t> changes_left;
  int64_t now_ns = 0;                            // monotonic; the wall clock is now_ns / 1000
  // What answers requests; nullptr: nobody does.
  std::function<HttpOutcome(const HttpRequest&, HttpReceiver&)> server;

  void put(const std::string& path, std::string content);
  std::optional<std::string> content(const std::string& path) const;  // none: no such file
  std::set<std::string> paths() const;                                // of all files
  // The machine went off and came back: locks are free, content and names that were not synced are as they were before, and
  // changes succeed again.
  void restart();
  uint64_t changes() const { return changes_; }  // so far

  int64_t monotonic_ns() override { return now_ns; }
  int64_t wall_clock_us() override { return now_ns / 1'000; }
  void wait_us(uint64_t duration_us) override { now_ns += static_cast<int64_t>(duration_us) * 1'000; }
  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override;
  FileKind kind(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status move(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status make_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status sync_directory(const std::string& path) override;
  Status sync_all(const std::string& path) override;
  bool is_link(const std::string&) override { return false; }
  Result<std::string> real_path(const std::string& path) override { return path; }
  bool is_trusted(const std::string&, const std::string&) override { return true; }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool waits) override;  // never waits
  std::string temporary_directory() override { return "/temporary"; }
  HttpOutcome http(const HttpRequest& request, HttpReceiver& to) override;

 private:
  friend class FakeWritableFile;
  friend class FakeReadableFile;
  friend class FakeFileLock;
  using Files = std::map<std::string, std::shared_ptr<std::string>>;

  // These require mutex_.
  Status change(const std::string& path);
  Status append(std::string& file, std::span<const char> bytes, const std::string& path);
  Status move_names(const std::string& from, const std::string& to);
  void note_name(const std::string& path);

  mutable std::mutex mutex_;  // guards what follows, and the content of files
  Files files_;
  std::set<std::string> directories_;
  std::set<std::string> locked_;
  uint64_t bytes_written_ = 0, changes_ = 0;
  // What a restart finds: by file its content, by path that was changed since its directory was synced what was there.
  std::map<std::shared_ptr<std::string>, std::string> synced_content_;
  Files synced_names_;
};

}  // namespace headrace
