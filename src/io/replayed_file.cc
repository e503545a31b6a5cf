#include "io/replayed_file.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "state/buffer.h"

namespace headrace {
namespace {

constexpr uint64_t kSizeUnknown = uint64_t{1} << 62;
constexpr uint64_t kFirstRoomBytes = uint64_t{256} << 10;

class ReplayedFile final : public ReadableFile {
 public:
  ReplayedFile(std::shared_ptr<ReadableFile> stored, std::string path, MemoryBudget& budget)
      : stored_(std::move(stored)), path_(std::move(path)), budget_(budget) {}

  uint64_t size_bytes() const override {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  FileVersion version() const override { return stored_->version(); }

  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    const std::lock_guard lock(mutex_);
    uint64_t done = 0;
    if (offset < kept_bytes_) {
      done = std::min<uint64_t>(to.size(), kept_bytes_ - offset);
      std::memcpy(to.data(), static_cast<const char*>(kept_->data()) + offset, done);
    }
    if (done == to.size() || offset + done >= size_) return done;
    if (offset + done != at_)
      return Error{ErrorCode::kUnsupported, "a pipe can be read once, and the query reads it again", path_,
                   "put it into a file or a table first: CREATE TABLE t AS FROM read_csv('/dev/stdin')"};
    const std::span<char> rest = to.subspan(done);
    TRY(got, stored_->read_at(at_, rest));
    TRY_STATUS(keep(rest.first(got)));
    at_ += got;
    if (got < rest.size()) size_ = at_;
    return done + got;
  }

 private:
  Status keep(std::span<const char> bytes) {
    const uint64_t count = at_ == kept_bytes_ ? std::min(bytes.size(), kReplayedBytes - kept_bytes_) : 0;
    if (count == 0) return kDone;
    if (kept_ == nullptr || kept_->bytes() < kept_bytes_ + count) {
      const uint64_t room = std::min(kReplayedBytes, std::max({2 * kept_bytes_, kept_bytes_ + count, kFirstRoomBytes}));
      TRY(larger, Buffer::allocate(budget_, "beginning of a pipe", room));
      if (kept_bytes_ > 0) std::memcpy(larger->data(), kept_->data(), kept_bytes_);
      kept_ = std::move(larger);
    }
    std::memcpy(static_cast<char*>(kept_->data()) + kept_bytes_, bytes.data(), count);
    kept_bytes_ += count;
    return kDone;
  }

  const std::shared_ptr<ReadableFile> stored_;
  const std::string path_;
  MemoryBudget& budget_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<Buffer> kept_;
  uint64_t kept_bytes_ = 0;
  uint64_t at_ = 0;  // of the next byte of the pipe
  uint64_t size_ = kSizeUnknown;
};

}  // namespace

std::shared_ptr<ReadableFile> replayed_file(std::shared_ptr<ReadableFile> stored, std::string path,
                                            MemoryBudget& budget) {
  return std::make_shared<ReplayedFile>(std::move(stored), std::move(path), budget);
}

}  // namespace headrace
