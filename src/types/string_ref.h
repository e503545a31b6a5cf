// types/string_ref.h — a 16-byte view of UTF-8 bytes: length and a 4-byte prefix beside the pointer, short strings inside.
// Layout as in Neumann & Freitag, "Umbra", CIDR 2020. The bytes belong to whoever owns the vector.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace headrace {

struct StringRef {
  static constexpr uint32_t kInlineBytesMax = 12;

  uint32_t size = 0;
  char head[4] = {0, 0, 0, 0};  // the first bytes, zero-padded
  union {
    char tail[8];  // size <= 12: bytes 4..11, zero-padded
    const char* pointer;  // size > 12: all bytes
  };

  StringRef() : tail{0, 0, 0, 0, 0, 0, 0, 0} {}
  StringRef(const char* data, uint32_t bytes) : size(bytes), tail{0, 0, 0, 0, 0, 0, 0, 0} {
    if (bytes <= kInlineBytesMax) {
      char short_bytes[kInlineBytesMax] = {};
      if (bytes > 0) std::memcpy(short_bytes, data, bytes);
      std::memcpy(head, short_bytes, 4);
      std::memcpy(tail, short_bytes + 4, 8);
    } else {
      std::memcpy(head, data, 4);
      pointer = data;
    }
  }
  explicit StringRef(std::string_view text) : StringRef(text.data(), static_cast<uint32_t>(text.size())) {}

  bool is_inline() const { return size <= kInlineBytesMax; }
  // Valid as long as this StringRef (short) or its owner (long) lives.
  const char* data() const { return is_inline() ? reinterpret_cast<const char*>(this) + 4 : pointer; }
  std::string_view view() const { return {data(), size}; }
};
static_assert(sizeof(StringRef) == 16 && alignof(StringRef) == 8);

inline bool operator==(const StringRef& left, const StringRef& right) {
  uint64_t left_word, right_word;  // size and head at once
  std::memcpy(&left_word, &left, 8);
  std::memcpy(&right_word, &right, 8);
  if (left_word != right_word) return false;
  if (left.is_inline()) return std::memcmp(left.tail, right.tail, 8) == 0;
  return std::memcmp(left.pointer, right.pointer, left.size) == 0;
}

// Order of bytes, which is the order of code points. Negative, zero or positive.
inline int compare(const StringRef& left, const StringRef& right) {
  const uint32_t shared = left.size < right.size ? left.size : right.size;
  const int order = std::memcmp(left.data(), right.data(), shared);
  if (order != 0) return order;
  return left.size < right.size ? -1 : (left.size > right.size ? 1 : 0);
}

}  // namespace headrace
