#include "kernel/text/encode.h"

#include <charconv>
#include <cstring>

#include "kernel/text/code_point.h"
#include "kernel/text/digest.h"

namespace headrace::kernel {

namespace {

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

StringRef copied(const char* data, size_t size, Faults& faults, KernelContext& context) {
  NewText result(size, faults, context);
  if (result.bytes() != nullptr && size > 0) std::memcpy(result.bytes(), data, size);
  return result.text();
}

// Each byte as digits of `bits` bits, the most significant first.
StringRef digits_of_bytes(StringRef text, uint32_t bits, Faults& faults, KernelContext& context) {
  NewText result(uint64_t{text.size} * (8 / bits), faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  for (const char byte : text.view())
    for (uint32_t shift = 8; shift > 0; shift -= bits)
      *to++ = kDigits[static_cast<uint8_t>(byte) >> (shift - bits) & ((1U << bits) - 1)];
  return result.text();
}

StringRef digits_of_integer(uint64_t value, uint64_t radix, int64_t least_digits, Faults& faults,
                            KernelContext& context) {
  char text[64];
  char* begin = text + sizeof text;
  do {
    *--begin = kDigits[value % radix];
    value /= radix;
  } while (value != 0);
  while (text + sizeof text - begin < least_digits) *--begin = '0';
  return copied(begin, static_cast<size_t>(text + sizeof text - begin), faults, context);
}

template <size_t kBytes>
StringRef digest_text(const std::array<uint8_t, kBytes>& digest, Faults& faults, KernelContext& context) {
  char text[2 * kBytes];
  for (size_t i = 0; i < 2 * kBytes; ++i) text[i] = "0123456789abcdef"[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xF];
  return copied(text, sizeof text, faults, context);
}

int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const int letter = (digit | 0x20) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

bool is_unreserved(char byte) {
  const auto letter = static_cast<uint8_t>((byte | 0x20) - 'a');
  return letter < 26 || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.' || byte == '~';
}

bool is_utf8(const char* at, const char* end) {
  while (at < end) {
    const CodePoint point = decode(at, end);
    if (point.code == kNoCode) return false;
    at += point.bytes;
  }
  return true;
}

StringRef in_words(int64_t bytes, uint64_t thousand, const char* const (&units)[7], Faults& faults,
                   KernelContext& context) {
  const bool is_negative = bytes < 0;
  uint64_t whole = is_negative ? uint64_t{0} - static_cast<uint64_t>(bytes) : static_cast<uint64_t>(bytes);
  uint64_t rest = 0;
  size_t unit = 0;
  for (; whole >= thousand && unit + 1 < 7; ++unit) {
    rest = whole % thousand;
    whole /= thousand;
  }
  char text[48];
  char* to = text;
  if (is_negative) *to++ = '-';
  to = std::to_chars(to, text + sizeof text, whole).ptr;
  if (unit > 0) {
    *to++ = '.';
    *to++ = static_cast<char>('0' + rest * 10 / thousand);
  }
  *to++ = ' ';
  const char* const name = unit == 0 && whole == 1 ? "byte" : units[unit];
  const size_t size = std::strlen(name);
  std::memcpy(to, name, size);
  return copied(text, static_cast<size_t>(to - text) + size, faults, context);
}

}  // namespace

int32_t first_code_point(StringRef text, int32_t of_empty) noexcept {
  if (text.size == 0) return of_empty;
  const CodePoint point = decode(text.data(), text.data() + text.size);
  return static_cast<int32_t>(point.code == kNoCode ? static_cast<uint8_t>(*text.data()) : point.code);
}

StringRef character_of(int32_t code, Faults& faults) noexcept {
  const bool is_character = code >= 0 && code < 0x110000 && (code < 0xD800 || code >= 0xE000);
  faults.add_if(Faults::kBadArgument, !is_character);
  if (!is_character) return {};
  char bytes[4];
  const char* const end = encode(static_cast<uint32_t>(code), bytes);
  return {bytes, static_cast<uint32_t>(end - bytes)};
}

StringRef hexadecimal(StringRef text, Faults& faults, KernelContext& context) noexcept {
  return digits_of_bytes(text, 4, faults, context);
}
StringRef hexadecimal(int64_t value, Faults& faults, KernelContext& context) noexcept {
  return digits_of_integer(static_cast<uint64_t>(value), 16, 0, faults, context);
}
StringRef binary_digits(StringRef text, Faults& faults, KernelContext& context) noexcept {
  return digits_of_bytes(text, 1, faults, context);
}
StringRef binary_digits(int64_t value, Faults& faults, KernelContext& context) noexcept {
  return digits_of_integer(static_cast<uint64_t>(value), 2, 0, faults, context);
}
StringRef in_base(int64_t value, int64_t radix, int64_t digits, Faults& faults, KernelContext& context) noexcept {
  const bool makes_sense = value >= 0 && radix >= 2 && radix <= 36 && digits >= 0 && digits <= 64;
  faults.add_if(Faults::kBadArgument, !makes_sense);
  if (!makes_sense) return {};
  return digits_of_integer(static_cast<uint64_t>(value), static_cast<uint64_t>(radix), digits, faults, context);
}

StringRef bytes_of_hexadecimal(StringRef digits, Faults& faults, KernelContext& context) noexcept {
  const std::string_view from = digits.view();
  NewText result((from.size() + 1) / 2, faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  int high = from.size() % 2 == 1 ? 0 : -1;
  for (const char digit : from) {
    const int value = hex_digit(digit);
    faults.add_if(Faults::kBadArgument, value < 0);
    if (high < 0) {
      high = value;
    } else {
      *to++ = static_cast<char>(high << 4 | (value & 0xF));
      high = -1;
    }
  }
  return faults.bits != 0 ? StringRef() : result.text();
}

StringRef base64(StringRef bytes, Faults& faults, KernelContext& context) noexcept {
  NewText result((uint64_t{bytes.size} + 2) / 3 * 4, faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  const auto* from = reinterpret_cast<const uint8_t*>(bytes.data());
  for (uint32_t at = 0; at < bytes.size; at += 3) {
    const uint32_t left = bytes.size - at;
    const uint32_t group = uint32_t{from[at]} << 16 | (left > 1 ? uint32_t{from[at + 1]} << 8 : 0) |
                           (left > 2 ? uint32_t{from[at + 2]} : 0);
    for (uint32_t i = 0; i < 4; ++i) *to++ = i <= left ? kBase64[group >> (18 - 6 * i) & 63] : '=';
  }
  return result.text();
}

StringRef bytes_of_base64(StringRef text, Faults& faults, KernelContext& context) noexcept {
  const std::string_view from = text.view();
  uint32_t filling = 0;
  while (filling < 2 && filling < from.size() && from[from.size() - 1 - filling] == '=') ++filling;
  faults.add_if(Faults::kBadCast, from.size() % 4 != 0);
  if (faults.bits != 0) return {};
  NewText result(from.size() / 4 * 3 - filling, faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  char* const end = to + (from.size() / 4 * 3 - filling);
  for (size_t at = 0; at < from.size(); at += 4) {
    uint32_t group = 0;
    for (size_t i = 0; i < 4; ++i) {
      const bool fills = at + i + filling >= from.size();
      const size_t digit = std::string_view(kBase64, 64).find(from[at + i]);
      faults.add_if(Faults::kBadCast, !fills && digit == std::string_view::npos);
      group = group << 6 | (fills ? 0 : static_cast<uint32_t>(digit & 63));
    }
    for (int shift = 16; shift >= 0 && to < end; shift -= 8) *to++ = static_cast<char>(group >> shift);
  }
  return faults.bits != 0 ? StringRef() : result.text();
}

StringRef text_of_bytes(StringRef bytes, Faults& faults) noexcept {
  faults.add_if(Faults::kBadUtf8, !is_utf8(bytes.data(), bytes.data() + bytes.size));
  return bytes;
}

StringRef url_encode(StringRef text, Faults& faults, KernelContext& context) noexcept {
  uint64_t size = 0;
  for (const char byte : text.view()) size += is_unreserved(byte) ? 1 : 3;
  NewText result(size, faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  for (const char byte : text.view()) {
    if (is_unreserved(byte)) {
      *to++ = byte;
      continue;
    }
    *to++ = '%';
    *to++ = kDigits[static_cast<uint8_t>(byte) >> 4];
    *to++ = kDigits[byte & 0xF];
  }
  return result.text();
}

StringRef url_decode(StringRef text, Faults& faults, KernelContext& context) noexcept {
  NewText result(text.size, faults, context);
  char* to = result.bytes();
  if (to == nullptr) return {};
  const std::string_view from = text.view();
  for (size_t i = 0; i < from.size(); ++i) {
    const bool digits =
        from[i] == '%' && i + 2 < from.size() && hex_digit(from[i + 1]) >= 0 && hex_digit(from[i + 2]) >= 0;
    *to++ = digits ? static_cast<char>(hex_digit(from[i + 1]) << 4 | hex_digit(from[i + 2])) : from[i];
    if (digits) i += 2;
  }
  faults.add_if(Faults::kBadUtf8, !is_utf8(result.bytes(), to));
  return result.text(static_cast<uint32_t>(to - result.bytes()));
}

StringRef md5(StringRef text, Faults& faults, KernelContext& context) noexcept {
  return digest_text(md5_of(text.view()), faults, context);
}
StringRef sha1(StringRef text, Faults& faults, KernelContext& context) noexcept {
  return digest_text(sha1_of(text.view()), faults, context);
}
StringRef sha256(StringRef text, Faults& faults, KernelContext& context) noexcept {
  return digest_text(sha256_of(text.view()), faults, context);
}

StringRef bytes_in_words(int64_t bytes, Faults& faults, KernelContext& context) noexcept {
  constexpr const char* kUnits[7] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  return in_words(bytes, 1024, kUnits, faults, context);
}
StringRef bytes_in_decimal_words(int64_t bytes, Faults& faults, KernelContext& context) noexcept {
  constexpr const char* kUnits[7] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
  return in_words(bytes, 1000, kUnits, faults, context);
}

}  // namespace headrace::kernel
