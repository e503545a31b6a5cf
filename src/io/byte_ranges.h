// io/byte_ranges.h — stretches of a file, and which of them one request had better bring together.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace headrace {

// Bytes [begin, end) of a file.
struct ByteRange {
  uint64_t begin = 0, end = 0;
  uint64_t bytes() const { return end - begin; }
  bool holds(const ByteRange& part) const { return begin <= part.begin && part.end <= end; }
  bool operator==(const ByteRange&) const = default;
};

// Of ranges that are apart.
uint64_t bytes_of(const std::vector<ByteRange>& ranges);

// Where a file says that something lies; nullopt: not inside it, or nowhere.
std::optional<ByteRange> range_inside(int64_t offset, int64_t length, uint64_t file_bytes);

// The ranges that cover the `wanted` ones, ascending and apart: those with at most gap_bytes_max between them are one, as long as that has at
// most bytes_max; what overlaps is one in any case. Empty ones are left out. A gap costs its bytes, another request the time until its
// answer begins: so gap_bytes_max is the bytes that flow in this time (ReadableFile::gap_bytes_max).
std::vector<ByteRange> merged_ranges(std::vector<ByteRange> wanted, uint64_t gap_bytes_max, uint64_t bytes_max);

}  // namespace headrace
