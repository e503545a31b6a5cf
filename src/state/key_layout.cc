#include "state/key_layout.h"

#include "base/check.h"
#include "state/row_hash.h"
#include "types/with_layout.h"

namespace headrace {

KeyLayout::KeyLayout(const Schema& key_columns) : fields(key_columns.size()) {
  uint32_t next = 0;
  for (const uint32_t width : {16u, 8u, 4u, 2u, 1u}) {
    for (size_t i = 0; i < key_columns.size(); ++i) {
      const Type type = key_columns[i].type;
      if (is_text_layout(type) || width_bytes(type.id) != width) continue;
      fields[i] = {type, next, kNotNullable};
      next += width;
    }
  }
  for (size_t i = 0; i < key_columns.size(); ++i) {
    if (key_columns[i].nullable) fields[i].null_offset = next++;
  }
  padding_offset = next;
  fixed_bytes = (next + 7) / 8 * 8;
  for (size_t i = 0; i < key_columns.size(); ++i) {
    if (!is_text_layout(key_columns[i].type)) continue;
    fields[i].type = key_columns[i].type;
    fields[i].offset = fixed_bytes + string_count++ * static_cast<uint32_t>(sizeof(StringRef));
    if (!key_columns[i].nullable) fields[i].null_offset = kNotNullable;
  }
  bytes = fixed_bytes + string_count * static_cast<uint32_t>(sizeof(StringRef));
}

namespace {

template <class T>
T canonical(const T& value) {
  if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, Interval>) {
    return canonical_key(value);
  } else {
    return value;
  }
}

template <class T>
void pack_field(const KeyLayout& layout, const KeyLayout::Field& field, const Vector& column, uint32_t rows,
                const uint16_t* selection, char* keys) {
  const bool has_null_byte = field.null_offset != KeyLayout::kNotNullable;
  const bool nullable = has_null_byte && column.validity != nullptr;
  const T* values = column.as<T>();
  if (!nullable && selection == nullptr && column.encoding == Encoding::kFlat) {
    for (uint32_t i = 0; i < rows; ++i, keys += layout.bytes) {
      const T value = canonical(values[i]);
      std::memcpy(keys + field.offset, &value, sizeof(T));
      if (has_null_byte) keys[field.null_offset] = 0;
    }
    return;
  }
  const T zero{};
  for (uint32_t i = 0; i < rows; ++i, keys += layout.bytes) {
    const uint32_t row = selection != nullptr ? selection[i] : i;
    const bool valid = !nullable || column.is_valid(row);
    if (has_null_byte) keys[field.null_offset] = valid ? 0 : 1;
    const T value = valid ? canonical(values[column.index_of(row)]) : zero;
    std::memcpy(keys + field.offset, &value, sizeof(T));
  }
}

template <class T>
void unpack_field(const KeyLayout::Field& field, const char* const* keys, uint32_t count, void* values) {
  T* to = static_cast<T*>(values);
  for (uint32_t i = 0; i < count; ++i) std::memcpy(&to[i], keys[i] + field.offset, sizeof(T));
}

}  // namespace

Status KeyBatch::reserve() {
  if (packed_ != nullptr) return kDone;
  const uint64_t key_bytes = uint64_t{limits::kVectorRowsMax} * layout_.bytes;
  const uint64_t total_bytes = key_bytes + limits::kVectorRowsMax * sizeof(uint64_t);
  TRY_STATUS(reservation_.grow(total_bytes));
  accounted_bytes_ = total_bytes;
  hashes_ = std::make_unique_for_overwrite<uint64_t[]>(limits::kVectorRowsMax);
  packed_ = std::make_unique_for_overwrite<char[]>(key_bytes);
  return kDone;
}

Status KeyBatch::pack(const Vector* columns, uint32_t rows, const uint16_t* selection) {
  CHECK(rows <= limits::kVectorRowsMax);
  TRY_STATUS(reserve());
  rows_ = rows;
  hash_rows(columns, static_cast<uint32_t>(layout_.fields.size()), rows, selection, hashes_.get());
  const Type first = layout_.fields[0].type;
  if (layout_.bytes == 8 && selection == nullptr && columns[0].encoding == Encoding::kFlat &&
      (layout_of(first.id) == TypeId::kInt64 || first.id == TypeId::kUInt64)) {
    keys_ = columns[0].as<char>();  // one 8-byte key that cannot be null: its values are the keys
    return kDone;
  }
  keys_ = packed_.get();
  if (layout_.padding_offset < layout_.fixed_bytes) {  // fields write the rest
    char* key = packed_.get();
    for (uint32_t i = 0; i < rows; ++i, key += layout_.bytes) std::memset(key + layout_.fixed_bytes - 8, 0, 8);
  }
  for (size_t i = 0; i < layout_.fields.size(); ++i) {
    with_layout(layout_.fields[i].type.id, [&](auto type) {
      pack_field<decltype(type)>(layout_, layout_.fields[i], columns[i], rows, selection, packed_.get());
    });
  }
  return kDone;
}

void unpack_key_field(const KeyLayout& layout, uint32_t field, const char* const* keys, uint32_t count, void* values,
                      uint8_t* validity) {
  const KeyLayout::Field& from = layout.fields[field];
  with_layout(from.type.id, [&](auto type) { unpack_field<decltype(type)>(from, keys, count, values); });
  if (validity == nullptr) return;
  for (uint32_t i = 0; i < count; ++i) {
    validity[i] =
        from.null_offset == KeyLayout::kNotNullable ? 1 : static_cast<uint8_t>(keys[i][from.null_offset] == 0);
  }
}

}  // namespace headrace
