#include "io/transcoded_file.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"

namespace headrace {
namespace {

constexpr uint64_t kSizeUnknown = uint64_t{1} << 62;
constexpr size_t kStoredBytes = size_t{64} << 10;  // read at a time
constexpr uint32_t kByteOrderMark = 0xFEFF;

void append_utf8(uint32_t point, std::string& out) {
  const auto byte = [&out](uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      byte(0xE0 | point >> 12);
    } else {
      byte(0xF0 | point >> 18);
      byte(0x80 | (point >> 12 & 0x3F));
    }
    byte(0x80 | (point >> 6 & 0x3F));
  }
  byte(0x80 | (point & 0x3F));
}

class TranscodedFile final : public ReadableFile {
 public:
  TranscodedFile(std::shared_ptr<ReadableFile> stored, std::string path, TextEncoding encoding)
      : stored_(std::move(stored)), path_(std::move(path)), encoding_(encoding) {
    CHECK(encoding != TextEncoding::kUtf8);
  }

  uint64_t size_bytes() const override {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  FileVersion version() const override { return stored_->version(); }

  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    const std::lock_guard lock(mutex_);
    if (offset < text_at_) begin();
    uint64_t done = 0;
    while (done < to.size()) {
      const uint64_t text_end = text_at_ + text_.size();
      if (offset + done >= text_end) {
        TRY(more, read_on());
        if (!more) break;
        continue;
      }
      const uint64_t from = offset + done - text_at_;
      const uint64_t count = std::min<uint64_t>(to.size() - done, text_.size() - from);
      std::memcpy(to.data() + done, text_.data() + from, count);
      done += count;
    }
    return done;
  }

 private:
  void begin() {
    text_at_ = stored_at_ = 0;
    text_.clear();
    left_.clear();
    big_endian_ = encoding_ == TextEncoding::kUtf16Be;
  }

  // The next piece of text in text_; false: there is none.
  Result<bool> read_on() {
    std::string bytes = std::move(left_);
    left_.clear();
    const size_t had = bytes.size();
    bytes.resize(had + kStoredBytes);
    TRY(got, stored_->read_at(stored_at_ + had, {bytes.data() + had, kStoredBytes}));
    bytes.resize(had + got);
    text_at_ += text_.size();
    text_.clear();
    if (bytes.empty()) {
      size_ = text_at_;
      return false;
    }
    if (encoding_ == TextEncoding::kLatin1) {
      for (const char c : bytes) append_utf8(static_cast<unsigned char>(c), text_);
      stored_at_ += bytes.size();
    } else {
      TRY_STATUS(take_utf16(bytes, got == 0));
    }
    return true;
  }

  Status take_utf16(const std::string& bytes, bool last) {
    size_t at = 0;
    const auto unit = [&](size_t from) {
      const auto low = static_cast<unsigned char>(bytes[from + (big_endian_ ? 1 : 0)]);
      const auto high = static_cast<unsigned char>(bytes[from + (big_endian_ ? 0 : 1)]);
      return static_cast<uint32_t>(low | high << 8);
    };
    if (stored_at_ == 0 && bytes.size() >= 2) {
      if (encoding_ == TextEncoding::kUtf16) big_endian_ = bytes[0] == '\xFE' && bytes[1] == '\xFF';
      if (unit(0) == kByteOrderMark) at = 2;
    }
    while (at + 2 <= bytes.size()) {
      uint32_t point = unit(at);
      size_t used = 2;
      if (point >= 0xD800 && point < 0xE000) {
        if (at + 4 > bytes.size() && !last) break;
        const uint32_t second = at + 4 <= bytes.size() ? unit(at + 2) : 0;
        if (point >= 0xDC00 || second < 0xDC00 || second >= 0xE000) return broken(at, "half of a surrogate pair");
        point = 0x10000 + ((point - 0xD800) << 10) + (second - 0xDC00);
        used = 4;
      }
      append_utf8(point, text_);
      at += used;
    }
    if (last && at < bytes.size()) return broken(at, "one byte at its end");
    left_ = bytes.substr(at);
    stored_at_ += at;
    return kDone;
  }
  Error broken(size_t at, std::string_view what) const {
    return {ErrorCode::kBadInput, fmt::format("expected UTF-16, found {}", what),
            fmt::format("{}, byte {}", path_, stored_at_ + at), "is this the encoding of the file?"};
  }

  const std::shared_ptr<ReadableFile> stored_;
  const std::string path_;
  const TextEncoding encoding_;
  mutable std::mutex mutex_;  // guards what follows
  uint64_t size_ = kSizeUnknown;
  std::string text_;          // UTF-8
  uint64_t text_at_ = 0;      // of text_
  std::string left_;          // of what is stored, behind text_: part of a character
  uint64_t stored_at_ = 0;    // of left_
  bool big_endian_ = encoding_ == TextEncoding::kUtf16Be;
};

}  // namespace

std::shared_ptr<ReadableFile> transcoded_file(std::shared_ptr<ReadableFile> stored, std::string path,
                                              TextEncoding encoding) {
  return std::make_shared<TranscodedFile>(std::move(stored), std::move(path), encoding);
}

}  // namespace headrace
