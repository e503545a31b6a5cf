#include "io/format/json_cursor.h"

#include <bitset>

namespace headrace {

bool JsonCursor::skip_string() {
  bool escapes = false;
  const std::string_view raw = take_string(escapes);
  if (!escapes) return true;
  std::string room(raw.size(), '\0');
  if (unescape_json(raw, room.data())) return true;
  --token_;
  return fail("a string with the escapes of JSON");
}

// An array or object, without recursion: one bit a level says which.
bool JsonCursor::skip_nested() {
  std::bitset<kJsonDepthMax> objects;
  uint32_t depth = 0;
  for (;;) {
    // In front of a value.
    const char first = peek();
    bool closed = false;
    if (first == '{' || first == '[') {
      if (depth == kJsonDepthMax) return fail("values nested less deeply");
      objects[depth++] = first == '{';
      ++token_;
      closed = accept(first == '{' ? '}' : ']');
      if (!closed && first == '[') continue;
    } else if (!skip_value()) {
      return false;
    }
    // Behind a value, or behind the bracket that opens an object or closes what is empty.
    bool comma = first == '{' && !closed;  // a key is next
    if (closed) --depth;
    while (!comma) {
      if (depth == 0) return true;
      if (accept(',')) {
        comma = true;
      } else {
        if (!accept(objects[depth - 1] ? '}' : ']')) return fail(objects[depth - 1] ? "',' or '}'" : "',' or ']'");
        --depth;
      }
    }
    if (!objects[depth - 1]) continue;
    if (peek() != '"') return fail("a key in double quotes");
    if (!skip_value()) return false;
    if (!expect(':', "':'")) return false;
  }
}

bool JsonCursor::take_text(std::string_view& text) {
  const char* from = here();
  const char first = peek();
  if (first == '{' || first == '[') {
    if (!skip_nested()) return false;
    text = {from, static_cast<size_t>(tokens_.text + tokens_.at[token_ - 1] + 1 - from)};
    return true;
  }
  if (first != '"') {
    text = take_scalar();
    return !text.empty();
  }
  const JsonPlace before = place();
  bool escapes = false;
  text = {from, take_string(escapes).size() + 2};
  if (!escapes) return true;
  go_to(before);
  return skip_string();
}

}  // namespace headrace
