#include "base/fake_world.h"

#include <algorithm>
#include <cstring>

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
  Status append(std::span<const char> bytes) override { return world_.append(*bytes_, bytes, path_); }
  Status sync() override {
    if (world_.sync_fails) return Error{ErrorCode::kIo, "cannot write the file to stable storage", path_, ""};
    return kDone;
  }
  Status close() override { return kDone; }

 private:
  FakeWorld& world_;
  const std::shared_ptr<std::string> bytes_;
  const std::string path_;
};

void FakeWorld::put(const std::string& path, std::string content) {
  const std::lock_guard lock(mutex_);
  files_[path] = std::make_shared<std::string>(std::move(content));
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

// As much as fits is written, as a real disk does.
Status FakeWorld::append(std::string& file, std::span<const char> bytes, const std::string& path) {
  const std::lock_guard lock(mutex_);
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
  auto bytes = std::make_shared<std::string>();
  files_[path] = bytes;
  return std::make_unique<FakeWritableFile>(*this, std::move(bytes), path);
}

FileKind FakeWorld::kind(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (files_.contains(path)) return FileKind::kRegular;
  return directories_.contains(path) ? FileKind::kDirectory : FileKind::kMissing;
}

Status FakeWorld::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(from);
  if (rename_fails || found == files_.end())
    return Error{ErrorCode::kIo, "cannot rename '" + from + "' to its final name", to, ""};
  files_[to] = found->second;
  files_.erase(from);
  return kDone;
}

Status FakeWorld::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  files_.erase(path);
  directories_.erase(path);
  return kDone;
}

Status FakeWorld::make_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  directories_.insert(path);
  return kDone;
}

Result<std::vector<std::string>> FakeWorld::list(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [path, content] : files_) {
    const size_t slash = path.rfind('/');
    if (slash != std::string::npos && path.substr(0, slash) == directory) names.push_back(path.substr(slash + 1));
  }
  return names;
}

}  // namespace headrace
