#include "io/decompressed_file.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include <arrow/result.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>

#include "io/xz_decompressor.h"
#include "io/zstd_frame.h"
#include "state/exhausted.h"

namespace headrace {
namespace {

constexpr uint64_t kSizeUnknown = uint64_t{1} << 62;
constexpr size_t kStoredBytes = size_t{64} << 10;  // read at a time, and discarded at a time
constexpr std::string_view kGzip = "gzip", kZstd = "zstd", kBzip2 = "bzip2", kXz = "xz";
constexpr uint64_t kXzDictionaryBytesMax = uint64_t{128} << 20;
constexpr uint64_t kBzip2Bytes = uint64_t{4} << 20;  // of a decoder for the largest blocks
constexpr uint64_t kZstdWindowBytesMax = uint64_t{128} << 20;  // the library refuses more
constexpr uint64_t kZstdBytes = uint64_t{512} << 10;  // of a decoder, beside the window

arrow::Result<std::shared_ptr<arrow::util::Decompressor>> make_decompressor(std::string_view compression,
                                                                            Reservation& reservation) {
  if (compression == kXz) return make_xz_decompressor(kXzDictionaryBytesMax, reservation);
  const auto type = compression == kGzip    ? arrow::Compression::GZIP
                    : compression == kBzip2 ? arrow::Compression::BZ2
                                            : arrow::Compression::ZSTD;
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(type));
  return codec->MakeDecompressor();
}

class DecompressedFile final : public ReadableFile {
 public:
  DecompressedFile(std::shared_ptr<ReadableFile> stored, std::string path, std::string compression,
                   MemoryBudget& budget)
      : stored_(std::move(stored)),
        path_(std::move(path)),
        compression_(std::move(compression)),
        reservation_(budget, "decompression") {}

  uint64_t size_bytes() const override {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  FileVersion version() const override { return stored_->version(); }

  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    const std::lock_guard lock(mutex_);
    if (decompressor_ == nullptr || offset < at_) TRY_STATUS(begin());
    std::vector<char> discarded(offset > at_ ? kStoredBytes : 0);
    while (at_ < offset) {
      TRY(skipped, read_on({discarded.data(), std::min<uint64_t>(discarded.size(), offset - at_)}));
      if (skipped == 0) return uint64_t{0};
    }
    return read_on(to);
  }

 private:
  Error damaged(std::string_view why) const {
    return {ErrorCode::kBadInput, fmt::format("cannot be read as {}: {}", compression_, why), path_,
            "compression = 'none', 'gzip', 'zstd', 'bzip2' or 'xz' says how a file is compressed"};
  }

  Status begin() {
    decompressor_ = nullptr;
    reservation_.shrink(reservation_.bytes());
    if (compression_ == kBzip2) TRY_STATUS(reservation_.grow(kBzip2Bytes));
    auto made = make_decompressor(compression_, reservation_);
    if (!made.ok()) return damaged(made.status().message());
    decompressor_ = made.MoveValueUnsafe();
    at_ = stored_at_ = 0;
    input_.clear();
    used_ = 0;
    in_stream_ = false;
    return kDone;
  }

  // More of what is stored, if less than `wanted` is left of it here. False: there is none.
  Result<bool> fill(size_t wanted) {
    const size_t left = input_.size() - used_;
    if (left >= wanted) return true;
    input_.erase(input_.begin(), input_.begin() + static_cast<ptrdiff_t>(used_));
    used_ = 0;
    input_.resize(left + kStoredBytes);
    const Result<uint64_t> got = stored_->read_at(stored_at_, std::span(input_).subspan(left));
    input_.resize(left + (got.ok() ? got.value() : 0));
    if (!got.ok()) return got.error();
    stored_at_ += got.value();
    return !input_.empty();
  }

  // For the stream that begins. That of xz says it on the way.
  Status reserve_stream() {
    if (compression_ != kZstd) return kDone;
    const uint64_t window = zstd_window_bytes({input_.data() + used_, input_.size() - used_}).value_or(0);
    if (window > kZstdWindowBytesMax || window + kZstdBytes <= reservation_.bytes()) return kDone;
    return reservation_.grow(window + kZstdBytes - reservation_.bytes());
  }

  // Fewer than there is room for only at the end.
  Result<uint64_t> read_on(std::span<char> to) {
    uint64_t done = 0;
    while (done < to.size()) {
      TRY(more, fill(in_stream_ ? 1 : kZstdHeaderBytesMax));
      if (!more && in_stream_ && !drains_) return damaged("it ends within its data");
      if (!more && !in_stream_) {
        size_ = at_;
        return done;
      }
      if (!in_stream_ && at_ > 0 && is_padding()) continue;
      if (!in_stream_) TRY_STATUS(reserve_stream());
      TRY(made, decompress(to.subspan(done)));
      done += made;
      at_ += made;
    }
    return done;
  }

  // Zeros behind a stream, as tape drives leave them.
  bool is_padding() {
    const size_t from = used_;
    while (used_ < input_.size() && input_[used_] == '\0') ++used_;
    return used_ > from;
  }

  Result<uint64_t> decompress(std::span<char> to) {
    in_stream_ = true;
    auto done = decompressor_->Decompress(static_cast<int64_t>(input_.size() - used_),
                                          reinterpret_cast<const uint8_t*>(input_.data() + used_),
                                          static_cast<int64_t>(to.size()), reinterpret_cast<uint8_t*>(to.data()));
    if (done.status().IsCapacityError()) return exhausted(reservation_);
    if (!done.ok()) return damaged(done.status().message());
    used_ += static_cast<size_t>(done->bytes_read);
    if (done->bytes_read == 0 && done->bytes_written == 0 && used_ < input_.size())
      return damaged("its bytes say nothing");
    drains_ = done->bytes_written > 0;  // output may be left inside when all input was taken
    if (decompressor_->IsFinished()) {
      in_stream_ = false;
      if (const arrow::Status reset = decompressor_->Reset(); !reset.ok()) return damaged(reset.message());
    }
    return static_cast<uint64_t>(done->bytes_written);
  }

  const std::shared_ptr<ReadableFile> stored_;
  const std::string path_, compression_;
  mutable std::mutex mutex_;  // guards what follows
  Reservation reservation_;  // of the decompressor
  std::shared_ptr<arrow::util::Decompressor> decompressor_;
  uint64_t size_ = kSizeUnknown;
  uint64_t at_ = 0;         // of the next byte that is given
  uint64_t stored_at_ = 0;  // of the next byte that is read
  std::vector<char> input_;
  size_t used_ = 0;  // of input_
  bool in_stream_ = false, drains_ = false;
};

}  // namespace

std::string compression_of(std::string_view path, std::string_view wanted) {
  if (wanted != "auto") return std::string(wanted == "none" ? std::string_view() : wanted);
  if (path.ends_with(".gz")) return std::string(kGzip);
  if (path.ends_with(".bz2")) return std::string(kBzip2);
  if (path.ends_with(".xz")) return std::string(kXz);
  return std::string(path.ends_with(".zst") ? kZstd : std::string_view());
}

std::string_view compression_of_bytes(std::string_view begin) {
  if (begin.starts_with("\x1F\x8B")) return kGzip;
  if (begin.starts_with("\x28\xB5\x2F\xFD")) return kZstd;
  if (begin.size() > 4 && begin.starts_with("BZh") && begin.substr(4).starts_with("1AY&SY")) return kBzip2;
  return begin.starts_with(std::string_view("\xFD"
                                            "7zXZ\0",
                                            6))
             ? kXz
             : std::string_view();
}

std::shared_ptr<ReadableFile> decompressed_file(std::shared_ptr<ReadableFile> stored, std::string path,
                                                std::string compression, MemoryBudget& budget) {
  return std::make_shared<DecompressedFile>(std::move(stored), std::move(path), std::move(compression), budget);
}

}  // namespace headrace
