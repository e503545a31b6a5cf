// Lists, structs and maps out of JSON.
#include <algorithm>
#include <cstring>
#include <vector>

#include "io/format/json_values.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/with_layout.h"

namespace headrace {
namespace {

void append_text(std::string_view text, std::string& to) {
  const size_t size = to.size();
  to.resize(size + nested_text_bytes(text));
  write_nested_text(text, to.data() + size);
}

void append_fixed(Type type, const void* from, std::string& to) {
  with_layout(type.id, [&](auto model) {
    using T = decltype(model);
    if constexpr (!std::is_same_v<T, StringRef>) {
      T value;
      std::memcpy(&value, from, sizeof value);
      char ordered[kOrderedBytes<T>];
      write_ordered(value, ordered);
      to.append(ordered, sizeof ordered);
    }
  });
}

// A value inside another one, without its marker; nulls are left.
JsonTaken take_inside(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::string& to) {
  if (is_nested(shape.type.id)) {
    std::string bytes;
    const JsonTaken taken = take_json_nested(cursor, shape, room, bytes);
    if (taken == JsonTaken::kValue) append_text(bytes, to);
    return taken;
  }
  if (is_text_layout(shape.type)) {
    std::string_view text;
    const JsonTaken taken = take_json_bytes(cursor, shape, room, text);
    if (taken == JsonTaken::kValue) append_text(text, to);
    return taken;
  }
  alignas(16) char value[16];
  const JsonTaken taken = take_json_scalar(cursor, shape, room, value);
  if (taken == JsonTaken::kValue) append_fixed(shape.type, value, to);
  return taken;
}

// With its marker. What does not fit is noted, and the rest of the value still looked at.
JsonTaken take_field(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::string& to) {
  if (cursor.accept_null()) {
    to += kNestedNull;
    return JsonTaken::kValue;
  }
  to += kNestedValid;
  return take_inside(cursor, shape, room, to);
}

bool goes_on(JsonTaken taken) { return taken == JsonTaken::kValue || taken == JsonTaken::kUnfit; }

JsonTaken take_list(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::string& to) {
  JsonTaken all = JsonTaken::kValue;
  cursor.advance();
  if (!cursor.accept(']')) {
    do {
      const JsonTaken taken = all == JsonTaken::kUnfit
                                  ? (cursor.skip_value() ? JsonTaken::kUnfit : JsonTaken::kMalformed)
                                  : take_field(cursor, shape.inside[0], room, to);
      if (!goes_on(taken)) return taken;
      if (taken == JsonTaken::kUnfit) all = taken;
    } while (cursor.accept(','));
    if (!cursor.expect(']', "',' or ']'")) return JsonTaken::kMalformed;
  }
  to += kNestedEnd;
  return all;
}

// The key in front of a value, and the colon behind it.
JsonTaken take_key(JsonCursor& cursor, JsonRoom& room, std::string_view& key) {
  if (cursor.peek() != '"') {
    cursor.fail("a key in double quotes");
    return JsonTaken::kMalformed;
  }
  const JsonTaken taken = take_json_text(cursor, room, key);
  if (taken != JsonTaken::kValue) return taken;
  return cursor.expect(':', "':'") ? JsonTaken::kValue : JsonTaken::kMalformed;
}

// False: the text is no value of the key's type.
bool append_map_key(const JsonShape& shape, std::string_view key, JsonRoom& room, std::string& to) {
  if (shape.type == kUtf8) {
    append_text(key, to);
    return true;
  }
  alignas(16) char value[16];
  if (is_text_layout(shape.type) || !parse_json_scalar(shape, key, room, value)) return false;
  append_fixed(shape.type, value, to);
  return true;
}

// Where each field's value stands; the fields may stand in any order.
JsonTaken find_fields(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::vector<JsonPlace>& places) {
  JsonTaken all = JsonTaken::kValue;
  const char* const from = cursor.here();
  cursor.advance();
  if (cursor.accept('}')) return all;
  size_t likely = 0;
  do {
    std::string_view key;
    if (const JsonTaken taken = take_key(cursor, room, key); taken != JsonTaken::kValue) return taken;
    if (likely == shape.keys.size() || shape.keys[likely] != key)
      likely = static_cast<size_t>(std::find(shape.keys.begin(), shape.keys.end(), key) - shape.keys.begin());
    if (likely < shape.keys.size() && shape.inside[likely].is_left_out) {
      ++likely;
    } else if (likely < shape.keys.size()) {
      if (places[likely].token != 0)
        all = unfit_json(room, {from, static_cast<size_t>(cursor.here() - from)}, shape.type, "found a key twice");
      places[likely++] = cursor.place();
    }
    if (!cursor.skip_value()) return JsonTaken::kMalformed;
  } while (cursor.accept(','));
  return cursor.expect('}', "',' or '}'") ? all : JsonTaken::kMalformed;
}

JsonTaken take_struct(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::string& to) {
  std::vector<JsonPlace> places(shape.keys.size());  // a value is never the first token
  JsonTaken all = find_fields(cursor, shape, room, places);
  if (all != JsonTaken::kValue) return all;
  const JsonPlace behind = cursor.place();
  for (size_t field = 0; field < places.size() && all == JsonTaken::kValue; ++field) {
    if (places[field].token == 0) {
      to += kNestedNull;
      continue;
    }
    cursor.go_to(places[field]);
    all = take_field(cursor, shape.inside[field], room, to);
  }
  cursor.go_to(behind);
  return all;
}

JsonTaken take_map(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::string& to) {
  std::vector<std::string> keys;
  JsonTaken all = JsonTaken::kValue;
  const char* const from = cursor.here();
  cursor.advance();
  if (!cursor.accept('}')) {
    do {
      std::string_view key;
      if (const JsonTaken taken = take_key(cursor, room, key); taken != JsonTaken::kValue) return taken;
      keys.emplace_back();
      if (!append_map_key(shape.inside[0], key, room, keys.back())) all = unfit_json(room, key, shape.inside[0].type);
      to += kNestedValid;
      to += keys.back();
      const JsonTaken taken = all == JsonTaken::kUnfit
                                  ? (cursor.skip_value() ? JsonTaken::kUnfit : JsonTaken::kMalformed)
                                  : take_field(cursor, shape.inside[1], room, to);
      if (!goes_on(taken)) return taken;
      if (taken == JsonTaken::kUnfit) all = taken;
    } while (cursor.accept(','));
    if (!cursor.expect('}', "',' or '}'")) return JsonTaken::kMalformed;
  }
  to += kNestedEnd;
  std::sort(keys.begin(), keys.end());
  if (all == JsonTaken::kValue && std::adjacent_find(keys.begin(), keys.end()) != keys.end())
    return unfit_json(room, {from, static_cast<size_t>(cursor.here() - from)}, shape.type, "found a key twice");
  return all;
}

}  // namespace

JsonTaken take_json_nested(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::string& to) {
  const char first = cursor.peek();
  if (first != (shape.type.id == TypeId::kList ? '[' : '{')) {
    std::string_view text;
    if (!cursor.take_text(text)) return JsonTaken::kMalformed;
    return unfit_json(room, text, shape.type);
  }
  if (shape.type.id == TypeId::kList) return take_list(cursor, shape, room, to);
  return shape.type.id == TypeId::kStruct ? take_struct(cursor, shape, room, to) : take_map(cursor, shape, room, to);
}

}  // namespace headrace
