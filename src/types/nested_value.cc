#include "types/nested_value.h"

#include <algorithm>

#include "base/check.h"
#include "types/nested_type.h"
#include "types/value_bytes.h"
#include "types/with_layout.h"

namespace headrace {
namespace {

char letter_of(Type type) {
  if (is_text_layout(type)) return 's';
  if (type == kInterval) return 'i';
  if (type == kNullType) return '1';  // there is never a value
  return width_bytes(type.id) == 16 ? 'g' : static_cast<char>('0' + width_bytes(type.id));
}

bool has_end(TypeId id) { return id != TypeId::kStruct; }

// Whether the field at `index` of a value stands behind a marker of its own: a map's key stands behind the entry's.
Type field_type(Type type, size_t index) {
  const auto fields = fields_of(type);
  return fields[index % fields.size()].type;
}
bool is_value_of_entry(Type type, size_t index) { return type.id == TypeId::kMap && index % 2 == 1; }

// One field without its marker, read and skipped.
Value take_field(Type type, const char*& at, const char* bytes_end) {
  const char* end = skip_nested_field(letter_of(type), at, bytes_end);
  const char* from = at;
  at = end;
  if (type == kNullType) return null_value(type);
  if (is_text_layout(type)) {
    std::string text(static_cast<size_t>(end - from), '\0');
    if (end - from >= 2) text.resize(read_nested_text(from, end, text.data()));
    return {type, std::move(text)};
  }
  return with_layout(type.id, [&](auto model) {
    using T = decltype(model);
    if constexpr (std::is_same_v<T, StringRef>) {
      return null_value(type);
    } else {
      if (end - from < static_cast<ptrdiff_t>(kOrderedBytes<T>)) return null_value(type);
      const T value = read_ordered<T>(from);
      return value_of_bytes(type, &value);
    }
  });
}

bool is_bare(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text == "NULL" || text == "null") return false;
  return std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c < 0x20 || std::string_view(",'\"[]{}=:\\").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::string quoted_inside(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') result += '\\';
    result += letter;
  }
  return result + "'";
}

std::string field_to_text(Type type, const Value& value) {
  if (value.is_null()) return "NULL";
  const std::string text = to_display(value);
  return is_nested(type.id) || is_bare(text) ? text : quoted_inside(text);
}

// Checks one field at `at`; nullptr: not well-formed.
const char* checked_field(Type type, const char* at, const char* end) {
  if (type == kNullType) return nullptr;
  if (!is_text_layout(type)) {
    const auto bytes = static_cast<ptrdiff_t>(type == kInterval ? 24 : width_bytes(type.id));
    return end - at >= bytes ? at + bytes : nullptr;
  }
  const char* from = at;
  while (end - at >= 2 && !(at[0] == 0 && at[1] == 0)) {
    if (at[0] == 0 && at[1] != static_cast<char>(0xff)) return nullptr;
    at += at[0] == 0 ? 2 : 1;
  }
  if (end - at < 2) return nullptr;
  at += 2;
  if (!is_nested(type.id)) return at;
  std::string inside(static_cast<size_t>(at - from), '\0');
  inside.resize(read_nested_text(from, at, inside.data()));
  return is_nested_value(type, inside) ? at : nullptr;
}

}  // namespace

std::string nested_shape(Type type) {
  std::string shape;
  for (const NestedField& field : fields_of(type)) shape += letter_of(field.type);
  return shape;
}

namespace {

void append_text(std::string_view text, std::string& to) {
  const size_t size = to.size();
  to.resize(size + nested_text_bytes(text));
  write_nested_text(text, to.data() + size);
}

void append_bytes_of(Type type, const void* from, std::string& to) {
  with_layout(type.id, [&](auto model) {
    using T = decltype(model);
    if constexpr (std::is_same_v<T, StringRef>) {
      append_text(static_cast<const StringRef*>(from)->view(), to);
    } else {
      T fixed;
      std::memcpy(&fixed, from, sizeof fixed);
      char ordered[kOrderedBytes<T>];
      write_ordered(fixed, ordered);
      to.append(ordered, sizeof ordered);
    }
  });
}

}  // namespace

void append_nested_field(Type type, const Value& value, std::string& to) {
  to += value.is_null() ? kNestedNull : kNestedValid;
  if (value.is_null()) return;
  if (const auto* text = std::get_if<std::string>(&value.data)) return append_text(*text, to);
  char bytes[16] = {};
  write_value_bytes(value, bytes);
  append_bytes_of(type, bytes, to);
}

void append_nested_field(const Vector& vector, uint64_t row, std::string& to) {
  const bool constant = vector.encoding == Encoding::kConstant;
  const bool valid = vector.validity == nullptr || vector.validity[constant ? 0 : row] != 0;
  to += valid ? kNestedValid : kNestedNull;
  if (!valid) return;
  const uint64_t index = vector.encoding == Encoding::kFlat ? row : constant ? 0 : vector.codes[row];
  append_bytes_of(vector.type, vector.as<char>() + index * width_bytes(vector.type.id), to);
}

std::string nested_bytes(Type type, const std::vector<Value>& fields) {
  std::string bytes;
  for (size_t i = 0; i < fields.size(); ++i) append_nested_field(field_type(type, i), fields[i], bytes);
  if (has_end(type.id)) bytes += kNestedEnd;
  return bytes;
}

std::vector<Value> nested_fields(Type type, std::string_view bytes) {
  std::vector<Value> fields;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  const size_t fields_max = type.id == TypeId::kStruct ? fields_of(type).size() : SIZE_MAX;
  while (at < end && *at != kNestedEnd && fields.size() < fields_max) {
    const Type field = field_type(type, fields.size());
    const bool valid = *at++ == kNestedValid;
    fields.push_back(valid ? take_field(field, at, end) : null_value(field));
  }
  return fields;
}

bool is_nested_value(Type type, std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  size_t index = 0;
  const size_t per_value = fields_of(type).size();
  while (at < end) {
    if (has_end(type.id) && *at == kNestedEnd && !is_value_of_entry(type, index)) return at + 1 == end;
    if (type.id == TypeId::kStruct && index == per_value) return false;
    const bool key = type.id == TypeId::kMap && index % 2 == 0;
    if (*at != kNestedValid && (*at != kNestedNull || key)) return false;
    if (*at++ == kNestedValid) at = checked_field(field_type(type, index), at, end);
    if (at == nullptr) return false;
    ++index;
  }
  return type.id == TypeId::kStruct && index == per_value;
}

std::string nested_to_text(Type type, std::string_view bytes) {
  const std::vector<Value> fields = nested_fields(type, bytes);
  std::string text(1, type.id == TypeId::kList ? '[' : '{');
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text += is_value_of_entry(type, i) ? "=" : ", ";
    if (type.id == TypeId::kStruct) text += quoted_text(fields_of(type)[i].name, '\'') + ": ";
    text += field_to_text(field_type(type, i), fields[i]);
  }
  return text + (type.id == TypeId::kList ? ']' : '}');
}

}  // namespace headrace
