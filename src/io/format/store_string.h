// io/format/store_string.h — views of text, made without branches on their lengths.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "types/string_ref.h"

namespace headrace {

// As StringRef's constructor, without a branch on the size; 16 bytes may be read at `at`.
inline void store_string(StringRef* to, const char* at, uint32_t size) {
  constexpr uint64_t kAll = ~uint64_t{0};
  // Of the first eight bytes, and of the four behind them.
  static constexpr uint64_t kFirst[] = {0,         0xFF, 0xFFFF, 0xFFFFFF, kAll >> 32, kAll >> 24, kAll >> 16,
                                        kAll >> 8, kAll, kAll,   kAll,     kAll,       kAll};
  static constexpr uint64_t kSecond[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFFFF, 0xFFFFFF, kAll >> 32};
  const uint32_t inlined = std::min(size, StringRef::kInlineBytesMax);
  uint64_t words[2];
  std::memcpy(words, at, 16);
  words[0] &= kFirst[inlined];
  words[1] &= kSecond[inlined];
  const uint64_t short_tail = words[0] >> 32 | words[1] << 32;
  const uint64_t is_long = size > StringRef::kInlineBytesMax ? kAll : 0;
  const uint64_t result[2] = {size | words[0] << 32,
                              (short_tail & ~is_long) | (reinterpret_cast<uint64_t>(at) & is_long)};
  std::memcpy(static_cast<void*>(to), result, 16);
}

}  // namespace headrace
