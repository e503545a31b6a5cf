// kernel/nested.h — lists, structs and maps as the bytes of types/nested_value.h. `shape` is nested_shape of the value's type, a
// literal. Fields are numbered from 1; the fields of a map are its keys and values by turns. What asks for a field that there
// is not gives zero: whoever may ask first asks nested_has.
#pragma once

#include <cstring>

#include "kernel/context.h"
#include "kernel/faults.h"
#include "types/nested_bytes.h"

namespace headrace::kernel {

// Walks the fields of one value.
struct NestedFields {
  const char* at;
  const char* end;
  const char* shape;
  uint32_t shape_size;
  uint32_t position = 0;  // of the field at `at`, from 0

  NestedFields(const StringRef& bytes, const StringRef& shape_of)
      : at(bytes.data()), end(bytes.data() + bytes.size), shape(shape_of.data()), shape_size(shape_of.size) {}

  bool at_end() const { return at >= end || *at == kNestedEnd || shape_size == 0; }
  bool is_valid() const { return *at == kNestedValid; }
  char letter() const { return shape[position % shape_size]; }
  const char* value() const { return at + 1; }
  const char* value_end() const { return is_valid() ? skip_nested_field(letter(), at + 1, end) : at + 1; }
  void next() {
    at = value_end();
    ++position;
  }
};

inline int64_t nested_count(const StringRef& bytes, const StringRef& shape) {
  NestedFields fields(bytes, shape);
  while (!fields.at_end()) fields.next();
  return shape.size == 0 ? 0 : fields.position / shape.size;
}

// Values of fewer bytes are walked from their begin.
inline constexpr uint32_t kCursorBytesMin = 256;

// Moves to field `index`, from the end when it is negative, with the cursors of those that read it or not. False: there is none.
template <bool kReads>
inline bool find_nested_field(NestedFields& fields, const StringRef& bytes, const StringRef& shape, int64_t index,
                              KernelContext& context) {
  if (index == 0) return false;
  if (index < 0) index += nested_count(bytes, shape) * shape.size + 1;
  if (index < 1) return false;
  NestedCursors::Cursor* const cursor =
      context.nested != nullptr && bytes.size >= kCursorBytesMin ? &context.nested->of(bytes.data(), kReads) : nullptr;
  if (cursor != nullptr && cursor->value == bytes.data() && cursor->size == bytes.size &&
      int64_t{cursor->position} + 1 <= index) {
    fields.at = cursor->at;
    fields.position = cursor->position;
  }
  while (!fields.at_end() && int64_t{fields.position} + 1 < index) fields.next();
  if (cursor != nullptr) *cursor = {bytes.data(), fields.at, bytes.size, fields.position};
  return !fields.at_end();
}

// Whether there is a field `index` that is not null.
inline bool nested_has(StringRef bytes, StringRef shape, int64_t index, KernelContext& context) {
  NestedFields fields(bytes, shape);
  return find_nested_field<false>(fields, bytes, shape, index, context) && fields.is_valid();
}

template <class T>
inline T read_nested_field(const NestedFields& fields, Faults& faults, KernelContext& context) {
  if constexpr (std::is_same_v<T, StringRef>) {
    const char* const end = fields.value_end();
    if (end - fields.value() < 2) return {};
    const auto escaped = static_cast<uint32_t>(end - fields.value() - 2);
    if (std::memchr(fields.value(), 0, escaped) == nullptr) return {fields.value(), escaped};
    char* room = context.arena->allocate(escaped);
    faults.add_if(Faults::kMemory, room == nullptr);
    if (room == nullptr) return {};
    return {room, read_nested_text(fields.value(), end, room)};
  } else {
    if (fields.value_end() - fields.value() < static_cast<ptrdiff_t>(kOrderedBytes<T>)) return T{};
    return read_ordered<T>(fields.value());
  }
}

// The value of field `index`; `like` is any value of its type.
template <class T>
inline T nested_get(T, StringRef bytes, StringRef shape, int64_t index, Faults& faults, KernelContext& context) {
  NestedFields fields(bytes, shape);
  if (!find_nested_field<true>(fields, bytes, shape, index, context) || !fields.is_valid()) return T{};
  return read_nested_field<T>(fields, faults, context);
}

// --- making values: bytes without their end, to which fields are appended

inline char* nested_room(uint64_t size, Faults& faults, KernelContext& context) {
  faults.overflow_if(size > UINT32_MAX);
  char* room = size > UINT32_MAX ? nullptr : context.arena->allocate(size > 0 ? size : 1);
  faults.add_if(Faults::kMemory, room == nullptr && size <= UINT32_MAX);
  return room;
}

template <class T>
inline StringRef nested_append(StringRef bytes, T value, Faults& faults, KernelContext& context) {
  uint64_t field_bytes = 0;
  if constexpr (std::is_same_v<T, StringRef>) {
    field_bytes = nested_text_bytes(value.view());
  } else {
    field_bytes = kOrderedBytes<T>;
  }
  const uint64_t size = bytes.size + 1 + field_bytes;
  char* const room = nested_room(size, faults, context);
  if (room == nullptr) return {};
  std::memcpy(room, bytes.data(), bytes.size);
  room[bytes.size] = kNestedValid;
  if constexpr (std::is_same_v<T, StringRef>) {
    write_nested_text(value.view(), room + bytes.size + 1);
  } else {
    write_ordered(value, room + bytes.size + 1);
  }
  return {room, static_cast<uint32_t>(size)};
}

inline StringRef with_byte(const StringRef& bytes, char last, Faults& faults, KernelContext& context) {
  char* const room = nested_room(uint64_t{bytes.size} + 1, faults, context);
  if (room == nullptr) return {};
  std::memcpy(room, bytes.data(), bytes.size);
  room[bytes.size] = last;
  return {room, bytes.size + 1};
}
inline StringRef nested_append_null(StringRef bytes, Faults& faults, KernelContext& context) {
  return with_byte(bytes, kNestedNull, faults, context);
}
// The bytes with what was appended to an empty value.
inline StringRef nested_join(StringRef bytes, StringRef fields, Faults& faults, KernelContext& context) {
  const uint64_t size = uint64_t{bytes.size} + fields.size;
  char* const room = nested_room(size, faults, context);
  if (room == nullptr) return {};
  std::memcpy(room, bytes.data(), bytes.size);
  std::memcpy(room + bytes.size, fields.data(), fields.size);
  return {room, static_cast<uint32_t>(size)};
}
// The finished value of the type that the literal names: a list and a map get their end.
inline StringRef nested_close(StringRef bytes, StringRef type, Faults& faults, KernelContext& context) {
  const bool is_struct =
      type.size >= 7 && std::memcmp(type.data(), "struct(", 7) == 0 && type.data()[type.size - 1] == ')';
  return is_struct ? bytes : with_byte(bytes, kNestedEnd, faults, context);
}

// --- lists; a field is one that nested_append made of an empty value

inline bool list_contains_field(StringRef list, StringRef shape, StringRef field) {
  for (NestedFields fields(list, shape); !fields.at_end(); fields.next()) {
    const auto size = static_cast<uint32_t>(fields.value_end() - fields.at);
    if (size == field.size && std::memcmp(fields.at, field.data(), size) == 0) return true;
  }
  return false;
}
// From 1; 0: not in it.
inline int32_t list_position_field(StringRef list, StringRef shape, StringRef field) {
  for (NestedFields fields(list, shape); !fields.at_end(); fields.next()) {
    const auto size = static_cast<uint32_t>(fields.value_end() - fields.at);
    if (size == field.size && std::memcmp(fields.at, field.data(), size) == 0)
      return static_cast<int32_t>(fields.position) + 1;
  }
  return 0;
}
inline StringRef list_concat(StringRef left, StringRef right, Faults& faults, KernelContext& context) {
  const uint64_t kept = left.size > 0 ? left.size - 1 : 0;  // without its end
  char* const room = nested_room(kept + right.size, faults, context);
  if (room == nullptr) return {};
  std::memcpy(room, left.data(), kept);
  std::memcpy(room + kept, right.data(), right.size);
  return {room, static_cast<uint32_t>(kept + right.size)};
}

enum class ListOrder : int32_t { kReversed, kAscending, kDescending, kDistinct };
extern "C" {
// Elements first … last, by step, as DuckDB's list[first:last:step]; bounds from the end when negative.
void headrace_rt_list_every(const StringRef* list, const StringRef* shape, int64_t step, StringRef* to,
                            uint32_t* faults, KernelContext* context) noexcept;
void headrace_rt_list_slice(const StringRef* list, const StringRef* shape, int64_t first, int64_t last,

                            StringRef* to, uint32_t* faults, KernelContext* context) noexcept;
void headrace_rt_list_reorder(const StringRef* list, const StringRef* shape, ListOrder order, StringRef* to,
                              uint32_t* faults, KernelContext* context) noexcept;
// first, first + step … before end (also at it when `closed`), as a list of int64; at most 10^7 elements.
void headrace_rt_list_range(int64_t first, int64_t end, int64_t step, bool closed, StringRef* to, uint32_t* faults,
                            KernelContext* context) noexcept;
void headrace_rt_string_split(const StringRef* text, const StringRef* separator, StringRef* to, uint32_t* faults,
                              KernelContext* context) noexcept;
// Of a list of utf8; nulls are left out.
void headrace_rt_array_to_string(const StringRef* list, const StringRef* separator, StringRef* to, uint32_t* faults,
                                 KernelContext* context) noexcept;
// A list of lists as one list; nulls among them are left out.
void headrace_rt_list_flatten(const StringRef* list, StringRef* to, uint32_t* faults, KernelContext* context) noexcept;
// Every second field, from 0 (keys of a map) or 1 (values), as a list.
void headrace_rt_map_fields(const StringRef* map, const StringRef* shape, uint32_t which, StringRef* to,
                            uint32_t* faults, KernelContext* context) noexcept;
// Two lists of one length as a map; kBadCast: lengths differ, a key is null or there twice.
void headrace_rt_map_of_lists(const StringRef* keys, const StringRef* values, const StringRef* key_shape,
                              const StringRef* value_shape, StringRef* to, uint32_t* faults,
                              KernelContext* context) noexcept;
// As result tables print it; kBadCast: the text names no type.
void headrace_rt_nested_to_text(const StringRef* bytes, const StringRef* type, StringRef* to, uint32_t* faults,
                                KernelContext* context) noexcept;
// Field by field, each through its text where the types differ; the types are literals in their text form.
void headrace_rt_nested_cast(const StringRef* bytes, const StringRef* from, const StringRef* type, StringRef* to,
                             uint32_t* faults, KernelContext* context) noexcept;
// What headrace_rt_nested_to_text prints, read back.
void headrace_rt_text_to_nested(const StringRef* text, const StringRef* type, StringRef* to, uint32_t* faults,
                                KernelContext* context) noexcept;
}

inline StringRef list_every(StringRef list, StringRef shape, int64_t step, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_list_every(&list, &shape, step, &result, &faults.bits, &context);
  return result;
}
inline StringRef list_slice(StringRef list, StringRef shape, int64_t first, int64_t last, Faults& faults,
                            KernelContext& context) {
  StringRef result;
  headrace_rt_list_slice(&list, &shape, first, last, &result, &faults.bits, &context);
  return result;
}
template <ListOrder Order>
inline StringRef list_reorder(StringRef list, StringRef shape, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_list_reorder(&list, &shape, Order, &result, &faults.bits, &context);
  return result;
}
template <bool Closed>
inline StringRef list_range(int64_t first, int64_t end, int64_t step, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_list_range(first, end, step, Closed, &result, &faults.bits, &context);
  return result;
}
inline StringRef string_split(StringRef text, StringRef separator, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_string_split(&text, &separator, &result, &faults.bits, &context);
  return result;
}
inline StringRef array_to_string(StringRef list, StringRef separator, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_array_to_string(&list, &separator, &result, &faults.bits, &context);
  return result;
}
inline StringRef list_flatten(StringRef list, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_list_flatten(&list, &result, &faults.bits, &context);
  return result;
}
template <uint32_t Which>
inline StringRef map_fields(StringRef map, StringRef shape, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_map_fields(&map, &shape, Which, &result, &faults.bits, &context);
  return result;
}
inline StringRef map_of_lists(StringRef keys, StringRef values, StringRef key_shape, StringRef value_shape,
                              Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_map_of_lists(&keys, &values, &key_shape, &value_shape, &result, &faults.bits, &context);
  return result;
}
// The position of a key's value among the fields, from 1; 0: the map has no such key. `field` as in list_contains_field.
inline int64_t map_value_position(StringRef map, StringRef shape, StringRef field) {
  for (NestedFields fields(map, shape); !fields.at_end(); fields.next()) {
    if (fields.position % 2 != 0) continue;
    const auto size = static_cast<uint32_t>(fields.value_end() - fields.at);
    if (size == field.size && std::memcmp(fields.at, field.data(), size) == 0) return int64_t{fields.position} + 2;
  }
  return 0;
}
// `texts`: a list of utf8.
inline StringRef enum_to_text(uint32_t value, StringRef texts, Faults& faults, KernelContext& context) {
  return nested_get<StringRef>(StringRef(), texts, StringRef("s", 1), int64_t{value} + 1, faults, context);
}
inline uint32_t text_to_enum(StringRef text, StringRef texts, Faults& faults) {
  const auto escaped = static_cast<uint32_t>(nested_text_bytes(text.view()));
  const StringRef shape("s", 1);
  for (NestedFields fields(texts, shape); !fields.at_end(); fields.next()) {
    const char* from = fields.value();
    if (fields.value_end() - from != static_cast<ptrdiff_t>(escaped)) continue;
    bool same = true;
    for (const char byte : text.view()) {
      same &= *from++ == byte;
      if (byte == 0) ++from;
    }
    if (same) return fields.position;
  }
  faults.add_if(Faults::kBadCast, true);
  return 0;
}
inline StringRef nested_to_text(StringRef bytes, StringRef type, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_nested_to_text(&bytes, &type, &result, &faults.bits, &context);
  return result;
}
inline StringRef nested_cast(StringRef bytes, StringRef from, StringRef type, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_nested_cast(&bytes, &from, &type, &result, &faults.bits, &context);
  return result;
}
inline StringRef text_to_nested(StringRef text, StringRef type, Faults& faults, KernelContext& context) {
  StringRef result;
  headrace_rt_text_to_nested(&text, &type, &result, &faults.bits, &context);
  return result;
}

}  // namespace headrace::kernel
