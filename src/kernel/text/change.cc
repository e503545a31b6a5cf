#include "kernel/text/change.h"

#include <algorithm>
#include <cstring>

#include "kernel/text/code_point.h"
#include "kernel/text/find.h"

namespace headrace::kernel {

namespace {

// Unicode 15's category Zs.
bool is_space(uint32_t code) {
  return code == 0x20 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

// Whether the code point at [at, at + bytes) stands in `characters`.
bool stands_in(StringRef characters, const char* at, uint32_t bytes) {
  const char* one = characters.data();
  const char* const end = one + characters.size;
  while (one < end) {
    const uint32_t size = code_point_bytes(one, end);
    if (size == bytes && std::memcmp(one, at, bytes) == 0) return true;
    one += size;
  }
  return false;
}

template <class Goes>
StringRef trimmed(StringRef text, bool from_left, bool from_right, Goes&& goes) {
  const char* begin = text.data();
  const char* end = begin + text.size;
  while (from_left && begin < end) {
    const uint32_t bytes = code_point_bytes(begin, end);
    if (!goes(begin, bytes)) break;
    begin += bytes;
  }
  while (from_right && begin < end) {
    const char* last = end - 1;
    while (last > begin && continues_code_point(last)) --last;
    if (!goes(last, static_cast<uint32_t>(end - last))) break;
    end = last;
  }
  return {begin, static_cast<uint32_t>(end - begin)};
}

StringRef trim_spaces(StringRef text, bool from_left, bool from_right) {
  return trimmed(text, from_left, from_right,
                 [](const char* at, uint32_t bytes) { return is_space(decode(at, at + bytes).code); });
}
StringRef trim_characters(StringRef text, StringRef characters, bool from_left, bool from_right) {
  return trimmed(text, from_left, from_right,
                 [&](const char* at, uint32_t bytes) { return stands_in(characters, at, bytes); });
}

char* append(char* to, const char* from, uint64_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
  return to + bytes;
}

// The bytes `times` in a row: what is there is copied behind itself, twice as much each time.
char* append_repeated(char* to, std::string_view bytes, uint64_t times) {
  const uint64_t all = bytes.size() * times;
  if (all == 0) return to;
  std::memcpy(to, bytes.data(), bytes.size());
  for (uint64_t done = bytes.size(); done < all;) {
    const uint64_t more = std::min(done, all - done);
    std::memcpy(to + done, to, more);
    done += more;
  }
  return to + all;
}

StringRef padded(StringRef text, int64_t count, StringRef filling, bool from_left, Faults& faults,
                 KernelContext& context) {
  if (count <= 0) return {};
  const int64_t length = count_code_points(text.data(), text.size);
  if (count <= length) return {text.data(), byte_of_code_point(text.data(), text.size, count)};
  const int64_t filling_length = count_code_points(filling.data(), filling.size);
  faults.add_if(Faults::kBadArgument, filling_length == 0);
  if (filling_length == 0) return {};
  const int64_t missing = count - length;
  const auto whole = static_cast<uint64_t>(missing / filling_length);
  const uint32_t rest = byte_of_code_point(filling.data(), filling.size, missing % filling_length);
  const bool too_large = whole > UINT32_MAX;
  faults.overflow_if(too_large);
  if (too_large) return {};
  NewText result(whole * filling.size + rest + text.size, faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  if (!from_left) to = append(to, text.data(), text.size);
  to = append_repeated(to, filling.view(), whole);
  to = append(to, filling.data(), rest);
  if (from_left) append(to, text.data(), text.size);
  return result.text();
}

// What stands for the code point at [at, at + bytes) after translate().
struct Piece {
  const char* data;
  uint32_t size;
};
// It lies in what the arguments refer to.
Piece translated(const char* at, uint32_t bytes, const StringRef& from, const StringRef& to) {
  const char* one = from.data();
  const char* const end = one + from.size;
  const char* other = to.data();
  const char* const other_end = other + to.size;
  while (one < end) {
    const uint32_t size = code_point_bytes(one, end);
    const uint32_t other_size = other < other_end ? code_point_bytes(other, other_end) : 0;
    if (size == bytes && std::memcmp(one, at, bytes) == 0) return {other, other_size};
    one += size;
    other += other_size;
  }
  return {at, bytes};
}

// What reverse() keeps behind the code point before it.
bool is_attached(uint32_t code) {
  return (code >= 0x300 && code <= 0x36F) || (code >= 0x1AB0 && code <= 0x1AFF) || (code >= 0x1DC0 && code <= 0x1DFF) ||
         (code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE00 && code <= 0xFE0F) ||
         (code >= 0xFE20 && code <= 0xFE2F) || (code >= 0x1F3FB && code <= 0x1F3FF);
}
constexpr uint32_t kJoiner = 0x200D;

// The end of the code points at `at` that belong together.
const char* cluster_end(const char* at, const char* end) {
  const char* next = at + code_point_bytes(at, end);
  while (next < end) {
    const uint32_t code = decode(next, end).code;
    if (code != kJoiner && !is_attached(code)) break;
    next += code_point_bytes(next, end);
    if (code == kJoiner && next < end) next += code_point_bytes(next, end);
  }
  return next;
}

}  // namespace

uint64_t find_part(const char* text, uint64_t size, const char* part, uint64_t part_size, uint64_t from) noexcept {
  if (part_size == 0) return from;
  if (part_size > size - from) return size + 1;
  const char* const found = find_bytes(text + from, text + size, part, part_size);
  return found == nullptr ? size + 1 : static_cast<uint64_t>(found - text);
}

StringRef trim(StringRef text) noexcept { return trim_spaces(text, true, true); }
StringRef trim_left(StringRef text) noexcept { return trim_spaces(text, true, false); }
StringRef trim_right(StringRef text) noexcept { return trim_spaces(text, false, true); }
StringRef trim(StringRef text, StringRef characters) noexcept { return trim_characters(text, characters, true, true); }
StringRef trim_left(StringRef text, StringRef characters) noexcept {
  return trim_characters(text, characters, true, false);
}
StringRef trim_right(StringRef text, StringRef characters) noexcept {
  return trim_characters(text, characters, false, true);
}

StringRef pad_left(StringRef text, int64_t count, StringRef filling, Faults& faults, KernelContext& context) noexcept {
  return padded(text, count, filling, true, faults, context);
}
StringRef pad_right(StringRef text, int64_t count, StringRef filling, Faults& faults, KernelContext& context) noexcept {
  return padded(text, count, filling, false, faults, context);
}

StringRef replace(StringRef text, StringRef from, StringRef to, Faults& faults, KernelContext& context) noexcept {
  if (from.size == 0) return text;
  const auto next = [&](uint64_t at) { return find_part(text.data(), text.size, from.data(), from.size, at); };
  uint64_t count = 0;
  for (uint64_t at = next(0); at <= text.size; at = next(at + from.size)) ++count;
  if (count == 0) return text;
  NewText result(text.size - count * from.size + count * to.size, faults, context);
  char* out = result.bytes();
  if (out == nullptr) return {};
  uint64_t behind = 0;
  for (uint64_t at = next(0); at <= text.size; at = next(behind)) {
    out = append(out, text.data() + behind, at - behind);
    out = append(out, to.data(), to.size);
    behind = at + from.size;
  }
  append(out, text.data() + behind, text.size - behind);
  return result.text();
}

StringRef translate(StringRef text, StringRef from, StringRef to, Faults& faults, KernelContext& context) noexcept {
  const char* const end = text.data() + text.size;
  const auto each = [&](auto&& visit) {
    for (const char* at = text.data(); at < end;) {
      const uint32_t bytes = code_point_bytes(at, end);
      visit(translated(at, bytes, from, to));
      at += bytes;
    }
  };
  uint64_t size = 0;
  each([&](Piece piece) { size += piece.size; });
  NewText result(size, faults, context);
  char* out = result.bytes();
  if (out == nullptr) return {};
  each([&](Piece piece) { out = append(out, piece.data, piece.size); });
  return result.text();
}

StringRef split_part(StringRef text, StringRef separator, int64_t index) noexcept {
  if (index == 0) return {};
  const char* const data = text.data();
  if (separator.size == 0) {
    const int64_t length = count_code_points(data, text.size);
    const int64_t at = index > 0 ? index - 1 : index + length;
    if (at < 0 || at >= length) return {};
    const uint32_t from = byte_of_code_point(data, text.size, at);
    return {data + from, code_point_bytes(data + from, data + text.size)};
  }
  const auto next = [&](uint64_t at) { return find_part(data, text.size, separator.data(), separator.size, at); };
  if (index < 0) {
    int64_t pieces = 1;
    for (uint64_t at = next(0); at <= text.size; at = next(at + separator.size)) ++pieces;
    index += pieces + 1;
    if (index <= 0) return {};
  }
  uint64_t begin = 0;
  for (int64_t piece = 1;; ++piece) {
    const uint64_t end = next(begin);
    if (piece == index) return {data + begin, static_cast<uint32_t>((end > text.size ? text.size : end) - begin)};
    if (end > text.size) return {};
    begin = end + separator.size;
  }
}

StringRef reverse(StringRef text, Faults& faults, KernelContext& context) noexcept {
  NewText result(text.size, faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  const char* const end = text.data() + text.size;
  to += text.size;
  if (is_ascii(text.data(), text.size)) {
    for (const char* at = text.data(); at < end; ++at) *--to = *at;
    return result.text();
  }
  for (const char* at = text.data(); at < end;) {
    const char* const next = cluster_end(at, end);
    to -= next - at;
    std::memcpy(to, at, static_cast<size_t>(next - at));
    at = next;
  }
  return result.text();
}

StringRef repeat(StringRef text, int64_t count, Faults& faults, KernelContext& context) noexcept {
  if (count <= 0 || text.size == 0) return {};
  const bool too_large = count > UINT32_MAX;
  faults.overflow_if(too_large);
  if (too_large) return {};
  NewText result(static_cast<uint64_t>(count) * text.size, faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  append_repeated(to, text.view(), static_cast<uint64_t>(count));
  return result.text();
}

StringRef overlay(StringRef text, StringRef part, int64_t start, int64_t count, Faults& faults,
                  KernelContext& context) noexcept {
  const int64_t first = start > 1 ? start - 1 : 0;
  const uint32_t from = byte_of_code_point(text.data(), text.size, first);
  const uint32_t gone = byte_of_code_point(text.data() + from, text.size - from, count > 0 ? count : 0);
  NewText result(uint64_t{text.size} - gone + part.size, faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  to = append(to, text.data(), from);
  to = append(to, part.data(), part.size);
  append(to, text.data() + from + gone, text.size - from - gone);
  return result.text();
}

}  // namespace headrace::kernel
