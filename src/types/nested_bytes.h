// types/nested_bytes.h — the bytes of a nested value, walked field by field; types/nested_value.h says what they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "types/ordered_bytes.h"
#include "types/string_ref.h"

namespace headrace {

inline constexpr char kNestedEnd = 0, kNestedValid = 1, kNestedNull = 2;

// The end of one field's bytes (behind its marker), for a letter of nested_shape: at most `end`, whatever the bytes are.
inline const char* skip_nested_field(char letter, const char* at, const char* end) {
  ptrdiff_t bytes = 0;
  switch (letter) {
    case '1': bytes = 1; break;
    case '2': bytes = 2; break;
    case '4': bytes = 4; break;
    case '8': bytes = 8; break;
    case 'g': bytes = 16; break;
    case 'i': bytes = 24; break;
    default: break;
  }
  if (bytes > 0) return end - at >= bytes ? at + bytes : end;
  while (end - at >= 2) {
    if (*at != 0) {
      ++at;
    } else if (at[1] == 0) {
      return at + 2;
    } else {
      at += 2;
    }
  }
  return end;
}

// Bytes that append_nested_text puts for `text`.
inline uint64_t nested_text_bytes(std::string_view text) {
  uint64_t bytes = text.size() + 2;
  for (const char byte : text) bytes += byte == 0 ? 1 : 0;
  return bytes;
}
inline char* write_nested_text(std::string_view text, char* to) {
  for (const char byte : text) {
    *to++ = byte;
    if (byte == 0) *to++ = static_cast<char>(0xff);
  }
  *to++ = 0;
  *to++ = 0;
  return to;
}
// The text behind `from`, which skip_nested_field ends at `end` >= from + 2, into room for end - from bytes; returns its size.
inline uint32_t read_nested_text(const char* from, const char* end, char* to) {
  const char* const begin = to;
  for (end -= 2; from < end; ++from) {
    *to++ = *from;
    if (*from == 0) ++from;
  }
  return static_cast<uint32_t>(to - begin);
}

}  // namespace headrace
