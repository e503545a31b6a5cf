#include "io/percent_text.h"

#include <charconv>
#include <cstdint>

namespace headrace {

std::string percent_decoded(std::string_view text) {
  std::string bytes;
  for (size_t at = 0; at < text.size(); ++at) {
    uint8_t byte = 0;
    const char* digits = text.data() + at + 1;
    const bool escaped =
        text[at] == '%' && at + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    bytes += escaped ? static_cast<char>(byte) : text[at];
    if (escaped) at += 2;
  }
  return bytes;
}

}  // namespace headrace
