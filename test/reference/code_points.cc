#include "reference/code_points.h"

namespace headrace::reference {

std::vector<std::string> code_points(std::string_view text) {
  std::vector<std::string> points;
  for (const char byte : text) {
    const bool continues = (static_cast<uint8_t>(byte) & 0xC0) == 0x80;
    if (!continues || points.empty()) points.emplace_back();
    points.back() += byte;
  }
  return points;
}

uint32_t decode(std::string_view point) {
  const auto first = static_cast<uint8_t>(point[0]);
  const uint32_t kept = point.size() == 1 ? 0x7F : (0xFFu >> (point.size() + 1));
  uint32_t result = first & kept;
  for (size_t i = 1; i < point.size(); ++i) result = result << 6 | (static_cast<uint8_t>(point[i]) & 0x3F);
  return result;
}

std::string encode(uint32_t point) {
  if (point < 0x80) return {static_cast<char>(point)};
  std::string result;
  const uint32_t more = point < 0x800 ? 1 : (point < 0x10000 ? 2 : 3);
  constexpr uint32_t kFirstByte[] = {0x00, 0xC0, 0xE0, 0xF0};
  result += static_cast<char>(kFirstByte[more] | point >> (6 * more));
  for (uint32_t i = more; i-- > 0;) result += static_cast<char>(0x80 | (point >> (6 * i) & 0x3F));
  return result;
}

}  // namespace headrace::reference
