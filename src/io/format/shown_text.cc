#include "io/format/shown_text.h"

#include <fmt/format.h>

#include "types/utf8.h"

namespace headrace {

std::string shown_text(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, kShownBytesMax)) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
      result.push_back(c);
    else
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  while (!is_utf8(result)) result.pop_back();
  return text.size() > kShownBytesMax ? result + "..." : result;
}

}  // namespace headrace
