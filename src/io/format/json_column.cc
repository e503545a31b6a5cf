#include "io/format/json_column.h"

#include <cstring>
#include <new>

#include "io/format/store_string.h"

namespace headrace {

void JsonColumn::fill(uint32_t end) {
  if (end <= next_) return;
  std::memset(values_ + uint64_t{next_} * width_, 0,
              uint64_t{end - next_} * width_);  // also a StringRef that may be read
  std::memset(validity_ + next_, 0, end - next_);
  any_null_ = true;
  next_ = end;
}

JsonTaken JsonColumn::append_text(JsonCursor& cursor, uint32_t row, JsonRoom& room) {
  std::string_view text;
  if (is_nested(shape_.type.id)) {
    room.scratch.clear();
    const JsonTaken taken = take_json_nested(cursor, shape_, room, room.scratch);
    if (taken != JsonTaken::kValue) return taken;
    char* to = room.arena->allocate(room.scratch.size());
    if (to == nullptr) return JsonTaken::kNoMemory;
    std::memcpy(to, room.scratch.data(), room.scratch.size());
    text = {to, room.scratch.size()};
  } else if (const JsonTaken taken = take_json_bytes(cursor, shape_, room, text); taken != JsonTaken::kValue) {
    return taken;
  }
  put(row);
  new (values_ + uint64_t{row} * sizeof(StringRef)) StringRef(text);
  return JsonTaken::kValue;
}

JsonColumn::Kind JsonColumn::kind_of(const JsonShape& shape) {
  const Type type = shape.type;
  if (type == kUtf8 && !shape.as_json) return Kind::kText;
  if (is_numeric(type) && type != kFloat32) return Kind::kNumber;
  if (type == kDate) return Kind::kDate;
  return type == kTimestamp || type == kTimestampTz ? Kind::kTimestamp : Kind::kOther;
}

bool JsonColumn::append_plain(JsonCursor& cursor, uint32_t row, const JsonRoom& room) {
  const char first = cursor.peek();
  char* const to = values_ + uint64_t{row} * width_;
  if (kind_ == Kind::kNumber) {
    if ((first != '-' && !is_json_digit(first)) || !store_plain_json_number(shape_, cursor.whole_token(), to))
      return false;
    cursor.advance();
    put(row);
    return true;
  }
  if (first != '"' || kind_ == Kind::kOther) return false;
  const JsonPlace before = cursor.place();
  bool escapes = false;
  const std::string_view text = cursor.take_string(escapes);
  bool stored = !escapes;
  if (stored && kind_ == Kind::kText)
    store_string(reinterpret_cast<StringRef*>(to), text.data(), static_cast<uint32_t>(text.size()));
  else
    stored = stored && store_plain_json_moment(shape_.type, text, *room.formats, to);
  if (stored)
    put(row);
  else
    cursor.go_to(before);
  return stored;
}

JsonTaken JsonColumn::append(JsonCursor& cursor, uint32_t row, JsonRoom& room) {
  if (append_plain(cursor, row, room)) return JsonTaken::kValue;
  if (cursor.accept_null()) {
    put_null(row);
    return JsonTaken::kNull;
  }
  if (is_text_layout(shape_.type)) return append_text(cursor, row, room);
  const JsonTaken taken = take_json_scalar(cursor, shape_, room, values_ + uint64_t{row} * width_);
  if (taken == JsonTaken::kValue) put(row);
  return taken;
}

Vector JsonColumn::take(uint32_t rows, std::shared_ptr<const void> owner) {
  fill(rows);
  Vector vector;
  vector.type = shape_.type;
  vector.data = values_;
  vector.validity = any_null_ ? validity_ : nullptr;
  vector.owner = std::move(owner);
  return vector;
}

}  // namespace headrace
