#include "io/format/display_width.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace headrace {
namespace {

struct Range {
  uint32_t first, last;
};
#include "io/format/display_width_ranges.inc"

template <size_t N>
bool holds(const Range (&ranges)[N], uint32_t code) {
  const Range* after = std::upper_bound(std::begin(ranges), std::end(ranges), code,
                                        [](uint32_t wanted, const Range& range) { return wanted < range.first; });
  return after != std::begin(ranges) && code <= std::prev(after)->last;
}

struct Character {
  uint32_t code;
  size_t bytes;
};

Character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t bytes = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (bytes == 1 || bytes > text.size()) return {lead, 1};
  uint32_t code = lead & (0xFFu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  return {code, bytes};
}

size_t width_of(uint32_t code) {
  if (code < 0x300) return 1;
  return holds(kInvisible, code) ? 0 : holds(kWide, code) ? 2 : 1;
}

}  // namespace

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Character character = first_of(text);
    width += width_of(character.code);
    text.remove_prefix(character.bytes);
  }
  return width;
}

std::string one_line(std::string_view text, size_t width_max) {
  std::string line;
  size_t width = 0;
  size_t fits = 0;  // bytes of `line` behind which an … has room
  while (!text.empty()) {
    const Character character = first_of(text);
    const size_t columns = width_of(character.code);
    if (width + columns > width_max) {
      line.resize(fits);
      return line + "…";
    }
    width += columns;
    if (character.code == '\n')
      line += "⏎";
    else if (character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0))
      line += ' ';
    else
      line += text.substr(0, character.bytes);
    if (width < width_max) fits = line.size();
    text.remove_prefix(character.bytes);
  }
  return line;
}

}  // namespace headrace
