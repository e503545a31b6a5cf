// io/parquet/nested_leaf.h — one leaf of a nested column, for one worker: the levels of its entries, and its values as fields.
#pragma once

#include <cstdint>
#include <memory>

#include "base/limits.h"
#include "io/parquet/column_pages.h"
#include "io/parquet/field_bytes.h"
#include "io/parquet/hybrid.h"
#include "io/parquet/tree.h"

namespace headrace::parquet_in {

// [count] entries.
struct Levels {
  const uint8_t* repetition;
  const uint8_t* definition;
  uint64_t count;
  uint8_t repetition_max;  // that the leaf can have
};

class NestedLeaf {
 public:
  // `form`: outlives this.
  NestedLeaf(const LeafForm& form, std::shared_ptr<ColumnPages> pages, Reservation& reservation);

  // To a row that lies behind or at the one that comes next.
  Status turn_to(uint64_t row);
  // Appends the entries of the next rows: of at most `rows_max`, of fewer once they are `entries_max` or more. How many rows.
  // kBadInput: levels that no writer makes, or a value that is none of the type's, with its row.
  Result<uint32_t> append(uint32_t rows_max, uint64_t entries_max);
  // Forgets what was appended.
  void empty();

  // Of what was appended.
  Levels levels() const { return {repetition_.begin(), definition_.begin(), repetition_.size(), leaf_.repetition}; }
  const FieldBytes& fields() const { return fields_; }  // of the entries that are values or nulls of the leaf
  const ColumnPages& pages() const { return *pages_; }

 private:
  // Entries of one page whose levels were read.
  struct Block {
    uint8_t repetition[limits::kVectorRowsMax] = {};
    uint8_t definition[limits::kVectorRowsMax] = {};
    uint32_t at = 0, end = 0;  // those before `at` were taken
  };
  enum class Use { kAppend, kSkip };

  Result<uint64_t> take_rows(uint64_t rows_max, uint64_t entries_max, Use use);
  Status turn_page(std::shared_ptr<const PageBytes> page);
  Result<bool> next_block(bool wants_row);
  Status read_block();
  Status take(uint32_t to, Use use);
  Result<RawReader*> values();
  Status skip_values(uint32_t valid);
  Status append_values(uint32_t from, uint32_t to, uint32_t valid);
  Result<const void*> read_codes(uint32_t from, uint32_t valid);
  Result<const void*> read_values(uint32_t from, uint32_t valid);
  uint64_t row_of(uint32_t from, uint32_t value) const;
  Error at_value(Error error, uint32_t from, uint32_t value) const;
  Error in_page(Error error) const;

  const LeafForm& form_;
  const Leaf& leaf_;
  const std::shared_ptr<ColumnPages> pages_;
  std::shared_ptr<const PageBytes> page_;
  uint64_t row_ = 0;  // of the row group: the one that begins next
  uint64_t entries_left_ = 0;  // of the page, behind the block
  uint8_t last_definition_ = 0;  // of the entry in front of the block; where that is not known, the greatest
  HybridReader repetitions_, definitions_, codes_;
  std::unique_ptr<RawReader> values_;
  Block block_;
  uint32_t codes_room_[limits::kVectorRowsMax];
  alignas(16) char values_room_[limits::kVectorRowsMax * 16];

  AccountedArray<uint8_t> repetition_, definition_;
  FieldBytes fields_;
};

}  // namespace headrace::parquet_in
