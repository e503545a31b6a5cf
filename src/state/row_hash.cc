#include "state/row_hash.h"

#include <cstring>

#include "base/check.h"
#include "types/with_layout.h"

namespace headrace {

namespace {

constexpr uint64_t kNullHash = 0x2d358dccaa6c78a5;

// The hash of one non-null value. The constant keeps zero, the most frequent value, away from hash 0.
uint64_t hash_word(uint64_t word) { return mix64(word + 0x9e3779b97f4a7c15ULL); }
template <class Integer>
uint64_t hash_value(Integer value) {
  return hash_word(static_cast<uint64_t>(static_cast<int64_t>(value)));
}
uint64_t hash_value(double value) { return hash_word(std::bit_cast<uint64_t>(canonical_key(value))); }
uint64_t hash_value(float value) { return hash_value(static_cast<double>(value)); }
uint64_t hash_value(int128 value) {
  const auto bits = static_cast<unsigned __int128>(value);
  return combine_hashes(hash_word(static_cast<uint64_t>(bits)), static_cast<uint64_t>(bits >> 64));
}
uint64_t hash_value(const Interval& value) { return hash_value(interval_length_us(value)); }
// hash_bytes() of a short text, which lies zero-padded in the StringRef.
uint64_t hash_value(const StringRef& value) {
  if (!value.is_inline()) return hash_bytes(value.pointer, value.size);
  uint64_t words[2];
  std::memcpy(words, &value, sizeof words);
  const uint64_t first = words[0] >> 32 | words[1] << 32;
  const uint64_t hash = value.size * 0x9e3779b97f4a7c15ULL;
  if (value.size < 8) return mix64(hash ^ first);
  return mix64((mix64(hash ^ first) + 0x9e3779b97f4a7c15ULL) ^ words[1] >> 32);
}

template <bool kFirst>
void put(uint64_t& hash, uint64_t value) {
  hash = kFirst ? value : combine_hashes(hash, value);
}

template <class T, bool kFirst>
void hash_flat(const T* values, const uint8_t* validity, uint32_t rows, const uint16_t* selection, uint64_t* hashes) {
  if (selection == nullptr && validity == nullptr) {
    for (uint32_t i = 0; i < rows; ++i) put<kFirst>(hashes[i], hash_value(values[i]));
    return;
  }
  for (uint32_t i = 0; i < rows; ++i) {
    const uint32_t row = selection != nullptr ? selection[i] : i;
    const bool valid = validity == nullptr || validity[row] != 0;
    put<kFirst>(hashes[i], valid ? hash_value(values[row]) : kNullHash);
  }
}

template <class T, bool kFirst>
void hash_constant(const Vector& column, uint32_t rows, uint64_t* hashes) {
  const uint64_t hash = column.is_valid(0) ? hash_value(*column.as<T>()) : kNullHash;
  for (uint32_t i = 0; i < rows; ++i) put<kFirst>(hashes[i], hash);
}

// A small dictionary is hashed once per entry, a large one once per row.
template <class T, bool kFirst>
void hash_dictionary(const Vector& column, uint32_t rows, const uint16_t* selection, uint64_t* hashes) {
  constexpr uint32_t kEntriesMax = 1'024;
  uint64_t entry_hashes[kEntriesMax];
  const bool by_entry = column.dictionary_rows <= kEntriesMax && column.dictionary_rows <= rows;
  if (by_entry) {
    for (uint32_t entry = 0; entry < column.dictionary_rows; ++entry) {
      entry_hashes[entry] = hash_value(column.as<T>()[entry]);
    }
  }
  for (uint32_t i = 0; i < rows; ++i) {
    const uint32_t row = selection != nullptr ? selection[i] : i;
    uint64_t hash = kNullHash;
    if (column.is_valid(row)) {
      const uint32_t code = column.codes[row];
      hash = by_entry ? entry_hashes[code] : hash_value(column.as<T>()[code]);
    }
    put<kFirst>(hashes[i], hash);
  }
}

template <class T, bool kFirst>
void hash_column(const Vector& column, uint32_t rows, const uint16_t* selection, uint64_t* hashes) {
  switch (column.encoding) {
    case Encoding::kFlat: return hash_flat<T, kFirst>(column.as<T>(), column.validity, rows, selection, hashes);
    case Encoding::kConstant: return hash_constant<T, kFirst>(column, rows, hashes);
    case Encoding::kDictionary: return hash_dictionary<T, kFirst>(column, rows, selection, hashes);
  }
}

template <bool kFirst>
void hash_any(const Vector& column, uint32_t rows, const uint16_t* selection, uint64_t* hashes) {
  with_layout(column.type.id,
              [&](auto model) { hash_column<decltype(model), kFirst>(column, rows, selection, hashes); });
}

}  // namespace

void hash_rows(const Vector* columns, uint32_t count, uint32_t rows, const uint16_t* selection, uint64_t* hashes) {
  CHECK(count > 0);
  hash_any<true>(columns[0], rows, selection, hashes);
  for (uint32_t column = 1; column < count; ++column) hash_any<false>(columns[column], rows, selection, hashes);
}

}  // namespace headrace
