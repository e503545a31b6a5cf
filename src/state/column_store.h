// state/column_store.h — rows copied into accounted column arrays; what sorts, joins and results are kept in.
//
// A store is a list of chunks of limits::kVectorRowsMax rows, all full but the last. Row ids are chunk * kVectorRowsMax + row.
// Strings are copied too: a store keeps nothing of the batches alive.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "state/buffer.h"
#include "state/flatten.h"
#include "types/batch.h"
#include "types/schema.h"

namespace headrace {

class ColumnStore : public std::enable_shared_from_this<ColumnStore> {
 public:
  // `budget` outlives the store. `consumer` is who an error about memory names.
  ColumnStore(Schema schema, MemoryBudget& budget, std::string consumer);

  // Copies rows selection[0 … selected) of the batch, all of them when selection is nullptr. kLimit when they do not fit;
  // then the store is as before.
  Status append(const Batch& batch, const uint16_t* selection = nullptr, uint32_t selected = 0);

  const Schema& schema() const { return schema_; }
  uint64_t rows() const { return rows_; }
  uint64_t bytes() const { return bytes_; }
  uint32_t chunks() const { return static_cast<uint32_t>(chunks_.size()); }
  uint32_t chunk_rows(uint32_t chunk) const;

  // The arrays of one chunk. validity is nullptr when the chunk has no nulls in that column.
  FlatColumn chunk_column(uint32_t chunk, uint32_t column) const;
  // Rows [first, first + rows) of one chunk as vectors that share the store.
  Batch slice(uint32_t chunk, uint32_t first, uint32_t rows) const;

 private:
  struct Chunk {
    std::shared_ptr<Buffer> values;
    std::vector<bool> has_nulls;  // by column
  };
  void* values_of(uint32_t chunk, uint32_t column) const;
  uint8_t* validity_of(uint32_t chunk, uint32_t column) const;
  Status reserve(uint64_t rows);
  Status copy_column(const Batch& batch, uint32_t column, const uint16_t* selection, uint32_t rows);
  Result<char*> string_room(uint64_t bytes);

  const Schema schema_;
  MemoryBudget& budget_;
  const std::string consumer_;
  std::vector<uint64_t> value_offsets_, validity_offsets_;  // by column, within a chunk
  uint64_t chunk_bytes_ = 0;
  std::vector<Chunk> chunks_;
  std::vector<std::shared_ptr<Buffer>> strings_;
  char* string_next_ = nullptr;
  char* string_end_ = nullptr;
  uint64_t rows_ = 0;
  uint64_t bytes_ = 0;
  Flattener flattener_;
};

// Stores of one schema under one numbering of rows: ids of a store added later follow, from the next chunk on.
class StoredRows {
 public:
  static constexpr uint64_t kNoRow = ~uint64_t{0};

  explicit StoredRows(Schema schema) : schema_(std::move(schema)), columns_(schema_.size()) {}

  // Returns the id of the store's first row. The store must not change any more.
  uint64_t add(std::shared_ptr<const ColumnStore> store);
  const Schema& schema() const { return schema_; }
  bool has_nulls(uint32_t column) const { return columns_[column].has_nulls; }

  // out[i] = the value of row ids[i]; for kNoRow a null whose value is zero. validity is written unless nullptr. Strings
  // point into the stores.
  void gather(uint32_t column, const uint64_t* ids, uint32_t count, void* values, uint8_t* validity) const;
  // The same as a vector that owns its values and shares the stores; kLimit.
  Result<Vector> gather(uint32_t column, const uint64_t* ids, uint32_t count, MemoryBudget& budget,
                        const std::string& consumer) const;

 private:
  struct ColumnChunks {
    std::vector<FlatColumn> chunks;
    bool has_nulls = false;
  };
  const Schema schema_;
  std::vector<ColumnChunks> columns_;
  std::shared_ptr<std::vector<std::shared_ptr<const ColumnStore>>> stores_ =
      std::make_shared<std::vector<std::shared_ptr<const ColumnStore>>>();
};

}  // namespace headrace
