// runtime/operators/few_groups.h — the rows of a batch put together by group, when they are of few groups: then each state
// takes its rows in one loop, in registers, instead of waiting in memory for the row before.
#pragma once

#include <cstdint>
#include <span>

#include "base/limits.h"

namespace headrace {

class FewGroups {
 public:
  static constexpr uint32_t kGroupsMax = 24;

  // Sorts rows [first, last) by their groups; with a selection row i of the batch is selection[i]. False when they are of
  // more than kGroupsMax groups: found out soon, unless those come late.
  //   groups  [last] the group of each row
  bool assign(char* const* groups, const uint16_t* selection, uint32_t first, uint32_t last);

  uint32_t count() const { return count_; }
  char* group(uint32_t index) const { return groups_[index]; }
  // Ascending row numbers within the batch.
  std::span<const uint16_t> rows(uint32_t index) const { return {rows_ + begins_[index], rows_ + begins_[index + 1]}; }

 private:
  uint32_t count_ = 0;
  char* groups_[kGroupsMax];
  uint32_t begins_[kGroupsMax + 1];
  uint16_t rows_[limits::kVectorRowsMax];
  uint8_t index_[limits::kVectorRowsMax];  // by row: which group
};

}  // namespace headrace
