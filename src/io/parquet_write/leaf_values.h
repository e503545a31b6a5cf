// io/parquet_write/leaf_values.h — the values of one leaf column in a row group, as Parquet sees them: levels, and the values that
// are there in the type that the file stores.
#pragma once

#include <span>

#include <parquet/schema.h>

#include "io/parquet_write/piece_column.h"

namespace headrace {

// Rows [from, to) of a column; neither nullptr nor empty.
struct ColumnRows {
  const PieceColumn* column;
  uint64_t from, to;
};

struct LeafValues {
  LeafValues(const parquet::ColumnDescriptor& of, Reservation& reservation)
      : column(of), definition(reservation), repetition(reservation), values(reservation) {}

  const parquet::ColumnDescriptor& column;
  uint64_t count = 0;  // of values, nulls and empty lists included
  uint64_t present = 0;  // of values that are there
  AccountedArray<uint8_t, 16> definition;  // [count]; empty: all are present
  AccountedArray<uint8_t, 16> repetition;  // [count]; empty: no value is in a list
  // [present]: uint8_t of BOOLEAN, int32_t, int64_t, float, double, StringRef of BYTE_ARRAY, int128 of FIXED_LEN_BYTE_ARRAY.
  AccountedArray<char, 16> values;

  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(values.begin()), present};
  }
};

// Of a column that is not nested; a text column gets its levels alone, and `present`.
Status gather_leaf(std::span<const ColumnRows> rows, LeafValues& leaf);
// The texts that gather_leaf left out.
Status gather_texts(std::span<const ColumnRows> rows, LeafValues& leaf);

// All leaves of a nested column, in the schema's order. `node`: of the column. Texts lie in `texts`, which is inside the
// reservation.
Status gather_nested(std::span<const ColumnRows> rows, const parquet::schema::Node& node,
                     std::span<const std::unique_ptr<LeafValues>> leaves, Arena& texts, Reservation& reservation);

}  // namespace headrace
