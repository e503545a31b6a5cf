#include "kernel/text.h"

#include <algorithm>
#include <cstring>

#include "kernel/case_table.h"
#include "kernel/text/code_point.h"

namespace headrace::kernel {
namespace {

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

}  // namespace

extern "C" uint64_t headrace_rt_map_case(const char* data, uint64_t size, bool to_upper, char* to) noexcept {
  const char* const end = data + size;
  const char* const begin = to;
  while (data < end) {
    const CodePoint point = decode(data, end);
    if (point.code == kNoCode) {
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
