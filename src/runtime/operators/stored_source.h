// runtime/operators/stored_source.h — rows that a sink keeps in memory, given out as morsels in their order.
#pragma once

#include <memory>
#include <vector>

#include "runtime/operators/kept_rows.h"

namespace headrace {

// Rows [first, first + rows) of one chunk of a store.
struct StoredPiece {
  std::shared_ptr<const ColumnStore> store;
  uint32_t chunk, first, rows;
};

// Appends a piece; joins it to the last one when it continues that.
void add_piece(std::vector<StoredPiece>& pieces, StoredPiece piece);

// The pieces in order, without copying values. `what` names the rows for locate(): "a collected row".
std::unique_ptr<Source> piece_source(std::shared_ptr<const std::vector<StoredPiece>> pieces, bool ordered,
                                     std::string what);

// Rows ids[0 … count) of `rows` in order, gathered batch by batch.
struct PickedRows {
  std::shared_ptr<const StoredRows> rows;
  std::shared_ptr<Buffer> ids;  // uint64_t
  uint64_t first = 0, count = 0;
};
std::unique_ptr<Source> picked_source(PickedRows picked, MemoryBudget& budget, std::string what);

// A batch of one row.
std::unique_ptr<Source> batch_source(Batch batch, std::string what);

}  // namespace headrace
