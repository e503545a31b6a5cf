// io/format/partition_keys.h — which partition a row belongs to, and the directories of partitions as hive names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/parquet_write/text_table.h"
#include "state/arena.h"
#include "types/batch.h"
#include "types/schema.h"

namespace headrace {

// As DuckDB: letters, digits and _-~. stay, other bytes are %XX.
std::string hive_escaped(std::string_view text);
inline constexpr std::string_view kHiveNull = "__HIVE_DEFAULT_PARTITION__";

// Numbers the partitions that it meets, from 0. For one thread.
class PartitionKeys {
 public:
  // `columns`: of the schema. The types are neither nested, binary nor interval.
  PartitionKeys(const Schema& schema, std::vector<size_t> columns, MemoryBudget& budget);

  // The partition of each row, into ids[0 … rows).
  Status number(const Batch& batch, uint32_t* ids);
  // "a=1/b=x%2Fy", by partition.
  const std::vector<std::string>& directories() const { return directories_; }

 private:
  struct Key {
    Key(std::string the_name, size_t the_column, Reservation& reservation)
        : name(std::move(the_name)), column(the_column), values(reservation), pairs(reservation) {}
    std::string name;  // escaped
    size_t column;
    TextTable values;  // the bytes of values; long texts are copied
    TextTable pairs;   // (what the keys before gave, value)
  };
  Status number_key(Key& key, const Vector& vector, uint32_t rows, uint32_t* ids);
  uint32_t number_of_value(Key& key, const Vector& vector, uint32_t row);
  std::string directory_of(const Batch& batch, uint32_t row) const;

  Reservation reservation_;
  Arena texts_;
  std::vector<std::unique_ptr<Key>> keys_;
  std::vector<std::string> directories_;
};

}  // namespace headrace
