// runtime/operators/coded_groups.h — the groups of rows whose keys come as codes of small dictionaries, found by the codes: a
// key is hashed and compared once for each combination of a dictionary's entries, not for each row.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/limits.h"
#include "types/batch.h"

namespace headrace {

class CodedGroups {
 public:
  static constexpr uint32_t kCombinationsMax = 4'096;

  // Takes the keys of `rows` rows, columns 0 … key_columns-1; with a selection row i is selection[i]. False: a key has no codes,
  // or there are too many combinations; then nothing else may be called. Where nothing is unknown, groups[i] is the group of row i.
  bool take(const Batch& batch, uint32_t key_columns, const uint16_t* selection, uint32_t rows, char** groups);
  // Of each combination whose group is not known, the first row that has it, ascending.
  std::span<const uint16_t> unknown() const { return {unknown_, unknown_count_}; }
  // The groups of those rows, in that order. They must stay where they are until forget().
  void learn(char* const* groups);
  // groups[i] of row i, once all are known.
  void look_up(char** groups) const;
  // The groups are gone.
  void forget() { group_of_.clear(); }

 private:
  struct Key {
    const void* dictionary;
    uint32_t
        radix;  // above the number of entries, as null has a code, too; with room for more where that costs nothing
    std::shared_ptr<const void> owner;  // so that no other dictionary comes to lie there
  };

  bool same_dictionaries(const Batch& batch, uint32_t key_columns) const;
  bool begin(const Batch& batch, uint32_t key_columns);

  std::vector<Key> keys_;
  std::vector<char*> group_of_;  // by combination; empty: none is known
  uint32_t rows_ = 0;
  uint16_t combinations_[limits::kVectorRowsMax];  // by row
  uint16_t unknown_[limits::kVectorRowsMax];
  uint16_t first_[limits::kVectorRowsMax];  // by place in unknown_: the combination
  uint32_t unknown_count_ = 0;
};

}  // namespace headrace
