// BYTE_STREAM_SPLIT: first bytes of all values, then all second bytes, and so on.
#include <algorithm>

#include "base/limits.h"
#include "io/parquet/raw_reader.h"

namespace headrace::parquet_in {
namespace {

class SplitValues final : public RawReader {
 public:
  SplitValues(std::span<const uint8_t> bytes, uint32_t width, const PageMemory& memory)
      : bytes_(bytes), width_(width), count_(bytes.size() / width), memory_(memory) {}

  Result<RawValues> next(uint32_t count) override {
    if (count > count_ - read_) return ended_page();
    // Binary values point into what was handed out before.
    if (values_ == nullptr || values_.use_count() > 1) {
      TRY(room, memory_.allocate(std::min<uint64_t>(count_, limits::kVectorRowsMax) * width_));
      values_ = room;
    }
    switch (width_) {
      case 4: join<4>(count); break;
      case 8: join<8>(count); break;
      default:
        for (uint32_t byte = 0; byte < width_; ++byte)
          for (uint32_t i = 0; i < count; ++i) joined()[uint64_t{i} * width_ + byte] = stream(byte)[i];
    }
    read_ += count;
    return RawValues{values_->data(), false, values_};
  }
  Status skip(uint64_t count) override {
    if (count > count_ - read_) return ended_page();
    read_ += count;
    return kDone;
  }

 private:
  uint8_t* joined() const { return static_cast<uint8_t*>(values_->data()); }
  const uint8_t* stream(uint32_t byte) const { return bytes_.data() + byte * count_ + read_; }
  template <uint32_t Width>
  void join(uint32_t count) {
    const uint8_t* streams[Width];
    for (uint32_t byte = 0; byte < Width; ++byte) streams[byte] = stream(byte);
    uint8_t* to = joined();
    for (uint32_t i = 0; i < count; ++i, to += Width)
      for (uint32_t byte = 0; byte < Width; ++byte) to[byte] = streams[byte][i];
  }

  const std::span<const uint8_t> bytes_;
  const uint32_t width_;
  const uint64_t count_;
  const PageMemory memory_;
  uint64_t read_ = 0;
  std::shared_ptr<Buffer> values_;
};

}  // namespace

RawResult make_byte_stream_split(const RawInput& input) {
  const uint32_t width = raw_bytes(input.leaf);
  if (width == 0) return make_plain(input);
  if (input.bytes.size() % width != 0) return damaged_page("byte streams of a data page have different lengths");
  return std::make_unique<SplitValues>(input.bytes, width, input.memory);
}

}  // namespace headrace::parquet_in
