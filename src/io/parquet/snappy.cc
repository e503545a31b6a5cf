// A stream is its size, then elements: bytes that follow (literals), or bytes that were made before (copies). Most are of a few bytes;
// those are moved 16 at a time, more than they say, as long as both ends are far enough away.
#include "io/parquet/snappy.h"

#include <array>
#include <cstring>

namespace headrace::parquet_in {
namespace {

// A tag's low two bits; the others: copies with offsets of two and four bytes.
constexpr uint32_t kLiteral = 0, kNearCopy = 1, kMiddleCopy = 2;
constexpr size_t kShortBytes = 16;
// What one turn of the fast loop may read and write: a literal's tag and 16 bytes, a copy's tag and offset; 16 bytes, then a copy of 64.
constexpr ptrdiff_t kTurnReads = 32, kTurnWrites = 96;

// By offset, for copies that repeat fewer than eight bytes: the least multiple that is eight or more.
constexpr std::array<uint8_t, 8> kRepeated = {0, 8, 8, 9, 8, 10, 12, 14};

struct CopyTag {
  uint8_t size = 0;
  uint8_t tag_bytes = 0;  // with the offset's
  uint16_t offset_high = 0;
  uint32_t offset_mask = 0;
};
constexpr std::array<CopyTag, 256> kCopyTags = [] {
  std::array<CopyTag, 256> tags{};
  for (uint32_t tag = 0; tag < 256; ++tag) {
    if ((tag & 3) == kNearCopy)
      tags[tag] = {static_cast<uint8_t>(4 + (tag >> 2 & 7)), 2, static_cast<uint16_t>(tag >> 5 << 8), 0xff};
    else if ((tag & 3) == kMiddleCopy)
      tags[tag] = {static_cast<uint8_t>((tag >> 2) + 1), 3, 0, 0xffff};
    else
      tags[tag] = {static_cast<uint8_t>((tag >> 2) + 1), 5, 0, 0xffff'ffff};
  }
  return tags;
}();

template <class T>
T load(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
void move_8(uint8_t* to, const uint8_t* from) {
  const auto value = load<uint64_t>(from);
  std::memcpy(to, &value, sizeof value);
}

// Writes up to seven bytes more than `size`, which is 1 to 64.
void copy_near_end(uint8_t* to, size_t offset, size_t size) {
  const uint8_t* from = to - offset;
  size_t done = 0;
  if (offset < 8) {
    for (; done < 8; ++done) to[done] = from[done];
    from = to - kRepeated[offset];
  }
  for (; done < size; done += 8) move_8(to + done, from + done);
}

class Decompressor {
 public:
  Decompressor(std::span<const uint8_t> from, std::span<uint8_t> to)
      : in_(from.data()), in_end_(in_ + from.size()), begin_(to.data()), out_(begin_), out_end_(begin_ + to.size()) {}

  bool run() {
    if (!take_size()) return false;
    while (in_ < in_end_) {
      if (!run_fast()) return false;
      if (in_ < in_end_ && !run_one()) return false;
    }
    return out_ == out_end_;
  }

 private:
  bool take_size() {
    uint64_t size = 0;
    for (uint32_t shift = 0; shift < 35; shift += 7) {
      if (in_ == in_end_) return false;
      size |= uint64_t{*in_ & 0x7fu} << shift;
      if (*in_++ < 0x80) return size == static_cast<uint64_t>(out_end_ - begin_);
    }
    return false;
  }

  // Elements one after the other, until one is rare or an end is near: run_one goes on. False: an offset is none.
  bool run_fast() {
    const uint8_t* in = in_;
    uint8_t* out = out_;
    bool good = true;
    while (in_end_ - in >= kTurnReads && out_end_ - out >= kTurnWrites) {
      uint32_t tag = *in;
      if ((tag & 3) == kLiteral) {
        const size_t size = (tag >> 2) + 1;
        if (size > kShortBytes) break;
        std::memcpy(out, in + 1, kShortBytes);
        in += 1 + size;
        out += size;
        tag = *in;
        if ((tag & 3) == kLiteral) continue;
      }
      const CopyTag copy = kCopyTags[tag];
      const size_t offset = copy.offset_high | (load<uint32_t>(in + 1) & copy.offset_mask);
      good = offset - 1 < static_cast<size_t>(out - begin_);  // zero is none, either
      if (!good) break;
      if (offset >= 8 && copy.size <= kShortBytes) {
        move_8(out, out - offset);
        move_8(out + 8, out + 8 - offset);
      } else {
        copy_near_end(out, offset, copy.size);
      }
      in += copy.tag_bytes;
      out += copy.size;
    }
    in_ = in;
    out_ = out;
    return good;
  }

  // The element at in_, wherever it is and whatever it says.
  bool run_one() {
    const uint32_t tag = *in_++;
    size_t size = (tag >> 2) + 1;
    if ((tag & 3) == kLiteral) {
      if (size > 60) {
        uint32_t longer = 0;
        if (!take(size - 60, longer)) return false;
        size = uint64_t{longer} + 1;
      }
      if (size > left_in() || size > left_out()) return false;
      std::memcpy(out_, in_, size);
      in_ += size;
    } else {
      const CopyTag copy = kCopyTags[tag];
      size = copy.size;
      uint32_t offset = copy.offset_high;
      if (!take(copy.tag_bytes - 1u, offset)) return false;
      if (offset == 0 || offset > static_cast<uint64_t>(out_ - begin_) || size > left_out()) return false;
      for (size_t i = 0; i < size; ++i) out_[i] = (out_ - offset)[i];
    }
    out_ += size;
    return true;
  }

  size_t left_in() const { return static_cast<size_t>(in_end_ - in_); }
  size_t left_out() const { return static_cast<size_t>(out_end_ - out_); }
  // A number of 1 to 4 bytes, the lowest first.
  bool take(size_t bytes, uint32_t& number) {
    if (bytes > left_in()) return false;
    for (size_t i = 0; i < bytes; ++i) number |= uint32_t{*in_++} << (8 * i);
    return true;
  }

  const uint8_t* in_;
  const uint8_t* in_end_;
  uint8_t* begin_;
  uint8_t* out_;
  uint8_t* out_end_;
};

}  // namespace

bool decompress_snappy(std::span<const uint8_t> from, std::span<uint8_t> to) { return Decompressor(from, to).run(); }

}  // namespace headrace::parquet_in
