#include "io/parquet/delta_reader.h"

#include <algorithm>

#include "io/parquet/raw_reader.h"
#include "io/parquet/unpack.h"

namespace headrace::parquet_in {
namespace {

// Writers take 32 to 256; a damaged head could ask for any amount of memory.
constexpr uint64_t kMiniblockValuesMax = 65'536;

}  // namespace

bool DeltaReader::varint(uint64_t& value) {
  value = 0;
  for (uint32_t shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) return false;
    const uint8_t byte = *at_++;
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool DeltaReader::zigzag(uint64_t& value) {
  if (!varint(value)) return false;
  value = value >> 1 ^ (~(value & 1) + 1);
  return true;
}

Result<DeltaReader> DeltaReader::open(std::span<const uint8_t> bytes, uint64_t values_max) {
  DeltaReader reader;
  reader.at_ = bytes.data();
  reader.end_ = bytes.data() + bytes.size();
  uint64_t block = 0, miniblocks = 0;
  if (!reader.varint(block) || !reader.varint(miniblocks) || !reader.varint(reader.count_) ||
      !reader.zigzag(reader.last_))
    return ended_page();
  if (miniblocks == 0 || miniblocks > 4'096 || block % miniblocks != 0 || block / miniblocks % 8 != 0 ||
      block / miniblocks == 0 || block / miniblocks > kMiniblockValuesMax)
    return damaged_page("delta encoded values have blocks of an impossible size");
  if (reader.count_ > values_max) return damaged_page("delta encoded values are more than their page has");
  reader.miniblocks_ = reader.miniblock_ = static_cast<uint32_t>(miniblocks);
  reader.differences_.resize(block / miniblocks);
  reader.next_ = reader.differences_.size();
  return reader;
}

bool DeltaReader::begin_miniblock() {
  if (miniblock_ == miniblocks_) {
    if (!zigzag(least_) || static_cast<uint64_t>(end_ - at_) < miniblocks_) return false;
    widths_ = at_;
    at_ += miniblocks_;
    miniblock_ = 0;
  }
  const uint32_t bits = widths_[miniblock_++];
  const uint64_t bytes = differences_.size() / 8 * bits;
  // Some writers cut the last miniblock behind the last value.
  const uint64_t wanted = std::min<uint64_t>(differences_.size(), count_ - read_);
  const auto room = static_cast<uint64_t>(end_ - at_);
  if (bits > 64 || (wanted * bits + 7) / 8 > room) return false;
  unpack(at_, bits, static_cast<uint32_t>(wanted), differences_.data());
  at_ += std::min(bytes, room);
  next_ = 0;
  return true;
}

template <class Take>
bool DeltaReader::take(uint64_t count, Take&& take) {
  if (count > count_ - read_) return false;
  if (count > 0 && first_) {
    first_ = false;
    take(last_);
    ++read_;
    --count;
  }
  while (count > 0) {
    if (next_ == differences_.size() && !begin_miniblock()) return false;
    const uint64_t now = std::min(count, differences_.size() - next_);
    for (uint64_t i = 0; i < now; ++i) {
      last_ += least_ + differences_[next_ + i];
      take(last_);
    }
    next_ += now;
    read_ += now;
    count -= now;
  }
  return true;
}

template <class T>
bool DeltaReader::read(T* out, uint64_t count) {
  return take(count, [&](uint64_t value) { *out++ = static_cast<T>(value); });
}
template bool DeltaReader::read(int32_t*, uint64_t);
template bool DeltaReader::read(int64_t*, uint64_t);

bool DeltaReader::skip(uint64_t count) {
  return take(count, [](uint64_t) {});
}

}  // namespace headrace::parquet_in
