// base/world.h — the clock, the disk and the net behind one interface, so that tests can replace them.
// Nothing else in src/ may call the operating system for time, files or connections.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "base/http.h"

namespace headrace {

// Tells a file from another one at the same path, and from itself after it was written.
struct FileVersion {
  uint64_t device = 0, file = 0, bytes = 0;
  int64_t modified_ns = 0;
  std::string tag = {};  // of an object behind a URL: what the server calls its version
  // Not compared: names and permissions that change move it too. Nothing that is written can leave it as it is.
  int64_t changed_ns = 0;

  bool operator==(const FileVersion& other) const {
    return std::tie(device, file, bytes, modified_ns, tag) ==
           std::tie(other.device, other.file, other.bytes, other.modified_ns, other.tag);
  }
};

// A file open for reading. Safe for concurrent calls.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual uint64_t size_bytes() const = 0;
  virtual FileVersion version() const = 0;  // when it was opened
  // Reads up to to.size() bytes at `offset`; returns how many, fewer only at the end of the file. kIo on failure.
  virtual Result<uint64_t> read_at(uint64_t offset, std::span<char> to) = 0;

  // A read waits for the net: threads that compute leave it to others, and few long reads are better than many.
  virtual bool is_remote() const { return false; }
  // Between two reads so many bytes cost about as much as a second read: its latency times what flows meanwhile.
  virtual uint64_t gap_bytes_max() const { return uint64_t{64} << 10; }
  // How many of these bytes of the file a read would have to ask for; the others are here already.
  virtual uint64_t bytes_away(uint64_t /*offset*/, uint64_t bytes) const { return bytes; }
  // These bytes will be read soon. Does not wait, and changes no result.
  virtual void will_need(uint64_t /*offset*/, uint64_t /*bytes*/) {}
};

// A file being written. Destroying it without close() leaves what was written so far.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status append(std::span<const char> bytes) = 0;  // kIo, with "no space left" told apart in the message
  virtual Status sync() = 0;                               // to stable storage
  virtual Status close() = 0;
};

// Held by one owner at a time on this machine; the system lets go of it when the process ends, however it ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class FileKind { kMissing, kRegular, kDirectory, kOther };

class World {
 public:
  virtual ~World() = default;
  virtual int64_t monotonic_ns() = 0;  // for durations
  virtual int64_t wall_clock_us() = 0;  // µs since 1970-01-01 UTC
  virtual Result<std::unique_ptr<ReadableFile>> open(const std::string& path) = 0;
  virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;  // truncates
  virtual FileKind kind(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // atomic, replaces; syncs the directory
  // As rename(), of a link itself; durable once both directories are synced.
  virtual Status move(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;  // also an empty directory; a missing file is not an error
  virtual Status make_directory(const std::string& path) = 0;  // with parents; existing is not an error
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual Status sync_directory(const std::string& path) = 0;  // its names, to stable storage
  virtual Status sync_all(const std::string& path) = 0;  // everything of the file system that `path` lies on
  virtual bool is_link(const std::string& path) = 0;
  virtual Result<std::string> real_path(const std::string& path) = 0;  // absolute, through no link; of what is there
  // Whether what is at `path` belongs to this process's user, to root, or to whom `directory` belongs.
  virtual bool is_trusted(const std::string& path, const std::string& directory) = 0;
  // Of a file that is there. nullptr: it is missing, or someone holds it and `waits` is false.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool waits) = 0;
  virtual std::string temporary_directory() = 0;
  virtual void wait_us(uint64_t duration_us) = 0;
  // Makes one request and waits for its end, which comes early with kCancelled when current_cancel() says so (base/cancel.h).
  // Follows redirects, but from https to https alone.
  virtual HttpOutcome http(const HttpRequest& request, HttpReceiver& to) = 0;
};

// The operating system. Lives for the process.
World& real_world();

}  // namespace headrace
