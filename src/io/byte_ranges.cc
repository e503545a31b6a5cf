#include "io/byte_ranges.h"

#include <algorithm>

namespace headrace {

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
