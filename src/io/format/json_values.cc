#include "io/format/json_values.h"

#include <cstring>
#include <optional>

#include "io/format/csv_numbers.h"
#include "io/format/csv_type_guess.h"
#include "io/format/csv_values.h"
#include "types/nested_type.h"
#include "types/parse_value.h"
#include "types/value_bytes.h"

namespace headrace {
namespace {

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
  const std::optional<double> value = parse_float64(text);
  if (!value || (shape.guessed && !keeps_digits(text, *value))) return false;
  std::memcpy(to, &*value, sizeof *value);
  return true;
}

template <class T>
bool store_integer(int64_t value, void* to) {
  const T narrow = static_cast<T>(value);
  if (static_cast<int64_t>(narrow) != value || (narrow < T{0}) != (value < 0)) return false;
  std::memcpy(to, &narrow, sizeof narrow);
  return true;
}

bool store_decimal(Type type, const PlainNumber& number, int64_t value, void* to) {
  if (number.scale > type.scale || type.scale - number.scale > 18) return false;
  const int128 unscaled = int128{value} * kWholePowersOfTen[type.scale - number.scale];
  if (type.id == TypeId::kDecimal128) {
    if (18 + type.scale - number.scale > type.precision) return false;  // it may have more digits
    std::memcpy(to, &unscaled, sizeof unscaled);
    return true;
  }
  const int128 bound = kWholePowersOfTen[type.precision];
  if (unscaled >= bound || unscaled <= -bound) return false;
  const auto narrow = static_cast<int64_t>(unscaled);
  std::memcpy(to, &narrow, sizeof narrow);
  return true;
}

}  // namespace

bool parse_json_scalar(const JsonShape& shape, std::string_view text, JsonRoom& room, void* to) {
  switch (shape.type.id) {
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

bool store_plain_json_number(const JsonShape& shape, std::string_view text, void* to) {
  PlainNumber number;
  if (!read_plain_number(text.data(), static_cast<uint32_t>(text.size()), '.', number)) return false;
  const Type type = shape.type;
  if (type == kFloat64) {
    double value;
    if (!to_float64(number, value) || (shape.guessed && !keeps_digits(text, value))) return false;
    std::memcpy(to, &value, sizeof value);
    return true;
  }
  const auto size = static_cast<int64_t>(number.digits);
  const int64_t value = number.negative ? -size : size;
  if (is_decimal(type)) return store_decimal(type, number, value, to);
  if (number.point) return false;
  switch (type.id) {
    case TypeId::kInt8: return store_integer<int8_t>(value, to);
    case TypeId::kInt16: return store_integer<int16_t>(value, to);
    case TypeId::kInt32: return store_integer<int32_t>(value, to);
    case TypeId::kInt64: return store_integer<int64_t>(value, to);
    case TypeId::kUInt8: return store_integer<uint8_t>(value, to);
    case TypeId::kUInt16: return store_integer<uint16_t>(value, to);
    case TypeId::kUInt32: return store_integer<uint32_t>(value, to);
    case TypeId::kUInt64: return store_integer<uint64_t>(value, to);
    default: return false;
  }
}

bool store_plain_json_moment(Type type, std::string_view text, const CsvDialect& formats, void* to) {
  int32_t days;
  int64_t us;
  if (type == kDate) {
    if (text.size() != 10 || !formats.date_format.empty() || !read_plain_date(text.data(), days)) return false;
    std::memcpy(to, &days, sizeof days);
    return true;
  }
  if (type == kTimestamp && !formats.timestamp_format.empty()) return false;
  if (!read_plain_timestamp(text.data(), static_cast<uint32_t>(text.size()), us)) return false;
  std::memcpy(to, &us, sizeof us);
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
