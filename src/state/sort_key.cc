#include "state/sort_key.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/limits.h"
#include "state/row_hash.h"
#include "types/string_ref.h"

namespace headrace {

namespace {

template <class Unsigned>
Unsigned big_endian(Unsigned value) {
  if constexpr (sizeof(Unsigned) == 16) {
    return static_cast<Unsigned>(__builtin_bswap64(static_cast<uint64_t>(value >> 64))) |
           static_cast<Unsigned>(__builtin_bswap64(static_cast<uint64_t>(value))) << 64;
  } else if constexpr (sizeof(Unsigned) == 8) {
    return __builtin_bswap64(value);
  } else if constexpr (sizeof(Unsigned) == 4) {
    return __builtin_bswap32(value);
  } else {
    return value;
  }
}

// Unsigned integers in the order of the values.
uint8_t ordered_bits(uint8_t value) { return value; }
uint32_t ordered_bits(int32_t value) { return static_cast<uint32_t>(value) ^ 0x80000000u; }
uint64_t ordered_bits(int64_t value) { return static_cast<uint64_t>(value) ^ (uint64_t{1} << 63); }
unsigned __int128 ordered_bits(int128 value) {
  return static_cast<unsigned __int128>(value) ^ (static_cast<unsigned __int128>(1) << 127);
}
uint64_t ordered_bits(double value) {
  const auto bits = std::bit_cast<uint64_t>(canonical_key(value));
  return bits >> 63 != 0 ? ~bits : bits | (uint64_t{1} << 63);
}

template <class T>
void append_values(const Vector& column, uint32_t rows, bool nullable, SortKeyPart part, char* bytes, uint32_t* ends) {
  const char null_byte = part.nulls_first ? 0 : 2;
  const T* values = column.as<T>();
  for (uint32_t row = 0; row < rows; ++row) {
    if (nullable) {
      const bool valid = column.is_valid(row);
      bytes[ends[row]++] = valid ? 1 : null_byte;
      if (!valid) continue;
    }
    auto ordered = ordered_bits(values[column.index_of(row)]);
    if (part.descending) ordered = static_cast<decltype(ordered)>(~ordered);
    ordered = big_endian(ordered);
    std::memcpy(bytes + ends[row], &ordered, sizeof ordered);
    ends[row] += sizeof ordered;
  }
}

void append_texts(const Vector& column, uint32_t rows, bool nullable, SortKeyPart part, char* bytes, uint32_t* ends) {
  const char null_byte = part.nulls_first ? 0 : 2;
  const char flip = part.descending ? static_cast<char>(0xff) : 0;
  for (uint32_t row = 0; row < rows; ++row) {
    if (nullable) {
      const bool valid = column.is_valid(row);
      bytes[ends[row]++] = valid ? 1 : null_byte;
      if (!valid) continue;
    }
    char* to = bytes + ends[row];
    for (const char byte : column.as<StringRef>()[column.index_of(row)].view()) {
      *to++ = static_cast<char>(byte ^ flip);
      if (byte == 0) *to++ = static_cast<char>(0xff ^ static_cast<unsigned char>(flip));
    }
    *to++ = flip;
    *to++ = flip;
    ends[row] = static_cast<uint32_t>(to - bytes);
  }
}

uint32_t ordinal_bytes(uint64_t value) { return static_cast<uint32_t>((std::bit_width(value) + 7) / 8); }

char* append_ordinal(uint64_t value, char* to) {
  const uint32_t bytes = ordinal_bytes(value);
  *to++ = static_cast<char>(bytes);
  for (uint32_t i = bytes; i > 0; --i) *to++ = static_cast<char>(value >> (8 * (i - 1)));
  return to;
}

}  // namespace

SortKeyEncoder::SortKeyEncoder(const Schema& schema, const std::vector<SortKeyPart>& parts, bool with_ordinal)
    : with_ordinal_(with_ordinal) {
  for (const SortKeyPart& part : parts) {
    CHECK(part.column < schema.size());
    parts_.push_back({part, schema[part.column].type, schema[part.column].nullable});
  }
  for (uint32_t column = 0; column < schema.size(); ++column)
    if (!with_ordinal && schema[column].type.id == TypeId::kFloat64) floats_.push_back(column);
}

void SortKeyEncoder::add_sizes(const Part& part, const Vector& column, uint32_t rows) {
  const bool text = part.type.id == TypeId::kUtf8;
  const uint32_t width = text ? 0 : width_bytes(part.type.id);
  for (uint32_t row = 0; row < rows; ++row) {
    uint32_t size = part.nullable ? 1 : 0;
    if (!part.nullable || column.is_valid(row)) {
      size += width;
      if (text) {
        const std::string_view view = column.as<StringRef>()[column.index_of(row)].view();
        size += static_cast<uint32_t>(view.size()) + 2;
        for (const char byte : view) size += byte == 0 ? 1 : 0;
      }
    }
    begins_[row + 1] += size;
  }
}

void SortKeyEncoder::append(const Part& part, const Vector& column, uint32_t rows) {
  char* bytes = bytes_.data();
  uint32_t* ends = ends_.data();
  switch (part.type.id) {
    case TypeId::kBool: return append_values<uint8_t>(column, rows, part.nullable, part.part, bytes, ends);
    case TypeId::kInt32:
    case TypeId::kDate: return append_values<int32_t>(column, rows, part.nullable, part.part, bytes, ends);
    case TypeId::kInt64:
    case TypeId::kTimestamp: return append_values<int64_t>(column, rows, part.nullable, part.part, bytes, ends);
    case TypeId::kFloat64: return append_values<double>(column, rows, part.nullable, part.part, bytes, ends);
    case TypeId::kDecimal: return append_values<int128>(column, rows, part.nullable, part.part, bytes, ends);
    case TypeId::kUtf8: return append_texts(column, rows, part.nullable, part.part, bytes, ends);
    case TypeId::kNull: CHECK(false);
  }
}

void SortKeyEncoder::append_zero_signs(const Batch& batch) {
  for (uint32_t row = 0; row < batch.rows; ++row) {
    char* to = bytes_.data() + ends_[row];
    std::memset(to, 0xff, (floats_.size() + 7) / 8);
    for (size_t i = 0; i < floats_.size(); ++i) {
      const Vector& column = batch.columns[floats_[i]];
      const double value = column.is_valid(row) ? column.as<double>()[column.index_of(row)] : 1;
      if (value == 0 && std::signbit(value)) to[i / 8] = static_cast<char>(to[i / 8] & ~(0x80 >> i % 8));
    }
  }
}

void SortKeyEncoder::encode(uint32_t input, const Batch& batch) {
  begins_.assign(batch.rows + 1, 0);
  for (const Part& part : parts_) add_sizes(part, batch.columns[part.part.column], batch.rows);
  const auto sign_bytes = static_cast<uint32_t>((floats_.size() + 7) / 8);
  const uint32_t shared = 3 + ordinal_bytes(input) + ordinal_bytes(batch.morsel) + ordinal_bytes(batch.sequence);
  for (uint32_t row = 0; row < batch.rows; ++row) {
    begins_[row + 1] += with_ordinal_ ? shared + 1 + ordinal_bytes(row) : sign_bytes;
    begins_[row + 1] += begins_[row];
  }
  bytes_.resize(begins_[batch.rows]);
  ends_.assign(begins_.begin(), begins_.end() - 1);
  for (const Part& part : parts_) append(part, batch.columns[part.part.column], batch.rows);
  if (!with_ordinal_) return append_zero_signs(batch);
  for (uint32_t row = 0; row < batch.rows; ++row) {
    char* to = bytes_.data() + ends_[row];
    to = append_ordinal(input, to);
    to = append_ordinal(batch.morsel, to);
    to = append_ordinal(batch.sequence, to);
    append_ordinal(row, to);
  }
}

}  // namespace headrace
