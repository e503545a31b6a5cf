// kernel/text.h — functions on UTF-8 text. Positions and lengths count code points; bytes that are no valid UTF-8 pass
// through unharmed, each byte that does not continue a sequence counting as a code point.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernel/context.h"
#include "kernel/faults.h"
#include "types/string_ref.h"

namespace headrace::kernel {

inline uint64_t load_eight(const char* data) {
  uint64_t word;
  std::memcpy(&word, data, sizeof word);
  return word;
}

inline constexpr uint64_t kHighBits = 0x8080808080808080ULL;

// How many of eight bytes do not continue a code point (10xxxxxx).
inline uint32_t starts_in(uint64_t word) {
  const uint64_t continues = word & (~word << 1) & kHighBits;
  return 8 - static_cast<uint32_t>(__builtin_popcountll(continues));
}

inline int64_t count_code_points(const char* data, uint32_t size) {
  int64_t count = 0;
  uint32_t at = 0;
  for (; at + 8 <= size; at += 8) count += starts_in(load_eight(data + at));
  for (; at < size; ++at) count += (static_cast<uint8_t>(data[at]) & 0xC0) != 0x80;
  return count;
}

// The byte where code point `index` begins, or size if there are not so many. Requires index >= 0.
inline uint32_t byte_of_code_point(const char* data, uint32_t size, int64_t index) {
  uint32_t at = 0;
  while (at + 8 <= size) {
    const uint32_t starts = starts_in(load_eight(data + at));
    if (index < starts) break;
    index -= starts;
    at += 8;
  }
  for (; at < size; ++at) {
    if ((static_cast<uint8_t>(data[at]) & 0xC0) == 0x80) continue;
    if (index == 0) return at;
    --index;
  }
  return size;
}

inline int64_t length(StringRef text) { return count_code_points(text.data(), text.size); }

// Room for a result of `size` bytes: in `short_bytes` when it will be inline, else in the arena; nullptr: no memory.
inline char* result_bytes(uint32_t size, char (&short_bytes)[StringRef::kInlineBytesMax], Faults& faults,
                          KernelContext& context) {
  if (size <= StringRef::kInlineBytesMax) return short_bytes;
  char* bytes = context.arena->allocate(size);
  faults.add_if(Faults::kMemory, bytes == nullptr);
  return bytes;
}

// Maps ASCII letters of one case to the other, eight bytes at a time. Requires all bytes below 0x80.
inline uint64_t flip_case(uint64_t word, char first) {
  const uint64_t at_least_first = word + 0x0101010101010101ULL * static_cast<uint64_t>(0x80 - first);
  const uint64_t above_last = word + 0x0101010101010101ULL * static_cast<uint64_t>(0x80 - first - 26);
  return word ^ (((at_least_first & ~above_last) & kHighBits) >> 2);
}

inline bool is_ascii(const char* data, uint32_t size) {
  uint64_t seen = 0;
  uint32_t at = 0;
  for (; at + 8 <= size; at += 8) seen |= load_eight(data + at);
  for (; at < size; ++at) seen |= static_cast<uint8_t>(data[at]);
  return (seen & kHighBits) == 0;
}

// Maps every code point by the simple case mapping of Unicode. At most 3 bytes a byte and a half: `to` has room for
// size * 3 / 2 + 1 bytes. Returns the bytes written.
extern "C" uint64_t headrace_rt_map_case(const char* data, uint64_t size, bool to_upper, char* to) noexcept;

inline StringRef change_case(StringRef text, bool to_upper, Faults& faults, KernelContext& context) {
  const char* data = text.data();
  char short_bytes[StringRef::kInlineBytesMax];
  if (is_ascii(data, text.size)) {
    char* to = result_bytes(text.size, short_bytes, faults, context);
    if (to == nullptr) return {};
    const char first = to_upper ? 'a' : 'A';
    uint32_t at = 0;
    for (; at + 8 <= text.size; at += 8) {
      const uint64_t word = flip_case(load_eight(data + at), first);
      std::memcpy(to + at, &word, sizeof word);
    }
    for (; at < text.size; ++at) to[at] = static_cast<char>(flip_case(static_cast<uint8_t>(data[at]), first));
    return {to, text.size};
  }
  const uint64_t room = uint64_t{text.size} + text.size / 2 + 1;
  char* to = context.arena->allocate(room);
  faults.add_if(Faults::kMemory, to == nullptr);
  if (to == nullptr) return {};
  const uint64_t size = headrace_rt_map_case(data, text.size, to_upper, to);
  faults.overflow_if(size > UINT32_MAX);
  return size > UINT32_MAX ? StringRef() : StringRef(to, static_cast<uint32_t>(size));
}

inline StringRef upper(StringRef text, Faults& faults, KernelContext& context) {
  return change_case(text, true, faults, context);
}
inline StringRef lower(StringRef text, Faults& faults, KernelContext& context) {
  return change_case(text, false, faults, context);
}

inline StringRef concat(StringRef left, StringRef right, Faults& faults, KernelContext& context) {
  const uint64_t size = uint64_t{left.size} + right.size;
  faults.overflow_if(size > UINT32_MAX);
  if (size > UINT32_MAX) return {};
  char short_bytes[StringRef::kInlineBytesMax];
  char* to = result_bytes(static_cast<uint32_t>(size), short_bytes, faults, context);
  if (to == nullptr) return {};
  if (left.size > 0) std::memcpy(to, left.data(), left.size);
  if (right.size > 0) std::memcpy(to + left.size, right.data(), right.size);
  return {to, static_cast<uint32_t>(size)};
}

// Positions from 1; a negative start counts from the end; a negative count goes backwards from just before start; what lies
// outside the text is cut off. As DuckDB, which however refuses numbers beyond ±2^32.
inline StringRef substring(StringRef text, int64_t start, int64_t count) {
  const char* data = text.data();
  int64_t first = start >= 0 ? start - 1 : start + count_code_points(data, text.size);
  int64_t end = 0;
  if (__builtin_add_overflow(first, count, &end)) end = count < 0 ? INT64_MIN : INT64_MAX;
  if (count < 0) {
    const int64_t begin = end;
    end = first;
    first = begin;
  }
  if (first < 0) first = 0;
  if (end <= first) return {};
  const uint32_t from = byte_of_code_point(data, text.size, first);
  const uint32_t bytes = byte_of_code_point(data + from, text.size - from, end - first);
  return {data + from, bytes};
}

inline bool starts_with(StringRef text, StringRef prefix) {
  return prefix.size <= text.size && std::memcmp(text.data(), prefix.data(), prefix.size) == 0;
}

// % matches any text, _ one code point, everything else itself; there is no escape, as in DuckDB without ESCAPE.
extern "C" bool headrace_rt_like(const char* text, uint64_t text_size, const char* pattern,
                                 uint64_t pattern_size) noexcept;

inline bool like(StringRef text, StringRef pattern) {
  return headrace_rt_like(text.data(), text.size, pattern.data(), pattern.size);
}

}  // namespace headrace::kernel
