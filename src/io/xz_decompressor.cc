#include "io/xz_decompressor.h"

#include <algorithm>

#include <lzma.h>

#include "base/limits.h"

namespace headrace {
namespace {

class XzDecompressor final : public arrow::util::Decompressor {
 public:
  XzDecompressor(uint64_t memory_bytes_max, Reservation& reservation)
      : memory_bytes_max_(memory_bytes_max), reservation_(reservation) {}
  ~XzDecompressor() override { lzma_end(&stream_); }
  XzDecompressor(const XzDecompressor&) = delete;
  XzDecompressor& operator=(const XzDecompressor&) = delete;

  arrow::Status Reset() override {
    finished_ = false;
    if (lzma_stream_decoder(&stream_, std::max(reservation_.bytes(), limits::kSmallAllocationBytes), 0) != LZMA_OK)
      return arrow::Status::OutOfMemory("the operating system has no memory left");
    return arrow::Status::OK();
  }
  arrow::Result<DecompressResult> Decompress(int64_t input_len, const uint8_t* input, int64_t output_len,
                                             uint8_t* output) override {
    stream_.next_in = input;
    stream_.avail_in = static_cast<size_t>(input_len);
    stream_.next_out = output;
    stream_.avail_out = static_cast<size_t>(output_len);
    lzma_ret done = lzma_code(&stream_, LZMA_RUN);
    // It stops in front of a block that needs more than it may take, and says how much that is.
    while (done == LZMA_MEMLIMIT_ERROR && lzma_memusage(&stream_) <= memory_bytes_max_) {
      if (!take_memory(lzma_memusage(&stream_))) return arrow::Status::CapacityError("the budget");
      done = lzma_code(&stream_, LZMA_RUN);
    }
    if (done == LZMA_STREAM_END)
      finished_ = true;
    else if (done == LZMA_MEMLIMIT_ERROR)
      return arrow::Status::Invalid("its dictionary is larger than ", memory_bytes_max_ >> 20, " MiB");
    else if (done != LZMA_OK && done != LZMA_BUF_ERROR)
      return arrow::Status::Invalid(done == LZMA_FORMAT_ERROR ? "these are no xz bytes" : "its bytes are damaged");
    const auto read = input_len - static_cast<int64_t>(stream_.avail_in);
    const auto written = output_len - static_cast<int64_t>(stream_.avail_out);
    return DecompressResult{read, written, !finished_ && stream_.avail_in > 0 && stream_.avail_out > 0 && written == 0};
  }
  bool IsFinished() override { return finished_; }

 private:
  // In all. False: the budget has it not.
  bool take_memory(uint64_t bytes) {
    if (bytes > reservation_.bytes() && !reservation_.grow(bytes - reservation_.bytes()).ok()) return false;
    return lzma_memlimit_set(&stream_, bytes) == LZMA_OK;
  }

  const uint64_t memory_bytes_max_;
  Reservation& reservation_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool finished_ = false;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::util::Decompressor>> make_xz_decompressor(uint64_t memory_bytes_max,
                                                                               Reservation& reservation) {
  auto made = std::make_shared<XzDecompressor>(memory_bytes_max, reservation);
  if (const arrow::Status ready = made->Reset(); !ready.ok()) return ready;
  return std::shared_ptr<arrow::util::Decompressor>(std::move(made));
}

}  // namespace headrace
