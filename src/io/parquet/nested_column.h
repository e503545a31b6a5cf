// io/parquet/nested_column.h — the vectors of a nested or repeated column, for one worker.
//
// Values are assembled from the leaves up: a node's values are put together from the fields that its children made, as the levels of
// a leaf below say. All leaves of a node must say the same of the lists and structs around them, or the file is damaged.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "execute/slot.h"
#include "io/parquet/flat_column.h"
#include "io/parquet/nested_leaf.h"
#include "types/vector.h"

namespace headrace::parquet_in {

// What the footer says of a column chunk; it may say anything.
struct ChunkClaims {
  uint64_t entries, bytes;  // bytes: decompressed
};

// How much of a column of a row group is assembled at once, as far as the footer lets guess.
struct NestedPortion {
  size_t leaf = 0;  // whose entries are counted: the one of most bytes
  uint64_t entries_max = 1;
  bool has_short_rows = false;  // a whole vector is not more
};
NestedPortion portion_of(std::span<const ChunkClaims> leaves, uint64_t rows);

class NestedColumn {
 public:
  // `tree` outlives this; `pages` are those of its leaves.
  NestedColumn(const Tree& tree, std::span<const std::shared_ptr<ColumnPages>> pages, NestedPortion portion);

  struct Some {
    Vector vector;
    uint32_t rows;
  };
  // Rows of the row group from `first` on: at least one, at most `rows_max`, and a portion of them where they are long. Each call begins
  // where the last one ended or behind.
  Result<Some> read_some(uint64_t first, uint32_t rows_max);
  // Rows [first, first + rows), whose values are there for the wanted rows alone.
  Result<Vector> read(uint64_t first, uint32_t rows, WantedRows wanted);

 private:
  // What is handed out.
  struct Values {
    explicit Values(MemoryBudget& budget) : reservation(budget, "parquet reader"), bytes(reservation) {}
    Reservation reservation;
    AccountedArray<char, 1'024> bytes;
    StringRef rows[limits::kVectorRowsMax];
    uint8_t validity[limits::kVectorRowsMax];
  };
  class RootOutput;
  class FieldOutput;

  void empty();
  Result<uint32_t> append(uint64_t first, uint32_t rows_max, uint64_t entries_max);
  const FieldBytes& fields(const Node& node) const;
  uint64_t children_bytes(const Node& node) const;
  Status assemble(const Node& node);
  Result<Vector> assemble_root(uint32_t rows);
  template <class Output>
  Status put_values(const Node& node, Output& output) const;
  template <class Output>
  void put_struct(const Node& node, Output& output) const;
  template <class Output>
  void put_lists(const Node& node, Output& output) const;
  Status check_alike(const Node& left, const Node& right, uint8_t repetition, uint8_t definition) const;
  void spread(Vector& vector, uint32_t rows, WantedRows wanted);

  const Tree& tree_;
  MemoryBudget& budget_;
  Reservation reservation_;
  std::vector<std::unique_ptr<NestedLeaf>> leaves_;
  std::vector<std::unique_ptr<FieldBytes>> made_;  // by Node::number; of nodes that are neither leaves nor the root
  const NestedPortion portion_;
  Reused<Values> values_;
};

}  // namespace headrace::parquet_in
