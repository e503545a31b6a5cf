// kernel/text/code_point.h — reading and writing code points of UTF-8. Bytes that are no valid UTF-8 are harmless: each stray
// byte counts as a code point of its own, with no number.
#pragma once

#include <cstdint>

namespace headrace::kernel {

struct CodePoint {
  uint32_t code;  // kNoCode: no valid sequence
  uint32_t bytes;  // at least 1
};
inline constexpr uint32_t kNoCode = 0xFFFFFFFF;

inline bool continues_code_point(const char* at) { return (static_cast<uint8_t>(*at) & 0xC0) == 0x80; }

// The code point at `at`; requires at < end. Overlong forms of two bytes and what is cut off are no sequences.
inline CodePoint decode(const char* at, const char* end) {
  const auto first = static_cast<uint8_t>(*at);
  if (first < 0x80) return {first, 1};
  const auto left = end - at;
  const auto low = [&](int byte, uint32_t mask) { return static_cast<uint8_t>(at[byte]) & mask; };
  if (first >= 0xC2 && first < 0xE0 && left >= 2 && continues_code_point(at + 1))
    return {low(0, 0x1F) << 6 | low(1, 0x3F), 2};
  if (first >= 0xE0 && first < 0xF0 && left >= 3 && continues_code_point(at + 1) && continues_code_point(at + 2))
    return {low(0, 0x0F) << 12 | low(1, 0x3F) << 6 | low(2, 0x3F), 3};
  if (first >= 0xF0 && first < 0xF5 && left >= 4 && continues_code_point(at + 1) && continues_code_point(at + 2) &&
      continues_code_point(at + 3))
    return {low(0, 0x07) << 18 | low(1, 0x3F) << 12 | low(2, 0x3F) << 6 | low(3, 0x3F), 4};
  return {kNoCode, 1};
}

// Requires code < 0x110000; writes at most 4 bytes and returns the end.
inline char* encode(uint32_t code, char* to) {
  if (code < 0x80) {
    *to++ = static_cast<char>(code);
    return to;
  }
  if (code < 0x800) {
    *to++ = static_cast<char>(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *to++ = static_cast<char>(0xE0 | code >> 12);
    } else {
      *to++ = static_cast<char>(0xF0 | code >> 18);
      *to++ = static_cast<char>(0x80 | (code >> 12 & 0x3F));
    }
    *to++ = static_cast<char>(0x80 | (code >> 6 & 0x3F));
  }
  *to++ = static_cast<char>(0x80 | (code & 0x3F));
  return to;
}

// Bytes of what counts as one code point at `at`: a first byte and all that continue it. Requires at < end.
inline uint32_t code_point_bytes(const char* at, const char* end) {
  const char* next = at + 1;
  while (next < end && continues_code_point(next)) ++next;
  return static_cast<uint32_t>(next - at);
}

}  // namespace headrace::kernel
