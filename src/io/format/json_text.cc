#include "io/format/json_text.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace headrace {
namespace {

constexpr int64_t kDigitsMax = 80;  // more than two decimals have together

std::optional<uint32_t> read_hex(std::string_view text, size_t at) {
  uint32_t value = 0;
  if (text.size() < at + 4) return std::nullopt;
  const auto read = std::from_chars(text.data() + at, text.data() + at + 4, value, 16);
  if (read.ptr != text.data() + at + 4) return std::nullopt;
  return value;
}

char* write_utf8(uint32_t point, char* to) {
  const auto put = [&to](uint32_t byte) { *to++ = static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
  return to;
}

// The code point behind \u at `at`, of one or two escapes; moves behind them.
std::optional<uint32_t> take_code_point(std::string_view raw, size_t& at) {
  const std::optional<uint32_t> first = read_hex(raw, at);
  if (!first) return std::nullopt;
  at += 4;
  if (*first < 0xD800 || *first > 0xDFFF) return first;
  if (*first > 0xDBFF || raw.substr(at, 2) != "\\u") return std::nullopt;
  const std::optional<uint32_t> second = read_hex(raw, at + 2);
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return std::nullopt;
  at += 6;
  return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
}

}  // namespace

std::optional<std::string_view> plain_json_number(std::string_view number, std::string& room) {
  const size_t exponent_at = number.find_first_of("eE");
  const size_t point = number.find('.');
  if (exponent_at == std::string_view::npos && point == std::string_view::npos) return number;
  std::string_view mantissa = number.substr(0, exponent_at);
  room.assign(mantissa.starts_with('-') ? "-" : "");
  mantissa.remove_prefix(room.size());
  std::string digits(mantissa.substr(0, mantissa.find('.')));
  int64_t scale = 0;  // digits behind the point
  if (point != std::string_view::npos) {
    const std::string_view fraction = mantissa.substr(mantissa.find('.') + 1);
    digits += fraction;
    scale = static_cast<int64_t>(fraction.size());
  }
  const size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return "0";
  const size_t last = digits.find_last_not_of('0');
  scale -= static_cast<int64_t>(digits.size() - 1 - last);
  digits = digits.substr(first, last + 1 - first);
  if (exponent_at != std::string_view::npos) {
    std::string_view text = number.substr(exponent_at + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    int64_t exponent = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (read.ec != std::errc() || std::abs(exponent) > INT32_MAX) return std::nullopt;
    scale -= exponent;
  }
  const auto size = static_cast<int64_t>(digits.size());
  if (size > kDigitsMax || scale > kDigitsMax || scale < -kDigitsMax) return std::nullopt;
  if (scale <= 0) {
    room += digits;
    room.append(static_cast<size_t>(-scale), '0');
    return room;
  }
  if (scale >= size) digits.insert(0, static_cast<size_t>(scale - size + 1), '0');
  digits.insert(digits.size() - static_cast<size_t>(scale), 1, '.');
  room += digits;
  return room;
}

std::optional<uint32_t> unescape_json(std::string_view raw, char* to) {
  constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  char* const begin = to;
  size_t at = 0;
  for (;;) {
    const size_t escape = std::min(raw.find('\\', at), raw.size());
    std::memcpy(to, raw.data() + at, escape - at);
    to += escape - at;
    if (escape == raw.size()) return static_cast<uint32_t>(to - begin);
    if (escape + 1 == raw.size()) return std::nullopt;
    at = escape + 2;
    const char letter = raw[escape + 1];
    if (letter == 'u') {
      const std::optional<uint32_t> point = take_code_point(raw, at);
      if (!point) return std::nullopt;
      to = write_utf8(*point, to);
    } else {
      const size_t meaning = kLetters.find(letter);
      if (meaning == std::string_view::npos) return std::nullopt;
      *to++ = kMeanings[meaning];
    }
  }
}

}  // namespace headrace
