#include "types/utf8.h"

#include <cstring>

namespace headrace {
namespace {

// Bytes of the sequence that begins at `at`, or 0 when it is not well-formed.
uint32_t sequence_bytes(const unsigned char* at, const unsigned char* end) {
  const unsigned lead = at[0];
  const uint64_t left = static_cast<uint64_t>(end - at);
  const auto continues = [&](uint32_t index, unsigned low, unsigned high) {
    return index < left && at[index] >= low && at[index] <= high;
  };
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2, 0x80, 0xBF) && continues(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_ascii(const char* data, uint64_t bytes) {
  uint64_t seen = 0;
  while (bytes >= 64) {
    uint64_t words[8];
    std::memcpy(words, data, 64);
    seen |= words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7];
    data += 64;
    bytes -= 64;
  }
  for (uint64_t index = 0; index < bytes; ++index) seen |= static_cast<unsigned char>(data[index]);
  return (seen & 0x8080808080808080ULL) == 0;
}

bool is_utf8(std::string_view text) {
  if (is_ascii(text.data(), text.size())) return true;
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = at + text.size();
  while (at < end) {
    const uint32_t bytes = sequence_bytes(at, end);
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

}  // namespace headrace
