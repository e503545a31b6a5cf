// io/parquet/chunk_stream.h — the bytes of one column chunk, read in long pieces into memory that slices keep alive.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include "base/world.h"
#include "io/byte_ranges.h"
#include "state/buffer.h"

namespace headrace::parquet_in {

// How many reads a stretch of that many bytes takes.
uint64_t requests_of(uint64_t bytes);

// Bytes [begin, end) of the file, front to back. Every slice has kReadPaddingBytes behind it that may be read. A chunk of at
// most kWholeChunkBytes is one request; a longer one is read kWindowBytes at a time, or a page where that is more. So is each of the stretches
// that are wanted, where there are some.
class ChunkStream final : public arrow::io::InputStream {
 public:
  static constexpr uint64_t kWholeChunkBytes = uint64_t{4} << 20;
  static constexpr uint64_t kWindowBytes = uint64_t{1} << 20;

  ChunkStream(std::shared_ptr<ReadableFile> file, uint64_t begin, uint64_t end, MemoryBudget& budget)
      : file_(std::move(file)), budget_(budget), at_(begin), end_(end), window_begin_(begin), window_end_(begin) {}

  // Nothing outside these will be read, ascending: skip_to() passes it over. Before the first read.
  void want(std::vector<ByteRange> ranges) { wanted_ = std::move(ranges); }
  // To a place in the file. Invalid: it lies before the present one, or behind the end.
  arrow::Status skip_to(uint64_t at);
  uint64_t at() const { return at_; }

  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return static_cast<int64_t>(at_); }
  arrow::Result<int64_t> Read(int64_t nbytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t nbytes) override;
  arrow::Result<std::string_view> Peek(int64_t nbytes) override;
  bool supports_zero_copy() const override { return true; }

 private:
  // Makes the window hold the next `bytes`, or all up to the end of the chunk.
  arrow::Status load(uint64_t bytes);
  uint64_t stretch_end() const;  // of the wanted bytes at at_; at_: nobody wants them
  const uint8_t* window_at() const { return static_cast<const uint8_t*>(window_->data()) + (at_ - window_begin_); }

  const std::shared_ptr<ReadableFile> file_;
  MemoryBudget& budget_;
  uint64_t at_;
  const uint64_t end_;
  std::vector<ByteRange> wanted_;  // empty: all
  std::shared_ptr<Buffer> window_;
  uint64_t window_begin_, window_end_;  // in the file
  bool closed_ = false;
};

}  // namespace headrace::parquet_in
