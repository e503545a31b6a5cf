// types/value_range.h — what is known of a column of integers without looking at its rows.
#pragma once

#include <cstdint>

#include "types/type.h"

namespace headrace {

// Both ends included; null rows aside. low <= high.
struct ValueRange {
  int64_t low = INT64_MIN;
  int64_t high = INT64_MAX;
  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

// Whether the values of a type are counted in int64: integers but uint64, and dates.
inline bool has_value_range(Type type) { return (is_integer(type) && type != kUInt64) || type == kDate; }

}  // namespace headrace
