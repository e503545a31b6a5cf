// plan/column_claims.h — what a file says of its columns without being read. Good for estimates, not for proofs.
#pragma once

#include <cstdint>
#include <optional>

#include "types/value_range.h"

namespace headrace {

// A Table (plan/catalog.h) whose format has statistics is one of these, too.
class ColumnClaims {
 public:
  virtual ~ColumnClaims() = default;
  // Of an integer or date column: the least and the greatest value, as the file claims; nothing: it does not say.
  virtual std::optional<ValueRange> claimed_range(uint32_t column) const = 0;
  // About how many rows there are, where Table::row_count does not know; nothing: it cannot be told.
  virtual std::optional<uint64_t> claimed_rows() const { return std::nullopt; }
};

}  // namespace headrace
