#include "io/format/parquet_footer.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include "io/arrow_file.h"

namespace headrace {
namespace {

constexpr uint64_t kTailBytes = uint64_t{64} << 10;  // read at once
constexpr uint64_t kEndBytes = 8;  // the footer's length, and "PAR1"
// The library makes some 700 bytes of each structure. Footers that people write have 25 bytes and more for one.
constexpr uint64_t kStructuresFree = 700'000;
constexpr uint64_t kStructureBytesMin = 12;

// Of thrift/doc/specs/thrift-compact-protocol.md.
class Walk {
 public:
  explicit Walk(std::span<const uint8_t> bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  uint64_t structures() const { return structures_; }

  bool skip_struct(int depth) {
    ++structures_;
    if (depth > kDepthMax) return false;
    for (;;) {
      if (at_ == end_) return false;
      const uint8_t header = *at_++;
      if (header == 0) return true;
      if (uint64_t field = 0; header >> 4 == 0 && !take_varint(field)) return false;
      const uint8_t type = header & 15;
      if (type != kTrue && type != kFalse && !skip(type, depth)) return false;
    }
  }

 private:
  static constexpr int kDepthMax = 32;
  enum Kind : uint8_t {
    kTrue = 1,
    kFalse,
    kByte,
    kInt16,
    kInt32,
    kInt64,
    kDouble,
    kBinary,
    kList,
    kSet,
    kMap,
    kStruct
  };

  bool skip(uint8_t type, int depth) {
    uint64_t size = 0;
    switch (type) {
      case kTrue:
      case kFalse:
      case kByte: return pass(1);
      case kInt16:
      case kInt32:
      case kInt64: return take_varint(size);
      case kDouble: return pass(8);
      case kBinary: return take_varint(size) && pass(size);
      case kList:
      case kSet: return skip_list(depth + 1);
      case kMap: return skip_map(depth + 1);
      case kStruct: return skip_struct(depth + 1);
      default: return false;
    }
  }
  bool skip_list(int depth) {
    if (at_ == end_) return false;
    const uint8_t header = *at_++;
    uint64_t size = header >> 4;
    if (size == 15 && !take_varint(size)) return false;
    for (; size > 0; --size)
      if (!skip(header & 15, depth)) return false;
    return true;
  }
  bool skip_map(int depth) {
    uint64_t size = 0;
    if (!take_varint(size)) return false;
    if (size == 0) return true;
    if (at_ == end_) return false;
    const uint8_t types = *at_++;
    for (; size > 0; --size)
      if (!skip(types >> 4, depth) || !skip(types & 15, depth)) return false;
    return true;
  }
  bool pass(uint64_t bytes) {
    if (bytes > static_cast<uint64_t>(end_ - at_)) return false;
    at_ += bytes;
    return true;
  }
  bool take_varint(uint64_t& number) {
    number = 0;
    for (uint32_t shift = 0; shift < 64 && at_ < end_; shift += 7) {
      const uint8_t byte = *at_++;
      number |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  const uint8_t* at_;
  const uint8_t* const end_;
  uint64_t structures_ = 0;
};

arrow::Result<std::string> bytes_at(ReadableFile& file, uint64_t offset, uint64_t count) {
  std::string bytes(count, '\0');
  const Result<uint64_t> got = file.read_at(offset, bytes);
  if (!got.ok()) return arrow::Status::IOError(got.error().message);
  bytes.resize(got.value());
  return bytes;
}

}  // namespace

uint64_t count_thrift_structures(std::span<const uint8_t> bytes) {
  Walk walk(bytes);
  walk.skip_struct(0);
  return walk.structures();
}

arrow::Result<std::shared_ptr<parquet::FileMetaData>> read_parquet_footer(const std::shared_ptr<ReadableFile>& file,
                                                                          arrow::MemoryPool* pool) {
  const uint64_t size = file->size_bytes(), tail_bytes = std::min(size, kTailBytes);
  ARROW_ASSIGN_OR_RAISE(std::string tail, bytes_at(*file, size - tail_bytes, tail_bytes));
  uint32_t length = 0;
  if (tail.size() >= kEndBytes) std::memcpy(&length, tail.data() + tail.size() - kEndBytes, sizeof length);
  const bool known = tail.size() == tail_bytes && tail.ends_with("PAR1") && length <= size - kEndBytes;
  const parquet::ReaderProperties properties(pool);
  // Another end: the library knows the other forms, and says what is wrong.
  if (!known)
    return parquet::ParquetFileReader::Open(std::make_shared<WorldInputFile>(file, pool), properties)->metadata();
  if (length > tail_bytes - kEndBytes) {
    const uint64_t front_bytes = length + kEndBytes - tail_bytes;
    ARROW_ASSIGN_OR_RAISE(std::string front, bytes_at(*file, size - kEndBytes - length, front_bytes));
    if (front.size() != front_bytes) return arrow::Status::Invalid("the file ends inside its footer");
    tail.insert(0, front);
  }
  const auto* begin = reinterpret_cast<const uint8_t*>(tail.data()) + tail.size() - kEndBytes - length;
  const uint64_t structures = count_thrift_structures({begin, length});
  if (structures > kStructuresFree && length / structures < kStructureBytesMin)
    return arrow::Status::Invalid("a footer of ", length, " bytes claims ", structures, " structures, in fewer than ",
                                  kStructureBytesMin, " bytes each");
  return parquet::FileMetaData::Make(begin, int64_t{length}, properties);
}

}  // namespace headrace
