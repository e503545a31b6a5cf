// io/format/json_text.h — numbers and strings as JSON (RFC 8259) writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

inline bool is_json_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_json_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// The end of the number that begins at `at`, -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?; nullptr: there is none. Reads as far as
// one byte that belongs to none, which must be readable.
inline const char* skip_json_number(const char* at) {
  const auto digits = [&at] {
    const char* from = at;
    while (is_json_digit(*at)) ++at;
    return at > from;
  };
  if (*at == '-') ++at;
  if (*at == '0')
    ++at;
  else if (!digits())
    return nullptr;
  if (*at == '.' && (++at, !digits())) return nullptr;
  if ((*at | 0x20) == 'e') {
    ++at;
    if (*at == '+' || *at == '-') ++at;
    if (!digits()) return nullptr;
  }
  return at;
}

// The same number without an exponent and without a fraction of zeros: 1.50e2 is 150. The text itself, or made in `room`. Nothing:
// it would be longer than anything that a decimal can hold.
std::optional<std::string_view> plain_json_number(std::string_view number, std::string& room);

// The characters of a string, into room for raw.size() bytes at `to`; how many. Nothing: an escape that JSON does not have, or half of a surrogate pair.
std::optional<uint32_t> unescape_json(std::string_view raw, char* to);

}  // namespace headrace
