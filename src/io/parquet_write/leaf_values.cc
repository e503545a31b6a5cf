#include "io/parquet_write/leaf_values.h"

#include <cstring>

#include "types/nested_type.h"
#include "types/with_layout.h"

namespace headrace {
namespace {

template <class From, class To>
Status copy_present(std::span<const ColumnRows> rows, LeafValues& leaf) {
  TRY_STATUS(leaf.values.reserve(leaf.present * sizeof(To)));
  auto* to = reinterpret_cast<To*>(leaf.values.extend(leaf.present * sizeof(To)));
  for (const ColumnRows& part : rows) {
    const From* from = part.column->values<From>();
    const uint8_t* validity = part.column->validity();
    if (validity == nullptr) {
      for (uint64_t row = part.from; row < part.to; ++row) *to++ = static_cast<To>(from[row]);
    } else {
      for (uint64_t row = part.from; row < part.to; ++row) {
        if (validity[row] != 0) *to++ = static_cast<To>(from[row]);
      }
    }
  }
  return kDone;
}

template <class From>
Status copy_as(std::span<const ColumnRows> rows, LeafValues& leaf) {
  switch (leaf.column.physical_type()) {
    case parquet::Type::BOOLEAN: return copy_present<From, uint8_t>(rows, leaf);
    case parquet::Type::INT32: return copy_present<From, int32_t>(rows, leaf);
    case parquet::Type::INT64: return copy_present<From, int64_t>(rows, leaf);
    case parquet::Type::FLOAT: return copy_present<From, float>(rows, leaf);
    case parquet::Type::DOUBLE: return copy_present<From, double>(rows, leaf);
    default: return copy_present<From, int128>(rows, leaf);
  }
}

// Of an enum column: its labels.
Status copy_labels(std::span<const ColumnRows> rows, LeafValues& leaf) {
  TRY_STATUS(leaf.values.reserve(leaf.present * sizeof(StringRef)));
  for (const ColumnRows& part : rows) {
    const auto labels = fields_of(part.column->type());
    const uint8_t* validity = part.column->validity();
    for (uint64_t row = part.from; row < part.to; ++row) {
      if (validity != nullptr && validity[row] == 0) continue;
      const StringRef text(std::string_view(labels[part.column->values<uint32_t>()[row]].name));
      std::memcpy(leaf.values.extend(sizeof text), &text, sizeof text);
    }
  }
  return kDone;
}

Status gather_levels(std::span<const ColumnRows> rows, LeafValues& leaf) {
  bool nulls = rows[0].column->type().id == TypeId::kNull;
  for (const ColumnRows& part : rows) {
    leaf.count += part.to - part.from;
    nulls |= part.column->validity() != nullptr;
  }
  leaf.present = leaf.count;
  if (!nulls || leaf.column.max_definition_level() == 0) return kDone;
  TRY_STATUS(leaf.definition.reserve(leaf.count));
  leaf.present = 0;
  for (const ColumnRows& part : rows) {
    const uint8_t* validity = part.column->validity();
    uint8_t* to = leaf.definition.extend(part.to - part.from);
    const uint8_t all = part.column->type().id == TypeId::kNull ? 0 : 1;
    for (uint64_t row = part.from; row < part.to; ++row, ++to) {
      *to = validity == nullptr ? all : validity[row];
      leaf.present += *to;
    }
  }
  if (leaf.present == leaf.count) leaf.definition.clear();
  return kDone;
}

}  // namespace

Status gather_leaf(std::span<const ColumnRows> rows, LeafValues& leaf) {
  TRY_STATUS(gather_levels(rows, leaf));
  const Type type = rows[0].column->type();
  if (type.id == TypeId::kNull || is_text_layout(type)) return kDone;
  if (type.id == TypeId::kEnum) return copy_labels(rows, leaf);
  return with_layout(type.id, [&](auto model) -> Status {
    using T = decltype(model);
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, int128>) {
      return copy_as<T>(rows, leaf);
    } else {
      CHECK(false && "the writer refuses columns of this type");
    }
  });
}

Status gather_texts(std::span<const ColumnRows> rows, LeafValues& leaf) {
  TRY_STATUS(leaf.values.reserve(leaf.present * sizeof(StringRef)));
  for (const ColumnRows& part : rows) {
    const uint8_t* validity = part.column->validity();
    const uint32_t* codes = part.column->codes();
    const StringRef* entries = part.column->entries();
    for (uint64_t row = part.from; row < part.to; ++row) {
      if (validity != nullptr && validity[row] == 0) continue;
      std::memcpy(leaf.values.extend(sizeof(StringRef)), &entries[codes[row]], sizeof(StringRef));
    }
  }
  return kDone;
}

}  // namespace headrace
