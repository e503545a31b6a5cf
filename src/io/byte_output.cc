#include "io/byte_output.h"

#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "base/path_text.h"
#include "io/output_journal.h"

namespace headrace {
namespace {

class AtomicFile final : public ByteOutput {
 public:
  AtomicFile(World& world, std::string path, std::string temporary, std::unique_ptr<WritableFile> file,
             std::unique_ptr<FileLock> lock)
      : world_(world),
        path_(std::move(path)),
        temporary_(std::move(temporary)),
        file_(std::move(file)),
        lock_(std::move(lock)) {}
  ~AtomicFile() override { AtomicFile::abandon(); }

  // A library's writer may append once more when it is destroyed after abandon().
  Status append(std::span<const char> bytes) override {
    if (file_ == nullptr) return Error{ErrorCode::kIo, "the output was abandoned", path_, ""};
    return named(file_->append(bytes));
  }
  Status commit() override {
    TRY_STATUS(named(file_->sync()));
    TRY_STATUS(named(file_->close()));
    if (temporary_ != path_) TRY_STATUS(world_.rename(temporary_, path_));
    file_.reset();
    return kDone;
  }
  void abandon() override {
    if (file_ == nullptr) return;
    file_.reset();
    // Nothing is left to do when this fails: the error that led here is what the user must see.
    if (temporary_ != path_) (void)world_.remove(temporary_).ok();
  }

 private:
  // Users know the file by its final name.
  Status named(Status status) const {
    if (status.ok()) return status;
    Error error = status.error();
    error.where = path_;
    return error;
  }

  World& world_;
  const std::string path_, temporary_;
  std::unique_ptr<WritableFile> file_;
  const std::unique_ptr<FileLock>
      lock_;  // of the temporary: as long as it is held nobody takes the file for a dead writer's
};

class CallbackOutput final : public ByteOutput {
 public:
  explicit CallbackOutput(Output output) : output_(std::move(output)) {}
  Status append(std::span<const char> bytes) override { return output_(std::string_view(bytes.data(), bytes.size())); }
  Status commit() override { return kDone; }
  void abandon() override {}

 private:
  const Output output_;
};

constexpr int kTemporaryTries = 100;

// Of a file of that name, by whoever writes it.
bool is_temporary(std::string_view name, std::string_view of) {
  if (!name.starts_with('.') || !name.ends_with(kPartial) || name.substr(1).substr(0, of.size()) != of) return false;
  const std::string_view rest = name.substr(1 + of.size(), name.size() - 1 - of.size() - kPartial.size());
  return rest.starts_with('.') && rest.find('-') != std::string_view::npos &&
         rest.find_first_not_of("0123456789abcdef-", 1) == std::string_view::npos;
}

// What writers of the file have left that ended before they were done: nobody holds its lock. What cannot be looked at stays.
void remove_left_behind(World& world, const std::string& path) {
  const size_t name = path.rfind('/') + 1;  // 0 where there is none
  const auto there = world.list(directory_of(path));
  if (!there.ok()) return;
  for (const std::string& one : there.value()) {
    if (!is_temporary(one, std::string_view(path).substr(name))) continue;
    const std::string left = path.substr(0, name) + one;
    const auto lock = world.lock(left, /*waits=*/false);
    if (lock.ok() && lock.value() != nullptr) (void)world.remove(left).ok();
  }
}

Result<std::unique_ptr<ByteOutput>> create_temporary(World& world, const std::string& path) {
  static std::atomic<uint64_t> count{0};
  TRY_STATUS(recover_outputs_around(world, directory_of(path)));
  remove_left_behind(world, path);
  const size_t name = path.rfind('/') + 1;
  for (int i = 0; i < kTemporaryTries; ++i) {
    std::string temporary = fmt::format("{}.{}.{:x}-{}{}", path.substr(0, name), path.substr(name),
                                        static_cast<uint64_t>(world.wall_clock_us()), count.fetch_add(1), kPartial);
    TRY(file, world.create(temporary));
    TRY(lock, world.lock(temporary, /*waits=*/false));
    // Another writer may have found the file before it was locked, and removed it.
    if (lock == nullptr) continue;
    return std::unique_ptr<ByteOutput>(
        std::make_unique<AtomicFile>(world, path, std::move(temporary), std::move(file), std::move(lock)));
  }
  return Error{ErrorCode::kIo, "cannot get a place for a file that is being written", path, "try again"};
}

}  // namespace

Result<std::unique_ptr<ByteOutput>> make_atomic_file(World& world, const std::string& path) {
  const FileKind kind = world.kind(path);
  if (kind == FileKind::kDirectory)
    return Error{ErrorCode::kIo, "cannot write the file: a directory has this name", path, "give the name of a file"};
  if (kind == FileKind::kOther) {
    TRY(file, world.create(path));
    return std::unique_ptr<ByteOutput>(std::make_unique<AtomicFile>(world, path, path, std::move(file), nullptr));
  }
  auto made = create_temporary(world, path);
  if (made.ok()) return made;
  Error error = made.error();
  error.where = path;
  return error;
}

std::unique_ptr<ByteOutput> make_callback_output(Output output) {
  return std::make_unique<CallbackOutput>(std::move(output));
}

}  // namespace headrace
