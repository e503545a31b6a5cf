#include "io/unique_index.h"

#include "state/exhausted.h"
#include "types/chunk.h"

namespace headrace {
namespace {

Schema key_columns(const Schema& table, const std::vector<uint32_t>& columns) {
  Schema keys;
  for (const uint32_t column : columns) keys.push_back({table[column].name, table[column].type, false});
  return keys;
}

}  // namespace

UniqueIndex::UniqueIndex(const Schema& table, std::vector<uint32_t> columns, MemoryBudget& budget, std::string consumer)
    : columns_(std::move(columns)),
      reservation_(budget, std::move(consumer)),
      layout_(key_columns(table, columns_), {}),
      keys_(layout_.keys, reservation_),
      rows_(layout_, reservation_) {}

Result<bool> UniqueIndex::add(const Batch& batch) {
  for (uint32_t first = 0; first < batch.rows; first += limits::kVectorRowsMax) {
    std::vector<Vector> keys;
    for (const uint32_t column : columns_) keys.push_back(slice(batch.columns[column], first));
    TRY(unique, add_keys(keys, std::min<uint32_t>(limits::kVectorRowsMax, batch.rows - first)));
    if (!unique) return false;
  }
  return true;
}

Result<bool> UniqueIndex::add_keys(const std::vector<Vector>& keys, uint32_t rows) {
  uint16_t selection[limits::kVectorRowsMax];
  uint32_t selected = 0;
  for (uint32_t row = 0; row < rows; ++row) {
    bool valid = true;
    for (const Vector& key : keys) valid = valid && key.is_valid(row);
    if (valid) selection[selected++] = static_cast<uint16_t>(row);
  }
  if (selected == 0) return true;
  TRY_STATUS(keys_.pack(keys.data(), selected, selection));
  char* found[limits::kVectorRowsMax];
  const uint64_t before = rows_.size();
  if (rows_.find_or_insert(keys_, 0, found) < selected) return exhausted(reservation_);
  return rows_.size() - before == selected;
}

}  // namespace headrace
