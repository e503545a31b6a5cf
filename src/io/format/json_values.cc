#include "io/format/json_values.h"

#include <cstring>
#include <optional>

#include "io/format/csv_type_guess.h"
#include "io/format/csv_values.h"
#include "types/nested_type.h"
#include "types/parse_value.h"
#include "types/value_bytes.h"

namespace headrace {
namespace {

// Up to 18 digits; nothing: the text is something else, or longer.
bool parse_short_integer(std::string_view text, int64_t& value) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 18) return false;
  int64_t size = 0;
  for (const char c : text) {
    if (!is_json_digit(c)) return false;
    size = size * 10 + (c - '0');
  }
  value = negative ? -size : size;
  return true;
}

// Digits of a number up to 2^53 over a power of ten that is a float64 itself: the quotient is rounded once.
bool parse_short_float(std::string_view text, double& value) {
  constexpr double kTens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  if (text.size() > 16) return false;
  const bool negative = text.starts_with('-');
  int64_t digits = 0;
  size_t point = text.size(), count = 0;
  for (size_t at = negative ? 1 : 0; at < text.size(); ++at) {
    if (text[at] == '.' && point == text.size()) {
      point = at;
    } else {
      if (!is_json_digit(text[at])) return false;
      digits = digits * 10 + (text[at] - '0');
      ++count;
    }
  }
  if (count == 0 || count > 15) return false;
  const double size = static_cast<double>(digits) / kTens[point == text.size() ? 0 : text.size() - point - 1];
  value = negative ? -size : size;
  return true;
}

bool is_json_number(std::string_view text) {
  const std::string ended(text);
  return skip_json_number(ended.c_str()) == ended.c_str() + ended.size();
}

template <class T>
bool put(const std::optional<T>& value, void* to) {
  if (value) std::memcpy(to, &*value, sizeof(T));
  return value.has_value();
}

bool parse_float(const JsonShape& shape, std::string_view text, void* to) {
  double value;
  if (!parse_short_float(text, value)) {
    const std::optional<double> parsed = parse_float64(text);
    if (!parsed) return false;
    value = *parsed;
  }
  if (shape.guessed && !keeps_digits(text, value)) return false;
  std::memcpy(to, &value, sizeof value);
  return true;
}

}  // namespace

bool parse_json_scalar(const JsonShape& shape, std::string_view text, JsonRoom& room, void* to) {
  switch (shape.type.id) {
    case TypeId::kInt64: {
      int64_t value;
      if (!parse_short_integer(text, value)) break;
      std::memcpy(to, &value, sizeof value);
      return true;
    }
    case TypeId::kFloat64: return parse_float(shape, text, to);
    case TypeId::kDate: return put(parse_csv_date(text, *room.formats), to);
    case TypeId::kTimestamp: return put(parse_csv_timestamp(text, *room.formats), to);
    case TypeId::kTimestampTz: return put(parse_timestamp_tz(text), to);
    default: break;
  }
  if (shape.guessed && shape.type == kBool) return put(parse_guessed_bool(text), to);
  if (is_integer(shape.type) || is_decimal(shape.type)) {
    const bool plain = text.find_first_of(is_decimal(shape.type) ? "eE" : ".eE") == std::string_view::npos;
    if (!plain && is_json_number(text)) {
      const std::optional<std::string_view> made = plain_json_number(text, room.number);
      if (!made) return false;
      text = *made;
    }
  }
  const Result<Value> value = parse_value(text, shape.type);
  if (!value.ok()) return false;
  write_value_bytes(value.value(), to);
  return true;
}

JsonTaken unfit_json(JsonRoom& room, std::string_view text, Type type, const char* why) {
  room.unfit = {text, type, why};
  return JsonTaken::kUnfit;
}

JsonTaken take_json_text(JsonCursor& cursor, JsonRoom& room, std::string_view& text) {
  const JsonPlace before = cursor.place();
  bool escapes = false;
  const std::string_view raw = cursor.take_string(escapes);
  text = raw;
  if (!escapes) return JsonTaken::kValue;
  char* to = room.arena->allocate(raw.size());
  if (to == nullptr) return JsonTaken::kNoMemory;
  const std::optional<uint32_t> size = unescape_json(raw, to);
  if (!size) {
    cursor.go_to(before);
    cursor.skip_string();  // says what is wrong
    return JsonTaken::kMalformed;
  }
  text = {to, *size};
  return JsonTaken::kValue;
}

JsonTaken take_json_bytes(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::string_view& text) {
  if (shape.as_json || cursor.peek() != '"') {
    if (!cursor.take_text(text)) return JsonTaken::kMalformed;
    return shape.type == kBinary ? unfit_json(room, text, shape.type) : JsonTaken::kValue;
  }
  const JsonTaken taken = take_json_text(cursor, room, text);
  if (taken != JsonTaken::kValue || shape.type != kBinary) return taken;
  const std::optional<std::string> bytes = parse_binary(text);
  if (!bytes) return unfit_json(room, text, shape.type);
  char* to = room.arena->allocate(bytes->size());
  if (to == nullptr) return JsonTaken::kNoMemory;
  std::memcpy(to, bytes->data(), bytes->size());
  text = {to, bytes->size()};
  return JsonTaken::kValue;
}

JsonTaken take_json_scalar(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, void* to) {
  const char first = cursor.peek();
  std::string_view text;
  if (first == '"') {
    if (const JsonTaken taken = take_json_text(cursor, room, text); taken != JsonTaken::kValue) return taken;
    if (shape.guessed && (is_numeric(shape.type) || shape.type == kBool)) return unfit_json(room, text, shape.type);
  } else if (first == '{' || first == '[') {
    if (!cursor.take_text(text)) return JsonTaken::kMalformed;
    return unfit_json(room, text, shape.type);
  } else {
    text = cursor.take_scalar();
    if (text.empty()) return JsonTaken::kMalformed;
  }
  return parse_json_scalar(shape, text, room, to) ? JsonTaken::kValue : unfit_json(room, text, shape.type);
}

}  // namespace headrace
