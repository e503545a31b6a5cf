#include "base/fake_world.h"

#include <algorithm>
#include <cstring>

#include "base/path_text.h"

namespace headrace {

class FakeReadableFile final : public ReadableFile {
 public:
  FakeReadableFile(FakeWorld& world, std::shared_ptr<std::string> bytes, std::string path)
      : world_(world), bytes_(std::move(bytes)), path_(std::move(path)) {}
  uint64_t size_bytes() const override {
    const std::lock_guard lock(world_.mutex_);
    return bytes_->size();
  }
  FileVersion version() const override {
    return {.file = reinterpret_cast<uintptr_t>(bytes_.get()), .bytes = size_bytes()};
  }
  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    const std::lock_guard lock(world_.mutex_);
    if (world_.read_fails_from_byte && offset + to.size() > *world_.read_fails_from_byte)
      return Error{ErrorCode::kIo, "cannot read the file: input/output error", path_, ""};
    if (offset >= bytes_->size()) return uint64_t{0};
    const uint64_t count = std::min<uint64_t>(to.size(), bytes_->size() - offset);
    std::memcpy(to.data(), bytes_->data() + offset, count);
    return count;
  }

 private:
  FakeWorld& world_;
  const std::shared_ptr<std::string> bytes_;
  const std::string path_;
};

class FakeWritableFile final : public WritableFile {
 public:
  FakeWritableFile(FakeWorld& world, std::shared_ptr<std::string> bytes, std::string path)
      : world_(world), bytes_(std::move(bytes)), path_(std::move(path)) {}
  Status append(std::span<const char> bytes) override {
    const std::lock_guard lock(world_.mutex_);
    return world_.append(*bytes_, bytes, path_);
  }
  Status sync() override {
    const std::lock_guard lock(world_.mutex_);
    TRY_STATUS(world_.change(path_));
    if (world_.sync_fails) return Error{ErrorCode::kIo, "cannot write the file to stable storage", path_, ""};
    world_.synced_content_[bytes_] = *bytes_;
    return kDone;
  }
  Status close() override { return kDone; }

 private:
  FakeWorld& world_;
  const std::shared_ptr<std::string> bytes_;
  const std::string path_;
};

class FakeFileLock final : public FileLock {
 public:
  FakeFileLock(FakeWorld& world, std::string path) : world_(world), path_(std::move(path)) {}
  ~FakeFileLock() override {
    const std::lock_guard lock(world_.mutex_);
    world_.locked_.erase(path_);
  }

 private:
  FakeWorld& world_;
  const std::string path_;
};

void FakeWorld::put(const std::string& path, std::string content) {
  const std::lock_guard lock(mutex_);
  files_[path] = std::make_shared<std::string>(std::move(content));
  synced_content_[files_[path]] = *files_[path];
}

std::optional<std::string> FakeWorld::content(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end()) return std::nullopt;
  return *found->second;
}

std::set<std::string> FakeWorld::paths() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> paths;
  for (const auto& [path, content] : files_) paths.insert(path);
  return paths;
}

Status FakeWorld::change(const std::string& path) {
  if (changes_left && *changes_left == 0)
    return Error{ErrorCode::kIo, "cannot change it: the process has ended", path, ""};
  if (changes_left) --*changes_left;
  ++changes_;
  return kDone;
}

void FakeWorld::note_name(const std::string& path) {
  const auto found = files_.find(path);
  synced_names_.emplace(path, found == files_.end() ? nullptr : found->second);
}

void FakeWorld::restart() {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, file] : synced_names_) {
    files_.erase(path);
    if (file == nullptr) continue;
    files_[path] = file;
    for (std::string folder = directory_of(path); folder != "." && folder != "/"; folder = directory_of(folder))
      directories_.insert(folder);
  }
  synced_names_.clear();
  for (const auto& [path, file] : files_) *file = synced_content_[file];
  locked_.clear();
  changes_left.reset();
}

// As much as fits is written, as a real disk does.
Status FakeWorld::append(std::string& file, std::span<const char> bytes, const std::string& path) {
  TRY_STATUS(change(path));
  uint64_t room = bytes.size();
  if (disk_bytes_max) room = std::min(room, *disk_bytes_max - std::min(*disk_bytes_max, bytes_written_));
  file.append(bytes.data(), room);
  bytes_written_ += room;
  if (room < bytes.size())
    return Error{ErrorCode::kIo, "cannot write the file: no space left on the device", path,
                 "free some space, or write to another disk"};
  return kDone;
}

Result<std::unique_ptr<ReadableFile>> FakeWorld::open(const std::string& path) {
  if (kind(path) == FileKind::kDirectory)
    return Error{ErrorCode::kIo, "expected a file, found a directory", path, "name one file in it"};
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  if (found == files_.end()) return Error{ErrorCode::kIo, "cannot open the file: No such file or directory", path, ""};
  return std::make_unique<FakeReadableFile>(*this, found->second, path);
}

Result<std::unique_ptr<WritableFile>> FakeWorld::create(const std::string& path) {
  if (create_fails) return Error{ErrorCode::kIo, "cannot create the file: Permission denied", path, ""};
  const std::lock_guard lock(mutex_);
  TRY_STATUS(change(path));
  auto bytes = std::make_shared<std::string>();
  note_name(path);
  files_[path] = bytes;
  return std::make_unique<FakeWritableFile>(*this, std::move(bytes), path);
}

FileKind FakeWorld::kind(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (files_.contains(path)) return FileKind::kRegular;
  return directories_.contains(path) ? FileKind::kDirectory : FileKind::kMissing;
}

// A file, or a directory with all below it, which keep what is synced of them.
Status FakeWorld::move_names(const std::string& from, const std::string& to) {
  TRY_STATUS(change(to));
  const Error failed{ErrorCode::kIo, "cannot rename '" + from + "' to its final name", to, ""};
  if (rename_fails) return failed;
  if (const auto found = files_.find(from); found != files_.end()) {
    note_name(from);
    note_name(to);
    files_[to] = found->second;
    files_.erase(from);
    return kDone;
  }
  if (!directories_.contains(from)) return failed;
  const auto moved = [&](const std::string& path) { return to + path.substr(from.size()); };
  const auto below = [&](const std::string& path) { return path == from || path.starts_with(from + "/"); };
  for (Files* names : {&files_, &synced_names_}) {
    Files kept;
    for (auto& [path, file] : *names) kept[below(path) ? moved(path) : path] = file;
    *names = std::move(kept);
  }
  std::set<std::string> directories;
  for (const std::string& path : directories_) directories.insert(below(path) ? moved(path) : path);
  directories_ = std::move(directories);
  return kDone;
}

Status FakeWorld::rename(const std::string& from, const std::string& to) {
  TRY_STATUS(move(from, to));
  const std::lock_guard lock(mutex_);
  std::erase_if(synced_names_, [&](const auto& one) {
    return one.first == from || one.first == to || directory_of(one.first) == directory_of(to);
  });
  return kDone;
}

Status FakeWorld::move(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  return move_names(from, to);
}

Status FakeWorld::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY_STATUS(change(path));
  const auto below = [&](const std::string& other) { return other.starts_with(path + "/"); };
  const bool holds_files = std::ranges::any_of(files_, [&](const auto& one) { return below(one.first); });
  if (directories_.contains(path) && (holds_files || std::ranges::any_of(directories_, below)))
    return Error{ErrorCode::kIo, "cannot remove: Directory not empty", path, ""};
  if (files_.contains(path)) note_name(path);
  files_.erase(path);
  directories_.erase(path);
  return kDone;
}

Status FakeWorld::make_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY_STATUS(change(path));
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    directories_.insert(path.substr(0, slash));
  directories_.insert(path);
  return kDone;
}

Status FakeWorld::sync_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY_STATUS(change(path));
  // Of a directory that was removed from it nothing comes back either.
  std::erase_if(synced_names_, [&](const auto& one) {
    if (directory_of(one.first) == path) return true;
    if (!one.first.starts_with(path + "/")) return false;
    return !directories_.contains(one.first.substr(0, one.first.find('/', path.size() + 1)));
  });
  return kDone;
}

Status FakeWorld::sync_all(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY_STATUS(change(path));
  if (sync_fails) return Error{ErrorCode::kIo, "cannot write the files to stable storage", path, ""};
  synced_names_.clear();
  for (const auto& [name, file] : files_) synced_content_[file] = *file;
  return kDone;
}

Result<std::unique_ptr<FileLock>> FakeWorld::lock(const std::string& path, bool) {
  const std::lock_guard lock(mutex_);
  if (!files_.contains(path) || !locked_.insert(path).second) return std::unique_ptr<FileLock>();
  return std::unique_ptr<FileLock>(std::make_unique<FakeFileLock>(*this, path));
}

HttpOutcome FakeWorld::http(const HttpRequest& request, HttpReceiver& to) {
  if (server == nullptr) return {Error{ErrorCode::kIo, "cannot reach the server", request.url, ""}, false};
  return server(request, to);
}

Result<std::vector<std::string>> FakeWorld::list(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> names;
  const auto note = [&](const std::string& path) {
    if (path.size() > directory.size() && directory_of(path) == directory) names.insert(name_of(path));
  };
  for (const auto& [path, content] : files_) note(path);
  for (const std::string& path : directories_) note(path);
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace headrace
