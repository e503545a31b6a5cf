// io/parquet/flat_column.h — the vectors of a column that is neither nested nor repeated, for one worker.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "execute/slot.h"
#include "io/parquet/column_pages.h"
#include "io/parquet/hybrid.h"

namespace headrace::parquet_in {

// Rows of a batch, ascending; rows nullptr: all of it.
struct WantedRows {
  const uint16_t* rows = nullptr;
  uint32_t count = 0;
};

class FlatColumn {
 public:
  explicit FlatColumn(std::shared_ptr<ColumnPages> pages);

  // Rows [first, first + rows) of the row group, at most limits::kVectorRowsMax; each call begins where the last one ended or
  // behind. A dictionary vector where all of these rows have codes, a constant one where a run or nulls say so, else a
  // flat one, whose values are there for the wanted rows alone. kBadInput names the row whose value is none of the type's.
  Result<Vector> read(uint64_t first, uint32_t rows, WantedRows wanted = {});

 private:
  template <class T>
  struct Room {
    T rows[limits::kVectorRowsMax];
  };
  // What a vector of several parts keeps alive.
  struct Kept {
    std::shared_ptr<const void> values, validity;
    std::vector<std::shared_ptr<const void>> bytes;
  };
  // The batch being read.
  struct Reading {
    uint32_t rows;
    WantedRows wanted;
    bool coded;  // every page of it has codes
    bool one_page;
    uint8_t* validity;
    uint32_t* codes;
    bool nulls = false;
    uint32_t valid = 0;  // rows so far that are not null
    Vector vector;
    std::shared_ptr<Kept> kept = {};

    bool wants(uint32_t row) const {
      return wanted.rows == nullptr || std::binary_search(wanted.rows, wanted.rows + wanted.count, row);
    }
  };
  // Rows of the batch that lie in one page.
  struct Stretch {
    uint32_t at, rows, valid;
  };

  Status turn_to(uint64_t row);
  Status begin_page();
  Result<RawReader*> values();
  Status skip(uint64_t rows);
  Result<bool> has_codes(uint64_t end) const;
  Status read_stretch(Reading& reading, uint32_t at, uint32_t rows);
  Status read_validity(Reading& reading, Stretch& stretch);
  Status read_codes(Reading& reading, const Stretch& stretch);
  Status read_values(Reading& reading, const Stretch& stretch);
  static WantedRows wanted_values(const Reading& reading, const Stretch& stretch, uint16_t* room);
  Status convert(Reading& reading, const Stretch& stretch, const RawValues& raw, void* to);
  void* values_room(Reading& reading);
  Vector finish(Reading& reading);
  Error at_row(Error error, uint64_t row) const;
  Error in_page(Error error) const;

  const std::shared_ptr<ColumnPages> pages_;
  const Leaf& leaf_;
  const uint32_t width_;  // bytes of a value in vectors
  std::shared_ptr<const PageBytes> page_;
  uint64_t row_ = 0;  // of the row group, the next
  HybridReader levels_, codes_;
  std::unique_ptr<RawReader> values_;
  Reused<Room<uint32_t>> codes_room_;
  Reused<Room<uint8_t>> validity_room_;
  Reused<ScratchColumn> values_room_;
};

}  // namespace headrace::parquet_in
