#include "io/parquet/chunk_stream.h"

#include <algorithm>
#include <cstring>

#include <arrow/buffer.h>

#include "io/arrow_file.h"
#include "io/parquet/unpack.h"

namespace headrace::parquet_in {
namespace {

class Slice final : public arrow::Buffer {
 public:
  Slice(const uint8_t* data, uint64_t bytes, std::shared_ptr<const headrace::Buffer> owner)
      : arrow::Buffer(data, static_cast<int64_t>(bytes)), owner_(std::move(owner)) {}

 private:
  const std::shared_ptr<const headrace::Buffer> owner_;
};

}  // namespace

uint64_t requests_of(uint64_t bytes) {
  if (bytes <= ChunkStream::kWholeChunkBytes) return bytes == 0 ? 0 : 1;
  return (bytes + ChunkStream::kWindowBytes - 1) / ChunkStream::kWindowBytes;
}

arrow::Status ChunkStream::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

uint64_t ChunkStream::stretch_end() const {
  for (const ByteRange& range : wanted_)
    if (at_ < range.end) return at_ < range.begin ? at_ : range.end;
  return end_;
}

arrow::Status ChunkStream::skip_to(uint64_t at) {
  if (at < at_) return arrow::Status::Invalid("a page reaches into the next one of the page index");
  if (at > end_) return arrow::Status::Invalid("the file ends in front of a page of the page index");
  at_ = at;
  return arrow::Status::OK();
}

arrow::Status ChunkStream::load(uint64_t bytes) {
  const uint64_t left = stretch_end() - at_;
  bytes = std::min(bytes, left);
  if (at_ + bytes <= window_end_) return arrow::Status::OK();
  const uint64_t size = left <= kWholeChunkBytes ? left : std::max(bytes, kWindowBytes);
  Result<std::shared_ptr<headrace::Buffer>> fresh =
      headrace::Buffer::allocate(budget_, "parquet reader", size + kReadPaddingBytes);
  if (!fresh.ok()) return to_arrow(fresh.error());
  auto* to = static_cast<char*>(fresh.value()->data());
  const uint64_t kept = window_ == nullptr || window_end_ < at_ ? 0 : window_end_ - at_;
  if (kept > 0) std::memcpy(to, window_at(), kept);
  const Result<uint64_t> got = file_->read_at(at_ + kept, {to + kept, size - kept});
  if (!got.ok()) return to_arrow(got.error());
  std::memset(to + kept + got.value(), 0, size + kReadPaddingBytes - kept - got.value());
  window_ = std::move(fresh.value());
  window_begin_ = at_;
  window_end_ = at_ + kept + got.value();
  return arrow::Status::OK();
}

arrow::Result<std::string_view> ChunkStream::Peek(int64_t nbytes) {
  ARROW_RETURN_NOT_OK(load(static_cast<uint64_t>(std::max<int64_t>(nbytes, 0))));
  if (window_ == nullptr) return std::string_view();
  const uint64_t bytes = std::min(static_cast<uint64_t>(nbytes), window_end_ < at_ ? 0 : window_end_ - at_);
  return std::string_view(reinterpret_cast<const char*>(window_at()), bytes);
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ChunkStream::Read(int64_t nbytes) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, Peek(nbytes));
  at_ += bytes.size();
  return std::make_shared<Slice>(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), window_);
}

arrow::Result<int64_t> ChunkStream::Read(int64_t nbytes, void* out) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, Peek(nbytes));
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  at_ += bytes.size();
  return static_cast<int64_t>(bytes.size());
}

}  // namespace headrace::parquet_in
