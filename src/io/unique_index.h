// io/unique_index.h — the values of columns in which no two rows of a table may agree.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "state/group_table.h"
#include "types/batch.h"

namespace headrace {

// A row with a null in one of the columns agrees with none, as SQL has it.
class UniqueIndex {
 public:
  // Over `columns` of a table. The budget outlives the index; `consumer` is who an error about memory names.
  UniqueIndex(const Schema& table, std::vector<uint32_t> columns, MemoryBudget& budget, std::string consumer);

  // Adds the rows. false: one of them agrees with another or with an earlier one. kLimit. After false and after an error the
  // index holds some of the rows and is of no further use.
  Result<bool> add(const Batch& batch);

 private:
  Result<bool> add_keys(const std::vector<Vector>& keys, uint32_t rows);

  const std::vector<uint32_t> columns_;
  Reservation reservation_;
  const GroupLayout layout_;
  KeyBatch keys_;
  GroupTable rows_;
};

}  // namespace headrace
