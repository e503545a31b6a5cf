#include "kernel/text/format_value.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <new>
#include <optional>

#include "kernel/text/code_point.h"
#include "types/value.h"

namespace headrace::kernel {

namespace {

constexpr uint32_t kWidthMax = 100'000;
constexpr int kPrecisionMax = 1'000;

struct Field {
  std::string_view fill = " ";
  char align = 0, sign = '-', group = 0, type = 0;
  bool alternate = false, zero = false;
  uint32_t width = 0;
  int precision = -1;
};

// Reads a field from its front.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  // nullopt: not a field.
  std::optional<Field> read() {
    Field field;
    if (!rest_.empty()) {
      const size_t first = code_point_bytes(rest_.data(), rest_.data() + rest_.size());
      if (rest_.size() > first && is_align(rest_[first])) {
        field.fill = rest_.substr(0, first);
        field.align = rest_[first];
        rest_.remove_prefix(first + 1);
      } else if (is_align(rest_[0])) {
        field.align = take();
      }
    }
    if (at('+') || at('-') || at(' ')) field.sign = take();
    if (at('#')) field.alternate = take() == '#';
    if (at('0')) field.zero = take() == '0';
    const std::optional<uint32_t> width = number(kWidthMax);
    if (!width) return std::nullopt;
    field.width = *width;
    if (at(',') || at('_') || at('\'')) field.group = take();
    if (at('.')) {
      take();
      const bool given = !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9';
      const std::optional<uint32_t> precision = number(kPrecisionMax);
      if (!given || !precision) return std::nullopt;
      field.precision = static_cast<int>(*precision);
    }
    if (!rest_.empty()) field.type = take();
    return rest_.empty() ? std::optional(field) : std::nullopt;
  }

 private:
  static bool is_align(char byte) { return byte == '<' || byte == '>' || byte == '^'; }
  bool at(char byte) const { return !rest_.empty() && rest_[0] == byte; }
  char take() {
    const char byte = rest_[0];
    rest_.remove_prefix(1);
    return byte;
  }
  // 0 where there are no digits.
  std::optional<uint32_t> number(uint32_t max) {
    uint32_t value = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      value = value * 10 + static_cast<uint32_t>(take() - '0');
      if (value > max) return std::nullopt;
    }
    return value;
  }

  std::string_view rest_;
};

bool is_one_of(char type, std::string_view types) { return type == 0 || types.find(type) != std::string_view::npos; }

std::string error_of(const Field& field, FormatKind kind) {
  switch (kind) {
    case FormatKind::kInteger:
      if (!is_one_of(field.type, "dxXobBc")) return fmt::format("'{}' is no format of integers", field.type);
      if (field.precision >= 0) return "an integer has no precision";
      return "";
    case FormatKind::kFloat:
      if (!is_one_of(field.type, "fFeEgG")) return fmt::format("'{}' is no format of floats", field.type);
      return "";
    case FormatKind::kText:
      if (!is_one_of(field.type, "s")) return fmt::format("'{}' is no format of texts", field.type);
      if (field.sign != '-' || field.alternate || field.zero || field.group != 0)
        return "a text has no sign, base, zeros or groups";
      return "";
  }
  return "";
}

size_t code_points(std::string_view text) {
  size_t count = 0;
  for (const char& byte : text) count += continues_code_point(&byte) ? 0 : 1;
  return count;
}

// `numeric`: stands right unless the field says, and zeros go between the head (sign and base) and the digits.
std::string padded(const Field& field, std::string_view head, std::string_view body, bool numeric, bool zeros) {
  const size_t size = code_points(head) + code_points(body);
  const size_t missing = field.width > size ? field.width - size : 0;
  if (zeros && field.zero && field.align == 0) return fmt::format("{}{}{}", head, std::string(missing, '0'), body);
  const char align = field.align != 0 ? field.align : (numeric ? '>' : '<');
  const size_t left = align == '<' ? 0 : (align == '>' ? missing : missing / 2);
  std::string text;
  for (size_t i = 0; i < left; ++i) text += field.fill;
  text += head;
  text += body;
  for (size_t i = left; i < missing; ++i) text += field.fill;
  return text;
}

// Whole digits in groups of three; what is behind them stays.
std::string grouped(std::string_view digits, char group) {
  size_t whole = 0;
  while (whole < digits.size() && digits[whole] >= '0' && digits[whole] <= '9') ++whole;
  if (group == 0) return std::string(digits);
  std::string text;
  for (size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) text += group;
    text += digits[i];
  }
  return text + std::string(digits.substr(whole));
}

std::string_view sign_text(bool negative, char sign) {
  return negative ? "-" : (sign == '+' ? "+" : (sign == ' ' ? " " : ""));
}

std::string digits_of(unsigned __int128 value, uint32_t base, bool capitals) {
  std::string text;
  do {
    text.insert(text.begin(), (capitals ? "0123456789ABCDEF" : "0123456789abcdef")[static_cast<size_t>(value % base)]);
    value /= base;
  } while (value != 0);
  return text;
}

std::optional<std::string> integer_text(int128 value, const Field& field) {
  if (field.type == 'c') {
    if (value < 0 || value >= 0x110000 || (value >= 0xD800 && value < 0xE000)) return std::nullopt;
    char bytes[4];
    const char* end = encode(static_cast<uint32_t>(value), bytes);
    return padded(field, "", {bytes, static_cast<size_t>(end - bytes)}, false, false);
  }
  const bool hexadecimal = field.type == 'x' || field.type == 'X', binary = field.type == 'b' || field.type == 'B';
  const uint32_t base = hexadecimal ? 16 : (binary ? 2 : (field.type == 'o' ? 8 : 10));
  std::string head(sign_text(value < 0, field.sign));
  if (field.alternate && base != 10) head += base == 8 ? std::string("0") : std::string("0") + field.type;
  const auto magnitude = value < 0 ? static_cast<unsigned __int128>(0) - static_cast<unsigned __int128>(value)
                                   : static_cast<unsigned __int128>(value);
  return padded(field, head, grouped(digits_of(magnitude, base, field.type == 'X'), field.group), true, true);
}

std::string float_digits(double value, const Field& field) {
  const int precision = field.precision >= 0 ? field.precision : 6;
  switch (field.type) {
    case 'f': return fmt::format("{:.{}f}", value, precision);
    case 'F': return fmt::format("{:.{}F}", value, precision);
    case 'e': return fmt::format("{:.{}e}", value, precision);
    case 'E': return fmt::format("{:.{}E}", value, precision);
    case 'g': return fmt::format("{:.{}g}", value, precision);
    case 'G': return fmt::format("{:.{}G}", value, precision);
    default: return field.precision >= 0 ? fmt::format("{:.{}g}", value, precision) : double_to_text(value);
  }
}

std::string float_text(double value, const Field& field) {
  const bool negative = std::signbit(value) && !std::isnan(value);
  const std::string digits = float_digits(std::fabs(value), field);
  return padded(field, sign_text(negative, field.sign), grouped(digits, field.group), true, std::isfinite(value));
}

std::string text_text(std::string_view value, const Field& field) {
  size_t bytes = 0;
  for (int taken = 0; bytes < value.size() && taken != field.precision; ++taken)
    bytes += code_point_bytes(value.data() + bytes, value.data() + value.size());
  return padded(field, "", value.substr(0, bytes), false, false);
}

// What `write` makes of the field; nullopt of it: a value that the field has no answer for.
template <class Write>
StringRef formatted(const StringRef& text, FormatKind kind, Faults& faults, KernelContext& context, Write write) {
  try {
    const std::optional<Field> field = FieldReader(text.view()).read();
    const bool fits = field && error_of(*field, kind).empty();
    const std::optional<std::string> result = fits ? write(*field) : std::nullopt;
    faults.add_if(Faults::kBadArgument, !result.has_value());
    if (!result) return {};
    NewText made(result->size(), faults, context);
    if (made.bytes() == nullptr) return {};
    if (!result->empty()) std::memcpy(made.bytes(), result->data(), result->size());
    return made.text();
  } catch (const std::bad_alloc&) {
    faults.add_if(Faults::kMemory, true);
    return {};
  }
}

}  // namespace

std::string format_error(std::string_view text, FormatKind kind) {
  const std::optional<Field> field = FieldReader(text).read();
  return field ? error_of(*field, kind) : "a field is [[fill]align][sign][#][0][width][,][.precision][type]";
}

StringRef format_integer(int128 value, StringRef field, Faults& faults, KernelContext& context) noexcept {
  return formatted(field, FormatKind::kInteger, faults, context,
                   [&](const Field& read) { return integer_text(value, read); });
}
StringRef format_float(double value, StringRef field, Faults& faults, KernelContext& context) noexcept {
  return formatted(field, FormatKind::kFloat, faults, context,
                   [&](const Field& read) { return std::optional(float_text(value, read)); });
}
StringRef format_text(StringRef value, StringRef field, Faults& faults, KernelContext& context) noexcept {
  return formatted(field, FormatKind::kText, faults, context,
                   [&](const Field& read) { return std::optional(text_text(value.view(), read)); });
}

}  // namespace headrace::kernel
