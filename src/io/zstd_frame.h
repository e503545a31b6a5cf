// io/zstd_frame.h — what a frame of zstd says of itself before its first block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace headrace {

inline constexpr size_t kZstdHeaderBytesMax = 18;

// How far back the frame that `begin` begins with may refer, so how much of its content a decoder holds. Nothing: these bytes are no frame
// with content, or end in its header. Source: RFC 8878, 3.1.1.1.
std::optional<uint64_t> zstd_window_bytes(std::string_view begin);

}  // namespace headrace
