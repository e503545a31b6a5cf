// The operating system behind base/world.h: POSIX.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/bytes_read.h"
#include "base/curl_http.h"
#include "base/path_text.h"
#include "base/world.h"

namespace headrace {
namespace {

std::atomic<uint64_t> bytes_read{0};

constexpr size_t kBytesPerCall = size_t{1} << 30;  // below what read and write accept at once

Error io_error(std::string what, const std::string& path, int code) {
  std::string hint;
  if (code == ENOSPC || code == EDQUOT) hint = "free some space, or write to another disk";
  if (code == EACCES || code == EPERM) hint = "check the permissions of the file and its directory";
  if (code == ENOENT) hint = "check the spelling; relative paths start at the working directory";
  if (code == EMFILE || code == ENFILE) hint = "raise the limit on open files (ulimit -n)";
  const char* reason = code == ENOSPC ? "no space left on the device" : std::strerror(code);
  return {ErrorCode::kIo, fmt::format("{}: {}", what, reason), path, hint};
}

int64_t nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  // The errno of the close, or 0.
  int close() {
    if (number_ < 0) return 0;
    const int failed = ::close(number_);
    number_ = -1;
    return failed == 0 ? 0 : errno;
  }

 private:
  int number_;
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(int number, std::string path) : descriptor_(number), path_(std::move(path)) {}

  Status measure() {
    struct stat about;
    if (::fstat(descriptor_.number(), &about) != 0) return io_error("cannot look at the file", path_, errno);
    if (S_ISDIR(about.st_mode))
      return Error{ErrorCode::kIo, "expected a file, found a directory", path_, "name one file in it"};
    is_pipe_ = !S_ISREG(about.st_mode);
    struct stat input;
    static std::atomic<bool> input_opened{false};
    if (is_pipe_ && ::fstat(STDIN_FILENO, &input) == 0 && input.st_dev == about.st_dev &&
        input.st_ino == about.st_ino && !S_ISCHR(about.st_mode) && input_opened.exchange(true))
      return Error{ErrorCode::kIo, "standard input was read already, and is a pipe, which can be read once", path_,
                   "put it into a table first: CREATE TABLE t AS FROM read_csv('/dev/stdin')"};
    version_ = {static_cast<uint64_t>(about.st_dev),
                static_cast<uint64_t>(about.st_ino),
                static_cast<uint64_t>(about.st_size),
                nanoseconds(about.st_mtim),
                "",
                nanoseconds(about.st_ctim)};
    return kDone;
  }

  // Of what is no regular file: that of a very large one. It gives what lies behind the last read, and nothing else.
  uint64_t size_bytes() const override { return is_pipe_ ? uint64_t{1} << 62 : version_.bytes; }
  FileVersion version() const override { return version_; }

  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    uint64_t done = 0;
    while (done < to.size()) {
      const size_t wanted = std::min(kBytesPerCall, to.size() - done);
      const ssize_t got =
          is_pipe_ ? ::read(descriptor_.number(), to.data() + done, wanted)
                   : ::pread(descriptor_.number(), to.data() + done, wanted, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return io_error("cannot read the file", path_, errno);
      if (got == 0) break;
      done += static_cast<uint64_t>(got);
    }
    note_bytes_read(done);
    return done;
  }
  void will_need(uint64_t offset, uint64_t bytes) override {
    if (!is_pipe_)
      ::posix_fadvise(descriptor_.number(), static_cast<off_t>(offset), static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);
  }

 private:
  Descriptor descriptor_;
  const std::string path_;
  FileVersion version_;
  bool is_pipe_ = false;
};

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(int number, std::string path) : descriptor_(number), path_(std::move(path)) {}

  Status append(std::span<const char> bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_.number(), bytes.data(), std::min(kBytesPerCall, bytes.size()));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return io_error("cannot write the file", path_, errno);
      bytes = bytes.subspan(static_cast<size_t>(written));
    }
    return kDone;
  }
  Status sync() override {
    // Pipes and devices have nothing to sync.
    if (::fsync(descriptor_.number()) != 0 && errno != EINVAL && errno != EROFS)
      return io_error("cannot write the file to stable storage", path_, errno);
    return kDone;
  }
  Status close() override {
    if (const int code = descriptor_.close(); code != 0) return io_error("cannot close the file", path_, code);
    return kDone;
  }

 private:
  Descriptor descriptor_;
  const std::string path_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(int number) : descriptor_(number) {}
  int number() const { return descriptor_.number(); }

 private:
  Descriptor descriptor_;  // closing it lets go
};

// The path that a chain of links ends at, which may be missing; the path itself when it is no link.
std::string end_of_links(std::string path) {
  constexpr int kLinksMax = 40;  // as many as the kernel follows
  for (int link = 0; link < kLinksMax; ++link) {
    char text[PATH_MAX];
    const ssize_t size = ::readlink(path.c_str(), text, sizeof text);
    if (size <= 0) break;
    const std::string next(text, static_cast<size_t>(size));
    path = next.front() == '/' ? next : directory_of(path) + "/" + next;
  }
  return path;
}

int64_t clock_ns(clockid_t clock) {
  timespec now;
  ::clock_gettime(clock, &now);
  return nanoseconds(now);
}

class RealWorld final : public World {
 public:
  int64_t monotonic_ns() override { return clock_ns(CLOCK_MONOTONIC); }
  int64_t wall_clock_us() override { return clock_ns(CLOCK_REALTIME) / 1'000; }
  void wait_us(uint64_t duration_us) override { std::this_thread::sleep_for(std::chrono::microseconds(duration_us)); }

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0) return io_error("cannot open the file", path, errno);
    auto file = std::make_unique<PosixReadableFile>(number, path);
    TRY_STATUS(file->measure());
    return file;
  }
  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    const int number = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (number < 0) return io_error("cannot create the file", path, errno);
    return std::make_unique<PosixWritableFile>(number, path);
  }
  FileKind kind(const std::string& path) override {
    struct stat about;
    if (::stat(path.c_str(), &about) != 0) return FileKind::kMissing;
    if (S_ISREG(about.st_mode)) return FileKind::kRegular;
    return S_ISDIR(about.st_mode) ? FileKind::kDirectory : FileKind::kOther;
  }
  // Replaces what a link points to, not the link, and keeps the permissions of what was there.
  Status rename(const std::string& from, const std::string& to) override {
    const std::string target = end_of_links(to);
    struct stat before;
    if (::stat(target.c_str(), &before) == 0 && ::chmod(from.c_str(), before.st_mode & 07777) != 0)
      return io_error("cannot give the new file the permissions of the old one", to, errno);
    if (::rename(from.c_str(), target.c_str()) != 0) {
      const int code = errno;
      Error error = io_error(fmt::format("cannot rename '{}' to its final name", from), to, code);
      if (code == EXDEV) error.hint = fmt::format("write to '{}', which the link points to", target);
      return error;
    }
    return sync_directory(directory_of(target));
  }
  Status move(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0)
      return io_error(fmt::format("cannot rename '{}' to its final name", from), to, errno);
    return kDone;
  }
  Status remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0 && errno != ENOENT) return io_error("cannot remove", path, errno);
    return kDone;
  }
  Status make_directory(const std::string& path) override {
    for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
      const std::string prefix = path.substr(0, slash);
      if (::mkdir(prefix.c_str(), 0777) != 0 && errno != EEXIST)
        return io_error("cannot make the directory", prefix, errno);
      if (slash == std::string::npos) break;
    }
    if (kind(path) != FileKind::kDirectory) return io_error("cannot make the directory", path, ENOTDIR);
    return kDone;
  }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    DIR* opened = ::opendir(directory.c_str());
    if (opened == nullptr) return io_error("cannot list the directory", directory, errno);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(opened)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    ::closedir(opened);
    std::sort(names.begin(), names.end());
    return names;
  }
  Status sync_directory(const std::string& path) override {
    const Descriptor directory(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.number() >= 0 && ::fsync(directory.number()) != 0 && errno != EINVAL)
      return io_error("cannot write the directory to stable storage", path, errno);
    return kDone;
  }
  Status sync_all(const std::string& path) override {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (directory.number() < 0 || ::syncfs(directory.number()) != 0)
      return io_error("cannot write the files to stable storage", path, errno);
    return kDone;
  }
  bool is_link(const std::string& path) override {
    struct stat about;
    return ::lstat(path.c_str(), &about) == 0 && S_ISLNK(about.st_mode);
  }
  Result<std::string> real_path(const std::string& path) override {
    const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.c_str(), nullptr), &std::free);
    if (found == nullptr) return io_error("cannot find the path", path, errno);
    return std::string(found.get());
  }
  bool is_trusted(const std::string& path, const std::string& directory) override {
    struct stat about, around;
    if (::lstat(path.c_str(), &about) != 0 || ::stat(directory.c_str(), &around) != 0) return false;
    return about.st_uid == ::geteuid() || about.st_uid == 0 || about.st_uid == around.st_uid;
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool waits) override {
    const int number = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (number < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::unique_ptr<FileLock>();
    if (number < 0) return io_error("cannot open the file", path, errno);
    auto lock = std::make_unique<PosixFileLock>(number);
    while (::flock(number, waits ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return std::unique_ptr<FileLock>();
      if (errno != EINTR) return io_error("cannot lock the file", path, errno);
    }
    struct stat held, there;
    const bool same = ::fstat(number, &held) == 0 && ::stat(path.c_str(), &there) == 0 && held.st_ino == there.st_ino;
    if (!same) lock.reset();  // who held it has removed it
    return std::unique_ptr<FileLock>(std::move(lock));
  }
  std::string temporary_directory() override {
    const char* chosen = std::getenv("TMPDIR");
    return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  }
  HttpOutcome http(const HttpRequest& request, HttpReceiver& to) override {
    // Never destroyed: at the end of the process the library may be gone before the connections that it would close.
    static auto* const connections = new CurlHttp();
    return connections->perform(request, to);
  }
};

}  // namespace

void note_bytes_read(uint64_t bytes) { bytes_read.fetch_add(bytes, std::memory_order_relaxed); }

uint64_t bytes_read_from_files() { return bytes_read.load(std::memory_order_relaxed); }

World& real_world() {
  static RealWorld world;
  return world;
}

}  // namespace headrace
