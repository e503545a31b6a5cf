#include "io/few_open_files.h"

#include <algorithm>
#include <mutex>

#include "base/check.h"

namespace headrace {

class FewOpenFiles::OpenFiles {
 public:
  OpenFiles(World& world, uint32_t open_max) : world_(world), open_max_(open_max) { CHECK(open_max > 0); }

  // `expected`: what the file was when it was opened first; nullptr: this is the first time.
  Result<std::shared_ptr<ReadableFile>> get(const File* file, const std::string& path, const FileVersion* expected) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(open_, file, &Open::owner);
    if (found != open_.end()) {
      std::rotate(found, found + 1, open_.end());
      return open_.back().file;
    }
    if (open_.size() >= open_max_) open_.erase(open_.begin());
    TRY(opened, world_.open(path));
    if (expected != nullptr && opened->version() != *expected)
      return Error{ErrorCode::kIo, "cannot read the file: it was written or replaced while it was read", path,
                   "read it when nobody writes it"};
    open_.push_back({file, std::move(opened)});
    return open_.back().file;
  }
  void forget(const File* file) {
    const std::lock_guard lock(mutex_);
    std::erase_if(open_, [&](const Open& open) { return open.owner == file; });
  }

 private:
  struct Open {
    const File* owner;
    std::shared_ptr<ReadableFile> file;
  };
  World& world_;
  const uint32_t open_max_;
  std::mutex mutex_;  // guards what follows
  std::vector<Open> open_;  // the one that was read last is the last
};

class FewOpenFiles::File final : public ReadableFile {
 public:
  File(std::shared_ptr<OpenFiles> files, std::string path) : files_(std::move(files)), path_(std::move(path)) {}
  ~File() override { files_->forget(this); }

  Status measure() {
    TRY(file, files_->get(this, path_, nullptr));
    version_ = file->version();
    return kDone;
  }
  uint64_t size_bytes() const override { return version_.bytes; }
  FileVersion version() const override { return version_; }
  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    TRY(file, files_->get(this, path_, &version_));
    return file->read_at(offset, to);
  }

 private:
  const std::shared_ptr<OpenFiles> files_;
  const std::string path_;
  FileVersion version_;
};

FewOpenFiles::FewOpenFiles(World& world, uint32_t open_max)
    : WorldAround(world), files_(std::make_shared<OpenFiles>(world, open_max)) {}

FewOpenFiles::~FewOpenFiles() = default;

Result<std::unique_ptr<ReadableFile>> FewOpenFiles::open(const std::string& path) {
  auto file = std::make_unique<File>(files_, path);
  TRY_STATUS(file->measure());
  return file;
}

}  // namespace headrace
