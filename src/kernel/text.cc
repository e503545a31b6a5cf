#include "kernel/text.h"

#include <algorithm>
#include <cstring>

#include "kernel/case_table.h"

namespace headrace::kernel {
namespace {

struct CodePoint {
  uint32_t code;
  uint32_t bytes;  // 0: no valid sequence begins here
};

bool continues(const char* at) { return (static_cast<uint8_t>(*at) & 0xC0) == 0x80; }

uint32_t low_bits(const char* at, uint32_t mask) { return static_cast<uint8_t>(*at) & mask; }

CodePoint decode(const char* at, const char* end) {
  const auto first = static_cast<uint8_t>(*at);
  const auto left = end - at;
  if (first < 0x80) return {first, 1};
  if (first >= 0xC2 && first < 0xE0 && left >= 2 && continues(at + 1)) {
    return {low_bits(at, 0x1F) << 6 | low_bits(at + 1, 0x3F), 2};
  }
  if (first >= 0xE0 && first < 0xF0 && left >= 3 && continues(at + 1) && continues(at + 2)) {
    return {low_bits(at, 0x0F) << 12 | low_bits(at + 1, 0x3F) << 6 | low_bits(at + 2, 0x3F), 3};
  }
  if (first >= 0xF0 && first < 0xF5 && left >= 4 && continues(at + 1) && continues(at + 2) && continues(at + 3)) {
    return {
        low_bits(at, 0x07) << 18 | low_bits(at + 1, 0x3F) << 12 | low_bits(at + 2, 0x3F) << 6 | low_bits(at + 3, 0x3F),
        4};
  }
  return {0, 0};
}

char* encode(uint32_t code, char* to) {
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

uint32_t other_case(uint32_t code, bool to_upper) {
  if (code < 0x80) {
    const uint32_t first = to_upper ? uint32_t{'a'} : uint32_t{'A'};
    return code - first < 26 ? code ^ 0x20 : code;
  }
  const CaseRun* begin = to_upper ? std::begin(kToUpper) : std::begin(kToLower);
  const CaseRun* end = to_upper ? std::end(kToUpper) : std::end(kToLower);
  const CaseRun* run =
      std::partition_point(begin, end, [&](const CaseRun& candidate) { return candidate.last < code; });
  if (run == end || code < run->first || (code - run->first) % run->step != 0) return code;
  return static_cast<uint32_t>(static_cast<int32_t>(code) + run->distance);
}

// Bytes of the code point that begins at `at`; stray bytes count alone.
uint32_t code_point_bytes(const char* at, const char* end) {
  const char* next = at + 1;
  while (next < end && continues(next)) ++next;
  return static_cast<uint32_t>(next - at);
}

}  // namespace

extern "C" uint64_t headrace_rt_map_case(const char* data, uint64_t size, bool to_upper, char* to) noexcept {
  const char* const end = data + size;
  const char* const begin = to;
  while (data < end) {
    const CodePoint point = decode(data, end);
    if (point.bytes == 0) {
      *to++ = *data++;
      continue;
    }
    to = encode(other_case(point.code, to_upper), to);
    data += point.bytes;
  }
  return static_cast<uint64_t>(to - begin);
}

// A literal run is found by memchr on its first byte; only a run with `_` in it is tried at every position. So the time is at
// most size * (longest run between two %), and linear in practice.
extern "C" bool headrace_rt_like(const char* text, uint64_t text_size, const char* pattern,
                                 uint64_t pattern_size) noexcept {
  const char* const text_end = text + text_size;
  const char* const pattern_end = pattern + pattern_size;
  const char* resume_pattern = nullptr;  // after the last %
  const char* resume_text = nullptr;  // where its run was last tried
  while (text < text_end || pattern < pattern_end) {
    if (pattern < pattern_end && *pattern == '%') {
      resume_pattern = ++pattern;
      if (pattern == pattern_end) return true;
      resume_text = text;
      continue;
    }
    if (pattern < pattern_end && text < text_end) {
      if (*pattern == '_') {
        text += code_point_bytes(text, text_end);
        ++pattern;
        continue;
      }
      if (*pattern == *text) {
        ++text;
        ++pattern;
        continue;
      }
    }
    if (resume_pattern == nullptr || resume_text >= text_end) return false;
    resume_text += code_point_bytes(resume_text, text_end);
    const char first = *resume_pattern;
    if (first != '_' && first != '%') {
      if (resume_text >= text_end) return false;
      resume_text =
          static_cast<const char*>(std::memchr(resume_text, first, static_cast<size_t>(text_end - resume_text)));
      if (resume_text == nullptr) return false;
    }
    text = resume_text;
    pattern = resume_pattern;
  }
  return true;
}

}  // namespace headrace::kernel
