#include "io/byte_ranges.h"

#include <algorithm>

namespace headrace {

uint64_t bytes_of(const std::vector<ByteRange>& ranges) {
  uint64_t bytes = 0;
  for (const ByteRange& range : ranges) bytes += range.bytes();
  return bytes;
}

std::optional<ByteRange> range_inside(int64_t offset, int64_t length, uint64_t file_bytes) {
  if (offset < 0 || length <= 0) return std::nullopt;
  const auto begin = static_cast<uint64_t>(offset), bytes = static_cast<uint64_t>(length);
  if (begin >= file_bytes || bytes > file_bytes - begin) return std::nullopt;
  return ByteRange{begin, begin + bytes};
}

std::vector<ByteRange> merged_ranges(std::vector<ByteRange> wanted, uint64_t gap_bytes_max, uint64_t bytes_max) {
  std::erase_if(wanted, [](const ByteRange& range) { return range.begin >= range.end; });
  std::ranges::sort(wanted, {}, &ByteRange::begin);
  std::vector<ByteRange> merged;
  for (const ByteRange& range : wanted) {
    if (!merged.empty()) {
      ByteRange& last = merged.back();
      const bool overlaps = range.begin < last.end;
      const bool near = overlaps || range.begin - last.end <= gap_bytes_max;
      const uint64_t end = std::max(last.end, range.end);
      if (overlaps || (near && end - last.begin <= bytes_max)) {
        last.end = end;
        continue;
      }
    }
    merged.push_back(range);
  }
  return merged;
}

}  // namespace headrace
