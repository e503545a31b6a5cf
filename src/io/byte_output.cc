#include "io/byte_output.h"

#include <atomic>
#include <utility>

#include <fmt/format.h>

namespace headrace {
namespace {

class AtomicFile final : public ByteOutput {
 public:
  AtomicFile(World& world, std::string path, std::string temporary, std::unique_ptr<WritableFile> file)
      : world_(world), path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {}
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

}  // namespace

Result<std::unique_ptr<ByteOutput>> make_atomic_file(World& world, const std::string& path) {
  const FileKind kind = world.kind(path);
  if (kind == FileKind::kDirectory)
    return Error{ErrorCode::kIo, "cannot write the file: a directory has this name", path, "give the name of a file"};
  std::string temporary = path;
  if (kind != FileKind::kOther) {
    static std::atomic<uint64_t> count{0};
    const size_t slash = path.rfind('/');
    const size_t name = slash == std::string::npos ? 0 : slash + 1;
    temporary = fmt::format("{}.{}.{:x}-{}.partial", path.substr(0, name), path.substr(name),
                            static_cast<uint64_t>(world.wall_clock_us()), count.fetch_add(1));
  }
  Result<std::unique_ptr<WritableFile>> file = world.create(temporary);
  if (!file.ok()) {
    Error error = file.error();
    error.where = path;
    return error;
  }
  return std::make_unique<AtomicFile>(world, path, std::move(temporary), std::move(file.value()));
}

std::unique_ptr<ByteOutput> make_callback_output(Output output) {
  return std::make_unique<CallbackOutput>(std::move(output));
}

}  // namespace headrace
