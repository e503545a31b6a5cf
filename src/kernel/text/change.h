// kernel/text/change.h — parts of texts and texts made of others. Counts and positions are code points, from 1. What does not
// fit a text's 2^32 bytes is an overflow.
#pragma once

#include <cstdint>

#include "kernel/text.h"
#include "kernel/text/new_text.h"

namespace headrace::kernel {

// The first `count` code points; a negative count: all but the last ones.
inline StringRef left(StringRef text, int64_t count) {
  if (count < 0) {
    count += count_code_points(text.data(), text.size);
    if (count < 0) count = 0;
  }
  return {text.data(), byte_of_code_point(text.data(), text.size, count)};
}

// The last `count` code points; a negative count: all but the first ones.
inline StringRef right(StringRef text, int64_t count) {
  const int64_t length = count_code_points(text.data(), text.size);
  int64_t skipped = count >= 0 ? length - count : (count == INT64_MIN ? INT64_MAX : -count);
  if (skipped < 0) skipped = 0;
  const uint32_t from = byte_of_code_point(text.data(), text.size, skipped);
  return {text.data() + from, text.size - from};
}

inline bool ends_with(StringRef text, StringRef ending) {
  return ending.size <= text.size &&
         std::memcmp(text.data() + (text.size - ending.size), ending.data(), ending.size) == 0;
}

// The byte where `part` first begins at or behind `from`; text.size + 1: nowhere. Requires from <= text.size.
uint64_t find_part(const char* text, uint64_t size, const char* part, uint64_t part_size, uint64_t from)
    HEADRACE_HOST(find_part);

inline bool contains(StringRef text, StringRef part) {
  return find_part(text.data(), text.size, part.data(), part.size, 0) <= text.size;
}
// 0: nowhere.
inline int64_t position(StringRef text, StringRef part) {
  const uint64_t at = find_part(text.data(), text.size, part.data(), part.size, 0);
  return at > text.size ? 0 : count_code_points(text.data(), static_cast<uint32_t>(at)) + 1;
}

inline int64_t byte_count(StringRef text) { return text.size; }
inline int64_t bit_length(StringRef text) { return int64_t{8} * text.size; }

// Without space separators (Unicode's Zs) at the ends; with a second text, without its code points.
StringRef trim(StringRef text) HEADRACE_HOST(trim);
StringRef trim_left(StringRef text) HEADRACE_HOST(trim_left);
StringRef trim_right(StringRef text) HEADRACE_HOST(trim_right);
StringRef trim(StringRef text, StringRef characters) HEADRACE_HOST(trim_of);
StringRef trim_left(StringRef text, StringRef characters) HEADRACE_HOST(trim_left_of);
StringRef trim_right(StringRef text, StringRef characters) HEADRACE_HOST(trim_right_of);

// Filled up to `count` code points by repeating `filling`, or cut to them; negative counts as 0. An empty filling that would be
// needed is a bad argument.
StringRef pad_left(StringRef text, int64_t count, StringRef filling, Faults& faults, KernelContext& context)
    HEADRACE_HOST(pad_left);
StringRef pad_right(StringRef text, int64_t count, StringRef filling, Faults& faults, KernelContext& context)
    HEADRACE_HOST(pad_right);

// Every occurrence of `from`, from left to right without overlap; an empty one occurs nowhere.
StringRef replace(StringRef text, StringRef from, StringRef to, Faults& faults, KernelContext& context)
    HEADRACE_HOST(replace);

// The i-th code point of `from` becomes the i-th of `to`, or goes when there is none; the first of equal ones counts.
StringRef translate(StringRef text, StringRef from, StringRef to, Faults& faults, KernelContext& context)
    HEADRACE_HOST(translate);

// The index-th piece between separators, from 1, or from the end when negative; empty when there is none. An empty separator
// splits into code points.
StringRef split_part(StringRef text, StringRef separator, int64_t index) HEADRACE_HOST(split_part);

// Backwards; combining marks and joined emoji stay with what they follow.
StringRef reverse(StringRef text, Faults& faults, KernelContext& context) HEADRACE_HOST(reverse);

// `count` times; a negative count counts as 0.
StringRef repeat(StringRef text, int64_t count, Faults& faults, KernelContext& context) HEADRACE_HOST(repeat);

// `count` code points from `start` on become `part`.
StringRef overlay(StringRef text, StringRef part, int64_t start, int64_t count, Faults& faults, KernelContext& context)
    HEADRACE_HOST(overlay);

}  // namespace headrace::kernel
