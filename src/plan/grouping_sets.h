// plan/grouping_sets.h — GROUP BY with several sets of keys: each row is there once for every set, and the keys that a set
// lacks are null in its rows.
#pragma once

#include <optional>
#include <vector>

#include "plan/resolver.h"

namespace headrace {

using KeySet = std::vector<uint32_t>;  // indices of keys; once resolved, without repeats
using KeySets = std::vector<KeySet>;

struct GroupingSets {
  KeySets sets;
  Bound rows;  // the input's columns, then those below, which no name finds
  uint32_t number;  // int64 column: the set that the row is for, from 0
  std::vector<std::optional<uint32_t>>
      holds;  // by key: boolean column, whether the set has it; nullopt: all sets have it
  // Boolean column, there when some set has no keys: false in a row that only makes sure that such a set has its group, also over
  // no rows. Aggregates leave it out.
  std::optional<uint32_t> is_row;
};

// Requires every key in some set.
GroupingSets with_grouping_sets(Bound input, KeySets sets, size_t keys);

// `key`, or null where the set of the row lacks it. `key` is resolved over sets.rows.
Result<ExprPtr> key_of_sets(const GroupingSets& sets, size_t index, const ExprPtr& key);

// GROUPING(…) of keys: an int64 with a bit for each, the last one's lowest; 1: the set lacks it. `number`: the set, among the
// groups' columns.
Result<ExprPtr> grouping_bits(const KeySets& sets, const std::vector<uint32_t>& keys, const ExprPtr& number,
                              TextPosition where);

}  // namespace headrace
