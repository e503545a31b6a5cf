// PLAIN: values one behind the other; booleans as bits, byte arrays behind their length in four bytes. RLE of booleans.
#include <cstring>

#include "base/limits.h"
#include "io/parquet/hybrid.h"
#include "io/parquet/raw_reader.h"
#include "io/parquet/unpack.h"
#include "types/string_ref.h"

namespace headrace::parquet_in {
namespace {

class FixedValues final : public RawReader {
 public:
  FixedValues(std::span<const uint8_t> bytes, uint32_t width) : at_(bytes.data()), width_(width) {
    left_ = width == 0 ? ~uint64_t{0} : bytes.size() / width;
  }
  Result<RawValues> next(uint32_t count) override {
    const uint8_t* from = at_;
    TRY_STATUS(skip(count));
    return RawValues{from, true};
  }
  Status skip(uint64_t count) override {
    if (count > left_) return ended_page();
    left_ -= count;
    at_ += count * width_;
    return kDone;
  }

 private:
  const uint8_t* at_;
  uint64_t left_;  // values
  const uint32_t width_;
};

class Bits final : public RawReader {
 public:
  explicit Bits(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  Result<RawValues> next(uint32_t count) override {
    const uint64_t first = bit_;
    TRY_STATUS(skip(count));
    unpack_bits(bytes_.data(), first, count, values_);
    return RawValues{values_};
  }
  Status skip(uint64_t count) override {
    if (count > bytes_.size() * 8 - bit_) return ended_page();
    bit_ += count;
    return kDone;
  }

 private:
  const std::span<const uint8_t> bytes_;
  uint64_t bit_ = 0;
  uint8_t values_[limits::kVectorRowsMax];
};

class RleBools final : public RawReader {
 public:
  explicit RleBools(std::span<const uint8_t> bytes) : runs_(bytes, 1) {}
  Result<RawValues> next(uint32_t count) override {
    if (!runs_.read_bits(values_, count)) return ended_page();
    return RawValues{values_};
  }
  Status skip(uint64_t count) override { return runs_.skip(count) ? kDone : Status(ended_page()); }

 private:
  HybridReader runs_;
  uint8_t values_[limits::kVectorRowsMax];
};

class ByteArrays final : public RawReader {
 public:
  explicit ByteArrays(std::span<const uint8_t> bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  Result<RawValues> next(uint32_t count) override {
    const uint8_t* at = at_;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t size = size_at(at);
      if (!fits(at, size)) return ended_page();
      new (&values_[i]) StringRef(reinterpret_cast<const char*>(at) + 4, size);
      at += 4 + uint64_t{size};
    }
    at_ = at;
    return RawValues{values_};
  }
  Status skip(uint64_t count) override {
    for (uint64_t i = 0; i < count; ++i) {
      const uint32_t size = size_at(at_);
      if (!fits(at_, size)) return ended_page();
      at_ += 4 + uint64_t{size};
    }
    return kDone;
  }

 private:
  static uint32_t size_at(const uint8_t* at) {
    uint32_t size;
    std::memcpy(&size, at, sizeof size);  // perhaps padding: fits() tells
    return size;
  }
  bool fits(const uint8_t* at, uint32_t size) const { return uint64_t{size} + 4 <= static_cast<uint64_t>(end_ - at); }

  const uint8_t* at_;
  const uint8_t* const end_;
  StringRef values_[limits::kVectorRowsMax];
};

}  // namespace

RawResult make_plain(const RawInput& input) {
  switch (input.leaf.physical) {
    case Physical::kBool: return std::make_unique<Bits>(input.bytes);
    case Physical::kBytes: return std::make_unique<ByteArrays>(input.bytes);
    default: return std::make_unique<FixedValues>(input.bytes, raw_bytes(input.leaf));
  }
}

RawResult make_rle_bools(const RawInput& input) {
  uint32_t size = 0;
  if (input.bytes.size() < sizeof size) return ended_page();
  std::memcpy(&size, input.bytes.data(), sizeof size);
  if (size > input.bytes.size() - sizeof size) return ended_page();
  return std::make_unique<RleBools>(input.bytes.subspan(sizeof size, size));
}

}  // namespace headrace::parquet_in
