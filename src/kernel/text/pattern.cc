#include "kernel/text/pattern.h"

#include <cstring>

#include "kernel/text/code_point.h"

namespace headrace::kernel {

namespace {

// Where matching goes on behind the last "any text" when what follows it does not match.
struct Resume {
  const char* pattern = nullptr;
  const char* text = nullptr;
};

// The shape that LIKE and GLOB share: step(text, pattern) moves both over one element of the pattern, or says no;
// is_any_text(pattern) tells an element that matches any text, of one byte. Time: at most size * longest run between two.
template <class IsAnyText, class Step>
bool matches(const char* text, const char* text_end, const char* pattern, const char* pattern_end,
             IsAnyText&& is_any_text, Step&& step) {
  Resume resume;
  while (text < text_end || pattern < pattern_end) {
    if (pattern < pattern_end && is_any_text(pattern)) {
      resume = {++pattern, text};
      continue;
    }
    if (pattern < pattern_end && text < text_end && step(text, pattern)) continue;
    if (resume.pattern == nullptr || resume.text >= text_end) return false;
    resume.text += code_point_bytes(resume.text, text_end);
    text = resume.text;
    pattern = resume.pattern;
  }
  return true;
}

// Moves both over one code point when they begin with the same one.
bool same_code_point(const char*& text, const char* text_end, const char*& pattern, const char* pattern_end) {
  const uint32_t bytes = code_point_bytes(text, text_end);
  if (bytes != code_point_bytes(pattern, pattern_end) || std::memcmp(text, pattern, bytes) != 0) return false;
  text += bytes;
  pattern += bytes;
  return true;
}

// A set behind its opening bracket.
struct Set {
  const char* end = nullptr;  // behind the closing bracket; nullptr: never closed
  bool holds = false;
};
Set read_set(const char* at, const char* pattern_end, uint32_t code) {
  const bool negated = at < pattern_end && *at == '!';
  if (negated) ++at;
  bool found = false;
  for (bool first = true; at < pattern_end && (first || *at != ']'); first = false) {
    if (*at == '\\' && at + 1 < pattern_end) ++at;
    const CodePoint low = decode(at, pattern_end);
    at += low.bytes;
    uint32_t high = low.code;
    if (at + 1 < pattern_end && *at == '-' && at[1] != ']') {
      const CodePoint end = decode(at + 1, pattern_end);
      high = end.code;
      at += 1 + end.bytes;
    }
    found = found || (low.code <= code && code <= high);
  }
  if (at >= pattern_end) return {};
  return {at + 1, found != negated};
}

}  // namespace

bool like_escape(StringRef text, StringRef pattern, StringRef escape, Faults& faults) noexcept {
  const char* const text_end = text.data() + text.size;
  const char* const pattern_end = pattern.data() + pattern.size;
  const char* const escape_bytes = escape.data();
  const uint32_t escape_size = escape.size;
  const bool one = escape_size == 0 || code_point_bytes(escape_bytes, escape_bytes + escape_size) == escape_size;
  faults.add_if(Faults::kBadArgument, !one);
  if (!one) return false;
  const auto escapes = [&](const char* at) {
    return escape_size > 0 && pattern_end - at >= static_cast<ptrdiff_t>(escape_size) &&
           std::memcmp(at, escape_bytes, escape_size) == 0;
  };
  for (const char* at = pattern.data(); at < pattern_end;) {
    const bool is_escape = escapes(at);
    at += code_point_bytes(at, pattern_end);
    faults.add_if(Faults::kBadArgument, is_escape && at == pattern_end);
    if (is_escape && at < pattern_end) at += code_point_bytes(at, pattern_end);
  }
  if (faults.bits != 0) return false;
  return matches(
      text.data(), text_end, pattern.data(), pattern_end, [&](const char* at) { return *at == '%' && !escapes(at); },
      [&](const char*& at, const char*& wanted) {
        if (escapes(wanted)) {
          const char* behind = wanted + escape_size;
          if (!same_code_point(at, text_end, behind, pattern_end)) return false;
          wanted = behind;
          return true;
        }
        if (*wanted != '_') return same_code_point(at, text_end, wanted, pattern_end);
        at += code_point_bytes(at, text_end);
        ++wanted;
        return true;
      });
}

bool glob(StringRef text, StringRef pattern) noexcept {
  const char* const text_end = text.data() + text.size;
  const char* const pattern_end = pattern.data() + pattern.size;
  return matches(
      text.data(), text_end, pattern.data(), pattern_end, [](const char* at) { return *at == '*'; },
      [&](const char*& at, const char*& wanted) {
        if (*wanted == '?') {
          at += code_point_bytes(at, text_end);
          ++wanted;
          return true;
        }
        if (*wanted == '[') {
          const CodePoint point = decode(at, text_end);
          const Set set = read_set(wanted + 1, pattern_end, point.code);
          if (set.end == nullptr || !set.holds) return false;
          at += point.bytes;
          wanted = set.end;
          return true;
        }
        if (*wanted != '\\' || wanted + 1 >= pattern_end) return same_code_point(at, text_end, wanted, pattern_end);
        const char* behind = wanted + 1;
        if (!same_code_point(at, text_end, behind, pattern_end)) return false;
        wanted = behind;
        return true;
      });
}

}  // namespace headrace::kernel
