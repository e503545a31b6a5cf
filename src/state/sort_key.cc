#include "state/sort_key.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/limits.h"
#include "state/row_hash.h"
#include "types/ordered_bytes.h"
#include "types/with_layout.h"

namespace headrace {

namespace {

// Intervals sort by length alone: those of one length tie.
template <class T>
void write_sort_value(T value, bool descending, char* to) {
  auto ordered = ordered_bits(value);
  if (descending) ordered = static_cast<decltype(ordered)>(~ordered);
  ordered = big_endian(ordered);
  std::memcpy(to, &ordered, sizeof ordered);
}
void write_sort_value(const Interval& value, bool descending, char* to) {
  write_sort_value(interval_length_us(value), descending, to);
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
    write_sort_value(values[column.index_of(row)], part.descending, bytes + ends[row]);
    ends[row] += sizeof(T);
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

SortKeyEncoder::SortKeyEncoder(const Schema& schema, const std::vector<SortKeyPart>& parts, bool with_ordinal,
                               bool with_zero_signs)
    : with_ordinal_(with_ordinal) {
  for (const SortKeyPart& part : parts) {
    CHECK(part.column < schema.size());
    parts_.push_back({part, schema[part.column].type, schema[part.column].nullable});
  }
  if (with_ordinal || !with_zero_signs) return;
  for (const SortKeyPart& part : parts)
    if (is_float(schema[part.column].type)) floats_.push_back(part.column);
  std::sort(floats_.begin(), floats_.end());
}

void SortKeyEncoder::add_sizes(const Part& part, const Vector& column, uint32_t rows) {
  const bool text = is_text_layout(part.type);
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
  if (is_text_layout(part.type)) return append_texts(column, rows, part.nullable, part.part, bytes, ends);
  with_layout(part.type.id, [&](auto model) {
    using T = decltype(model);
    if constexpr (!std::is_same_v<T, StringRef>) append_values<T>(column, rows, part.nullable, part.part, bytes, ends);
  });
}

namespace {

bool is_negative_zero(const Vector& column, uint32_t row) {
  const uint32_t at = column.index_of(row);
  const double value = column.type == kFloat64 ? column.as<double>()[at] : double{column.as<float>()[at]};
  return value == 0 && std::signbit(value);
}

}  // namespace

void SortKeyEncoder::append_zero_signs(const Batch& batch) {
  for (uint32_t row = 0; row < batch.rows; ++row) {
    char* to = bytes_.data() + ends_[row];
    std::memset(to, 0xff, (floats_.size() + 7) / 8);
    for (size_t i = 0; i < floats_.size(); ++i) {
      const Vector& column = batch.columns[floats_[i]];
      if (column.is_valid(row) && is_negative_zero(column, row))
        to[i / 8] = static_cast<char>(to[i / 8] & ~(0x80 >> i % 8));
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
