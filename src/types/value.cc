#include "types/value.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/number_text.h"
#include "types/parse_nested.h"

namespace headrace {
namespace {

template <class Write>
std::string written(Write&& write) {
  char text[kNumberTextBytesMax];
  return {text, write(text)};
}

bool is_control(char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; }

std::string escaped(char letter) {
  switch (letter) {
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(letter);
  return {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

std::string quoted(const std::string& text) { return quoted_text(text, '\''); }

std::string as_cast(const std::string& text, Type type) { return text + "::" + to_text(type); }

// A plain integer reads as int32, and a minus sign is an operator: the most negative ones do not read back on their own.
std::string integer_literal(int64_t value, int64_t smallest, Type type) {
  const std::string text = written([&](char* to) { return write_int64(value, to); });
  if (value == smallest) return as_cast(quoted(text), type);
  if (type == kInt32) return text;
  return as_cast(value < 0 ? "(" + text + ")" : text, type);
}

// 12.50 reads as decimal(4,2); every other precision, and what has no digit before the point, is said.
std::string decimal_literal(int128 unscaled, Type type) {
  const std::string text = decimal_to_text(unscaled, type.scale);
  const bool negative = unscaled < 0;
  const size_t digits = text.size() - 1 - static_cast<size_t>(negative);
  const bool plain = type.scale > 0 && text[negative ? 1 : 0] != '0' && digits == type.precision;
  if (plain) return text;
  if (text.size() > 19) return as_cast(quoted(text), type);
  return as_cast(negative ? "(" + text + ")" : text, type);
}

std::string double_literal(double value) {
  const std::string text = double_to_text(value);
  if (!std::isfinite(value)) return as_cast(quoted(text), kFloat64);
  return text.find('e') == std::string::npos ? text + "e0" : text;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char letter : bytes) {
    const auto byte = static_cast<unsigned char>(letter);
    text += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

// As tables print it where that reads back as the same bytes, else the bytes.
std::string nested_literal(const Value& value) {
  const auto& bytes = std::get<std::string>(value.data);
  const std::string shown = nested_to_text(value.type, bytes);
  return as_cast(quoted(parse_nested(shown, value.type) == bytes ? shown : "\\x" + hex_of(bytes)), value.type);
}

}  // namespace

std::string quoted_text(std::string_view text, char quote) {
  const bool escapes = std::any_of(text.begin(), text.end(), is_control);
  std::string result = escapes ? "E" : "";
  result += quote;
  for (const char letter : text) {
    if (escapes && (letter == '\\' || is_control(letter))) {
      result += escaped(letter);
      continue;
    }
    if (letter == quote) result += quote;
    result += letter;
  }
  return result + quote;
}

std::string decimal_to_text(int128 unscaled, uint8_t scale) {
  return written([&](char* to) { return write_decimal(unscaled, scale, to); });
}
std::string date_to_text(int32_t days) {
  return written([&](char* to) { return write_date(days, to); });
}
std::string timestamp_to_text(int64_t us) {
  return written([&](char* to) { return write_timestamp(us, to); });
}
std::string double_to_text(double value) {
  return written([&](char* to) { return write_double(value, to); });
}

std::string binary_to_text(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char letter : bytes) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte >= 0x20 && byte < 0x7f && letter != '\\' && letter != '\'' && letter != '"') {
      text += letter;
      continue;
    }
    text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

std::string to_display(const Value& value) {
  if (value.is_null()) return "NULL";
  const auto integer = [&] { return std::get<int64_t>(value.data); };
  switch (value.type.id) {
    case TypeId::kNull: break;
    case TypeId::kBool: return std::get<bool>(value.data) ? "true" : "false";
    case TypeId::kInt8:
    case TypeId::kInt16:
    case TypeId::kUInt8:
    case TypeId::kUInt16:
    case TypeId::kInt32: return std::to_string(std::get<int32_t>(value.data));
    case TypeId::kUInt32:
    case TypeId::kInt64: return std::to_string(integer());
    case TypeId::kUInt64: return decimal_to_text(std::get<int128>(value.data), 0);
    case TypeId::kFloat32:
      return written([&](char* to) { return write_float(static_cast<float>(std::get<double>(value.data)), to); });
    case TypeId::kFloat64: return double_to_text(std::get<double>(value.data));
    case TypeId::kDecimal64:
    case TypeId::kDecimal128: return decimal_to_text(std::get<int128>(value.data), value.type.scale);
    case TypeId::kDate: return date_to_text(std::get<int32_t>(value.data));
    case TypeId::kTime: return written([&](char* to) { return write_time(integer(), to); });
    case TypeId::kTimestamp: return timestamp_to_text(integer());
    case TypeId::kTimestampNs: return written([&](char* to) { return write_timestamp_ns(integer(), to); });
    case TypeId::kTimestampTz: return timestamp_to_text(integer()) + "+00";
    case TypeId::kInterval:
      return written([&](char* to) { return write_interval(std::get<Interval>(value.data), to); });
    case TypeId::kUtf8: return std::get<std::string>(value.data);
    case TypeId::kBinary: return binary_to_text(std::get<std::string>(value.data));
    case TypeId::kEnum: return fields_of(value.type)[static_cast<size_t>(integer())].name;
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap: return nested_to_text(value.type, std::get<std::string>(value.data));
  }
  CHECK(false && "the null type has only nulls");
  return {};
}

std::string to_literal(const Value& value) {
  if (value.is_null()) return value.type == kNullType ? "NULL" : as_cast("NULL", value.type);
  switch (value.type.id) {
    case TypeId::kInt32:
      return integer_literal(std::get<int32_t>(value.data), std::numeric_limits<int32_t>::min(), kInt32);
    case TypeId::kInt64:
      return integer_literal(std::get<int64_t>(value.data), std::numeric_limits<int64_t>::min(), kInt64);
    case TypeId::kFloat64: return double_literal(std::get<double>(value.data));
    case TypeId::kDecimal64:
    case TypeId::kDecimal128: return decimal_literal(std::get<int128>(value.data), value.type);
    case TypeId::kDate: return "DATE " + quoted(to_display(value));
    case TypeId::kTimestamp: return "TIMESTAMP " + quoted(to_display(value));
    case TypeId::kInterval: return "INTERVAL " + quoted(to_display(value));
    case TypeId::kUtf8: return quoted(std::get<std::string>(value.data));
    case TypeId::kNull:
    case TypeId::kBool: return to_display(value);
    case TypeId::kList:
    case TypeId::kStruct:
    case TypeId::kMap: return nested_literal(value);
    default: return as_cast(quoted(to_display(value)), value.type);
  }
}

}  // namespace headrace
