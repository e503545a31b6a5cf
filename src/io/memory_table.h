// io/memory_table.h — tables held in memory: what a session registers, and what a finished query hands on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "runtime/scannable.h"
#include "types/chunk.h"

namespace headrace {

// Immutable. Morsels are pieces of limits::kMorselRowsTarget rows (the last: fewer), in order; nothing is copied.
class MemoryTable final : public ScannableTable {
 public:
  // `chunks` have `schema`'s columns.
  MemoryTable(std::string name, Schema schema, std::vector<Chunk> chunks);

  const Schema& schema() const override { return schema_; }
  std::optional<uint64_t> row_count() const override { return rows_; }
  bool ordered() const override { return true; }
  std::string describe() const override { return name_; }
  // Of int32, int64 and date columns that are not dictionaries: read once, when first asked for, then kept.
  std::optional<ValueRange> value_range(uint32_t column) const override;
  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override;
  ScanReport report(const ScanRequest& request) const override;
  const std::vector<Chunk>& chunks() const { return *chunks_; }

 private:
  const std::string name_;
  const Schema schema_;
  std::shared_ptr<const std::vector<Chunk>> chunks_;
  uint64_t rows_ = 0;
  mutable std::mutex mutex_;
  mutable std::map<uint32_t, std::optional<ValueRange>> ranges_;
};

// Keeps the batches as they are; batches read from the table end where they end.
std::shared_ptr<const MemoryTable> make_memory_table(std::string name, Schema schema, std::span<const Batch> batches);

}  // namespace headrace
