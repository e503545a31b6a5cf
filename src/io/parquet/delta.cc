// DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY.
#include <algorithm>
#include <cstring>

#include "base/limits.h"
#include "io/parquet/delta_reader.h"
#include "io/parquet/raw_reader.h"
#include "io/parquet/unpack.h"
#include "state/buffer.h"
#include "types/string_ref.h"

namespace headrace::parquet_in {
namespace {

template <class T>
class DeltaIntegers final : public RawReader {
 public:
  explicit DeltaIntegers(DeltaReader reader) : reader_(std::move(reader)) {}
  Result<RawValues> next(uint32_t count) override {
    if (!reader_.read(values_, count)) return ended_page();
    return RawValues{values_};
  }
  Status skip(uint64_t count) override { return reader_.skip(count) ? kDone : Status(ended_page()); }

 private:
  DeltaReader reader_;
  T values_[limits::kVectorRowsMax];
};

// All of a list of delta encoded lengths, and where the bytes behind it begin.
struct Lengths {
  std::shared_ptr<Buffer> values;
  uint64_t count = 0;
  std::span<const uint8_t> rest;
  int32_t at(uint64_t i) const { return static_cast<const int32_t*>(values->data())[i]; }
};

Result<Lengths> read_lengths(std::span<const uint8_t> bytes, const RawInput& input) {
  TRY(reader, DeltaReader::open(bytes, input.values_max));
  Lengths lengths;
  lengths.count = reader.count();
  TRY(values, input.memory.allocate(std::max<uint64_t>(lengths.count, 1) * sizeof(int32_t)));
  lengths.values = values;
  auto* to = static_cast<int32_t*>(values->data());
  if (!reader.read(to, lengths.count)) return ended_page();
  if (std::any_of(to, to + lengths.count, [](int32_t length) { return length < 0; }))
    return damaged_page("a delta encoded length is negative");
  lengths.rest = bytes.subspan(static_cast<size_t>(reader.end_of_values() - bytes.data()));
  return lengths;
}

class DeltaLength final : public RawReader {
 public:
  explicit DeltaLength(Lengths lengths) : lengths_(std::move(lengths)), at_(lengths_.rest) {}
  Result<RawValues> next(uint32_t count) override {
    if (count > lengths_.count - read_) return ended_page();
    for (uint32_t i = 0; i < count; ++i) {
      const auto size = static_cast<uint32_t>(lengths_.at(read_ + i));
      if (size > at_.size()) return ended_page();
      new (&values_[i]) StringRef(reinterpret_cast<const char*>(at_.data()), size);
      at_ = at_.subspan(size);
    }
    read_ += count;
    return RawValues{values_};
  }
  Status skip(uint64_t count) override {
    if (count > lengths_.count - read_) return ended_page();
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < count; ++i) bytes += static_cast<uint64_t>(lengths_.at(read_ + i));
    if (bytes > at_.size()) return ended_page();
    at_ = at_.subspan(bytes);
    read_ += count;
    return kDone;
  }

 private:
  const Lengths lengths_;
  std::span<const uint8_t> at_;
  uint64_t read_ = 0;
  StringRef values_[limits::kVectorRowsMax];
};

// Each value begins with as many bytes of the one before it as its prefix length says.
class DeltaBytes final : public RawReader {
 public:
  DeltaBytes(Lengths prefixes, Lengths suffixes, const RawInput& input)
      : prefixes_(std::move(prefixes)),
        suffixes_(std::move(suffixes)),
        at_(suffixes_.rest),
        fixed_bytes_(input.leaf.physical == Physical::kFixed ? input.leaf.fixed_bytes : 0),
        is_fixed_(input.leaf.physical == Physical::kFixed),
        memory_(input.memory) {}

  Result<RawValues> next(uint32_t count) override {
    TRY(bytes, bytes_of(count));
    if (bytes > kBatchBytesMax)
      return Error{ErrorCode::kLimit, "delta encoded texts of one batch have more than 1 GiB", "",
                   "write the file with another encoding"};
    TRY(room, memory_.allocate(std::max<uint64_t>(bytes, 1)));
    auto* to = static_cast<char*>(room->data());
    for (uint32_t i = 0; i < count; ++i) {
      const uint64_t prefix = static_cast<uint64_t>(prefixes_.at(read_)),
                     suffix = static_cast<uint64_t>(suffixes_.at(read_));
      if (prefix > 0) std::memcpy(to, last_, prefix);
      if (suffix > 0) std::memcpy(to + prefix, at_.data(), suffix);
      at_ = at_.subspan(suffix);
      last_ = to;
      last_bytes_ = prefix + suffix;
      values_[i] = StringRef(to, static_cast<uint32_t>(last_bytes_));
      to += last_bytes_;
      ++read_;
    }
    last_owner_ = room;
    if (is_fixed_) return RawValues{room->data(), false, room};
    return RawValues{values_, false, room};
  }
  Status skip(uint64_t count) override {
    for (uint64_t left = count; left > 0;) {
      const auto now = static_cast<uint32_t>(std::min<uint64_t>(left, limits::kVectorRowsMax));
      const Result<RawValues> skipped = next(now);
      if (!skipped.ok()) return skipped.error();
      left -= now;
    }
    return kDone;
  }

 private:
  static constexpr uint64_t kBatchBytesMax = uint64_t{1} << 30;

  // Of the next `count` values; checks all their lengths.
  Result<uint64_t> bytes_of(uint32_t count) const {
    if (count > prefixes_.count - read_ || count > suffixes_.count - read_) return ended_page();
    uint64_t before = last_bytes_, all = 0, suffixes = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const uint64_t prefix = static_cast<uint64_t>(prefixes_.at(read_ + i)),
                     suffix = static_cast<uint64_t>(suffixes_.at(read_ + i));
      if (prefix > before) return damaged_page("a delta encoded text shares more bytes than the text before it has");
      before = prefix + suffix;
      if (is_fixed_ && before != fixed_bytes_) return damaged_page("a fixed-size value has another size");
      suffixes += suffix;
      all += before;
    }
    if (suffixes > at_.size()) return ended_page();
    return all;
  }

  const Lengths prefixes_, suffixes_;
  std::span<const uint8_t> at_;
  const uint32_t fixed_bytes_;
  const bool is_fixed_;
  const PageMemory memory_;
  uint64_t read_ = 0;
  const char* last_ = nullptr;
  uint64_t last_bytes_ = 0;
  std::shared_ptr<const void> last_owner_;
  StringRef values_[limits::kVectorRowsMax];
};

}  // namespace

RawResult make_delta_integers(const RawInput& input) {
  TRY(reader, DeltaReader::open(input.bytes, input.values_max));
  if (input.leaf.physical == Physical::k32) return std::make_unique<DeltaIntegers<int32_t>>(std::move(reader));
  return std::make_unique<DeltaIntegers<int64_t>>(std::move(reader));
}

RawResult make_delta_length(const RawInput& input) {
  TRY(lengths, read_lengths(input.bytes, input));
  return std::make_unique<DeltaLength>(std::move(lengths));
}

RawResult make_delta_bytes(const RawInput& input) {
  TRY(prefixes, read_lengths(input.bytes, input));
  TRY(suffixes, read_lengths(prefixes.rest, input));
  return std::make_unique<DeltaBytes>(std::move(prefixes), std::move(suffixes), input);
}

}  // namespace headrace::parquet_in
