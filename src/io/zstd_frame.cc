#include "io/zstd_frame.h"

#include <algorithm>

namespace headrace {

std::optional<uint64_t> zstd_window_bytes(std::string_view begin) {
  constexpr std::string_view kMagic = "\x28\xB5\x2F\xFD";
  constexpr size_t kDictionaryBytes[] = {0, 1, 2, 4}, kContentBytes[] = {0, 2, 4, 8};
  if (!begin.starts_with(kMagic) || begin.size() == kMagic.size()) return std::nullopt;
  const auto byte = [&](size_t at) { return uint64_t{static_cast<unsigned char>(begin[at])}; };
  const uint64_t descriptor = byte(kMagic.size());
  const bool single_segment = (descriptor >> 5 & 1) != 0;  // all of the content is the window
  const size_t content_at = kMagic.size() + 1 + (single_segment ? 0 : 1) + kDictionaryBytes[descriptor & 3];
  const size_t content_bytes = descriptor >> 6 == 0 && single_segment ? 1 : kContentBytes[descriptor >> 6];
  if (begin.size() < content_at + content_bytes) return std::nullopt;
  uint64_t content = content_bytes == 2 ? 256 : 0;
  for (size_t i = 0; i < content_bytes; ++i) content += byte(content_at + i) << (8 * i);
  if (single_segment) return content;
  const uint64_t window = byte(kMagic.size() + 1);
  const uint64_t power = uint64_t{1} << (10 + (window >> 3));
  const uint64_t bytes = power + power / 8 * (window & 7);
  return content_bytes == 0 ? bytes : std::min(bytes, content);
}

}  // namespace headrace
