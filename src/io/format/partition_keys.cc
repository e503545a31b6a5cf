#include "io/format/partition_keys.h"

#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "io/format/text_rows.h"
#include "types/ordered_bytes.h"

namespace headrace {
namespace {

// The bytes that tell a fixed-width value from others: −0 is +0, one NaN.
StringRef value_bytes(const Vector& vector, uint32_t at, char (&room)[16]) {
  const uint32_t width = width_bytes(vector.type.id);
  std::memcpy(room, vector.as<char>() + uint64_t{at} * width, width);
  if (vector.type == kFloat64) {
    const double value = canonical_float(vector.as<double>()[at]);
    std::memcpy(room, &value, width);
  } else if (vector.type == kFloat32) {
    const float value = canonical_float(vector.as<float>()[at]);
    std::memcpy(room, &value, width);
  }
  return {room, width};
}

}  // namespace

std::string hive_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || c == '_' || c == '-' || c == '~' || c == '.');
    escaped += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned>(byte));
  }
  return escaped;
}

PartitionKeys::PartitionKeys(const Schema& schema, std::vector<size_t> columns, MemoryBudget& budget)
    : reservation_(budget, "partitions"), texts_(&reservation_) {
  for (const size_t column : columns)
    keys_.push_back(std::make_unique<Key>(hive_escaped(schema[column].name), column, reservation_));
}

uint32_t PartitionKeys::number_of_value(Key& key, const Vector& vector, uint32_t row) {
  const auto keep = [&](const StringRef& fresh) -> StringRef {
    if (fresh.is_inline()) return fresh;
    char* to = texts_.allocate(fresh.size);
    if (to == nullptr) return {};
    std::memcpy(to, fresh.pointer, fresh.size);
    return {to, fresh.size};
  };
  const uint32_t at = vector.index_of(row);
  char room[16];
  const StringRef bytes = is_text_layout(vector.type) ? vector.as<StringRef>()[at] : value_bytes(vector, at, room);
  return 1 + key.values.find_or_add(bytes, keep);
}

Status PartitionKeys::number_key(Key& key, const Vector& vector, uint32_t rows, uint32_t* ids) {
  TRY_STATUS(key.values.prepare(rows));
  TRY_STATUS(key.pairs.prepare(rows));
  uint32_t pair[2] = {0, 0}, pair_id = 0;
  bool known = false;  // pair_id is of the row before
  for (uint32_t row = 0; row < rows; ++row) {
    // 0: null.
    const uint32_t value = vector.is_valid(row) ? number_of_value(key, vector, row) : 0;
    if (!known || pair[0] != ids[row] || pair[1] != value) {
      pair[0] = ids[row];
      pair[1] = value;
      const StringRef bytes(reinterpret_cast<const char*>(pair), sizeof pair);
      pair_id = key.pairs.find_or_add(bytes, [](const StringRef& fresh) { return fresh; });
      known = true;
    }
    ids[row] = pair_id;
  }
  return texts_.exhausted() ? Status(exhausted(reservation_)) : kDone;
}

Status PartitionKeys::number(const Batch& batch, uint32_t* ids) {
  std::fill(ids, ids + batch.rows, 0U);
  for (const auto& key : keys_) TRY_STATUS(number_key(*key, batch.columns[key->column], batch.rows, ids));
  for (uint32_t row = 0; row < batch.rows; ++row)
    if (ids[row] >= directories_.size()) directories_.push_back(directory_of(batch, row));
  return kDone;
}

std::string PartitionKeys::directory_of(const Batch& batch, uint32_t row) const {
  std::string path, text;
  for (const auto& key : keys_) {
    const Vector& vector = batch.columns[key->column];
    if (!path.empty()) path += '/';
    path += key->name + "=";
    if (!vector.is_valid(row)) {
      path += kHiveNull;
      continue;
    }
    text.clear();
    append_display(vector, row, text);
    if (is_float(vector.type) && text == "-0.0") text = "0.0";
    path += hive_escaped(text);
  }
  return path;
}

}  // namespace headrace
