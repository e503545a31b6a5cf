#include "io/format/json_column.h"

#include <cstring>
#include <new>

#include "types/string_ref.h"

namespace headrace {

void JsonColumn::fill(uint32_t end) {
  if (end <= next_) return;
  const uint64_t width = width_bytes(shape_.type.id);
  std::memset(values_ + next_ * width, 0, (end - next_) * width);  // also a StringRef that may be read
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

JsonTaken JsonColumn::append(JsonCursor& cursor, uint32_t row, JsonRoom& room) {
  if (cursor.accept_null()) {
    put_null(row);
    return JsonTaken::kNull;
  }
  if (is_text_layout(shape_.type)) return append_text(cursor, row, room);
  const uint64_t width = width_bytes(shape_.type.id);
  const JsonTaken taken = take_json_scalar(cursor, shape_, room, values_ + row * width);
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
